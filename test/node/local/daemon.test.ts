import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTRACT_NAMES } from "@pleiad/sdk/types/deployment";
import { afterEach, beforeEach, describe, it } from "mocha";
import { createKeystore } from "../../../node/src/config/keystore.ts";
import { loadConfig } from "../../../node/src/config/load.ts";
import { startDaemon } from "../../../node/src/local/daemon.ts";
import { openStore } from "../../../node/src/store/open.ts";
import { failure, logger } from "../chain/helpers.ts";

const PASSWORD = "the password of this test";
const ADDRESS = "0x00000000000000000000000000000000000000";

describe("daemon", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-daemon-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function configFor(rpcUrl: string) {
    await createKeystore({
      path: join(folder, "keystore.json"),
      password: PASSWORD,
      privateKey: `0x${"11".repeat(32)}`,
      cost: "light",
    });
    const contracts = CONTRACT_NAMES.map((name, index) => `    ${name}: "${ADDRESS}1${index}"`);
    const lines = [
      "chain:",
      `  rpcUrls: ["${rpcUrl}"]`,
      "  chainId: 31337",
      "  contracts:",
      ...contracts,
      "node: { keystore: keystore.json }",
      "network: { enabled: false }",
      "api: { port: 0 }",
    ];
    writeFileSync(join(folder, "pleiad.yaml"), lines.join("\n"));
    return loadConfig(join(folder, "pleiad.yaml"));
  }

  it("start_stoppedWhileTheEndpointIsAway_endsAndClosesItsStore", async () => {
    const stop = new AbortController();
    // Takes the question and never answers it.
    const endpoint = createServer(() => stop.abort()).listen(0, "127.0.0.1");
    await new Promise((resolve) => endpoint.once("listening", resolve));
    try {
      const { port } = endpoint.address() as AddressInfo;
      const config = await configFor(`http://127.0.0.1:${port}`);
      const starting = startDaemon({ config, password: PASSWORD, signal: stop.signal }, { logger });
      await failure(starting, "LOCAL_STOPPED");
      const contract = `${ADDRESS}1${CONTRACT_NAMES.indexOf("clusterExecutions")}` as `0x${string}`;
      const store = await openStore({ dataFolder: folder, chainId: 31337, contract }, { logger });
      await store.close();
    } finally {
      endpoint.closeAllConnections();
      await new Promise((resolve) => endpoint.close(resolve));
    }
  });
});
