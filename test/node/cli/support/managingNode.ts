import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApi } from "../../../../node/src/api/server.ts";
import { createManagerFace } from "../../../../node/src/local/manager/managerFace.ts";
import { managerRoutes } from "../../../../node/src/local/manager/managerRoutes.ts";
import type { Manager } from "../../../../node/src/manager/face.ts";
import { createAuthenticate } from "../../../../node/src/workspace/tokens/authenticate.ts";
import { createTokenStore } from "../../../../node/src/workspace/tokens/tokenStore.ts";
import { logger } from "../../store/helpers.ts";

const TOKEN = "operator-token-of-this-test";

/** The folder of a node whose daemon is nothing but a manager's API, in the folder of a test. */
export interface ManagingNode {
  readonly folder: string;
  stop(): Promise<void>;
}

/** @param manager asked each time, so that a test may put another there; throws as where there is none */
export async function startManagingNode(parent: string, manager: () => Manager): Promise<ManagingNode> {
  const folder = mkdtempSync(join(parent, "managing-node-"));
  const authenticate = createAuthenticate({
    tokens: createTokenStore({ dataFolder: folder }),
    operatorToken: TOKEN,
  });
  const face = createManagerFace({ manager, ownerOf: () => undefined });
  const api = await startApi(
    { host: "127.0.0.1", port: 0, token: TOKEN },
    {
      ready: async () => ({ ready: true, checks: {}, warnings: [] }),
      status: async () => ({}),
      jobs: async () => [],
      execution: async () => ({}),
      putBlob: async () => "0x",
      getBlob: async () => new Uint8Array(),
      metrics: async () => "",
      mounts: [managerRoutes({ face, authenticate, logger })],
      logger,
    },
  );
  writeFileSync(join(folder, "pleiad.yaml"), "");
  writeFileSync(join(folder, "api.token"), `${TOKEN}\n`, { mode: 0o600 });
  const state = { state: "ready", pid: process.pid, node: "1", apiUrl: api.url, peerAddresses: [] };
  writeFileSync(join(folder, "daemon.json"), JSON.stringify(state));
  return { folder, stop: () => api.stop() };
}
