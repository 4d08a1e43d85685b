import { PleiadError } from "@pleiad/sdk/errors";
import { afterEach } from "mocha";
import pino, { type Logger } from "pino";
import { type Api, startApi } from "../../../node/src/api/server.ts";
import { callerBy } from "../../../node/src/local/callerBy.ts";
import type { FaceCounters } from "../../../node/src/workspace/face/counters.ts";
import type { Authenticate, FaceWorkspace } from "../../../node/src/workspace/face/speaker.ts";
import type { FaceTerminals } from "../../../node/src/workspace/face/terminals.ts";
import { mountWorkspace } from "../../../node/src/workspace/http/mount.ts";
import type { ClusterAdmin } from "../../../node/src/workspace/mcp/clusterTools.ts";
import { mountMcp } from "../../../node/src/workspace/mcp/mount.ts";
import type { OperatorTool } from "../../../node/src/workspace/mcp/operatorTools.ts";
import type { AddFixtures } from "../../../node/src/workspace/mcp/server.ts";
import { createAuthenticate } from "../../../node/src/workspace/tokens/authenticate.ts";
import type { TokenCredential } from "../../../node/src/workspace/tokens/credential.ts";
import { createTokenStore, type TokenStore } from "../../../node/src/workspace/tokens/tokenStore.ts";
import type { Credential, WorkspaceChange } from "../../../node/src/workspace/types.ts";
import { ALICE, ALPHA, Net, type TestNode } from "./support.ts";

export const OPERATOR_TOKEN = "operator-token-of-this-test";

/** A node's workspace behind the daemon's API. */
export interface TestFaces {
  readonly net: Net;
  readonly node: TestNode;
  readonly api: Api;
  readonly tokens: TokenStore;
  readonly authenticate: Authenticate;
  readonly face: FaceWorkspace;
  /** Tells of a change that there was not. */
  tellChange(change: WorkspaceChange): void;
  /** A token for a credential; by default agent 1, ada of cluster ALPHA, who works for ALICE. */
  token(credential?: TokenCredential): Promise<string>;
}

const running: Api[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((api) => api.stop()));
});

export interface FaceOptions {
  readonly addFixtures?: AddFixtures;
  readonly clusters?: ClusterAdmin;
  readonly operatorTools?: () => readonly OperatorTool[];
  /** Instead of tokens. */
  readonly authenticate?: Authenticate;
  readonly isStarting?: boolean;
  readonly eventBufferBytesMax?: number;
  readonly counters?: FaceCounters;
  readonly terminals?: FaceTerminals;
  /** @default a silent one */
  readonly logger?: Logger;
}

export async function startFaces(options: FaceOptions = {}): Promise<TestFaces> {
  const net = new Net();
  const node = await net.open(1n);
  const { logger = pino({ level: "silent" }) } = options;
  const tokens = createTokenStore({ dataFolder: node.folder });
  const authenticate = options.authenticate ?? createAuthenticate({ tokens, operatorToken: OPERATOR_TOKEN });
  const handlers = new Set<(change: WorkspaceChange) => void>();
  const { workspace } = node;
  const face = {
    workspace: () => {
      if (options.isStarting === true)
        throw new PleiadError("the node is starting", { code: "API_STARTING", retryable: true });
      return {
        as: (credential: Credential) => workspace.as(credential),
        clusters: workspace.clusters,
        status: workspace.status,
        check: workspace.check,
        onChange(handler: (change: WorkspaceChange) => void) {
          handlers.add(handler);
          const end = workspace.onChange(handler);
          return () => {
            handlers.delete(handler);
            end();
          };
        },
      };
    },
    clusterOf: (credential: TokenCredential) =>
      credential.kind === "agent" ? net.chain.clustersOf(credential.agent)[0] : credential.cluster,
  };
  const modules = {
    face,
    authenticate,
    version: "0.0.0",
    logger,
    ...(options.terminals === undefined ? {} : { terminals: options.terminals }),
    ...(options.clusters === undefined ? {} : { clusters: options.clusters }),
    ...(options.operatorTools === undefined ? {} : { operatorTools: options.operatorTools }),
    ...(options.counters === undefined ? {} : { counters: options.counters }),
  };
  const api = await startApi(
    { host: "127.0.0.1", port: 0, token: OPERATOR_TOKEN },
    {
      ready: async () => ({ ready: true, checks: {}, warnings: [] }),
      status: async () => ({}),
      jobs: async () => [],
      execution: async () => ({}),
      putBlob: async () => "0x",
      getBlob: async () => new Uint8Array(),
      metrics: async () => "",
      identify: callerBy(authenticate),
      mounts: [
        {
          paths: ["/mcp"],
          add: (app) => mountMcp(app, { addFixtures: options.addFixtures }, modules),
        },
        {
          paths: ["/workspace", "/openapi.json"],
          add: (app) => mountWorkspace(app, { eventBufferBytesMax: options.eventBufferBytesMax }, modules),
        },
      ],
      logger,
    },
  );
  running.push(api);
  return {
    net,
    node,
    api,
    tokens,
    authenticate,
    face,
    tellChange(change) {
      for (const handler of handlers) handler(change);
    },
    async token(credential = { kind: "agent", agent: 1n, user: ALICE }) {
      return (await tokens.create(credential, "test")).token;
    },
  };
}

export const OPERATOR: TokenCredential = { kind: "node", cluster: ALPHA };
