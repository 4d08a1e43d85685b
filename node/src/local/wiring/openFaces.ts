import type { Logger } from "pino";
import manifest from "../../../package.json" with { type: "json" };
import type { ApiMount } from "../../api/server.ts";
import type { Config } from "../../config/table.ts";
import { workspaceError } from "../../workspace/errors.ts";
import { createFaceCounters, type FaceStats } from "../../workspace/face/counters.ts";
import type { Authenticate } from "../../workspace/face/speaker.ts";
import type { FaceTerminals } from "../../workspace/face/terminals.ts";
import {
  mountWorkspace,
  OPENAPI_PATH,
  type WatchedFeed,
  WORKSPACE_PATH,
} from "../../workspace/http/mount.ts";
import { createDirectTools, type DirectTools } from "../../workspace/mcp/directTools.ts";
import { MCP_PATH, mountMcp } from "../../workspace/mcp/mount.ts";
import type { OperatorTool } from "../../workspace/mcp/operatorTools.ts";
import { createAuthenticate } from "../../workspace/tokens/authenticate.ts";
import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import { createTokenStore } from "../../workspace/tokens/tokenStore.ts";
import type { Workspace } from "../../workspace/types.ts";
import { createClusterAdmin } from "../clusterAdmin.ts";
import { dashboardPaths } from "../dashboard/openapi.ts";
import type { FollowedChain } from "./followChain.ts";

/** The workspace's faces: routes and tools that are there from the start on, and answer once the node is at work. */
export interface Faces {
  readonly mount: ApiMount;
  stats(): FaceStats;
  /** @param workspace none where the network is off */
  atWork(workspace: Workspace | undefined): void;
  /** The workspace, once the node is at work and has one. */
  readonly workspaceNow: () => Workspace | undefined;
  /** The cluster that a token's speaker is in now. */
  readonly clusterOf: (credential: TokenCredential) => bigint | undefined;
  /** Tells who sends a token. */
  readonly authenticate: Authenticate;
  /** The tools of whoever has this token, called within the daemon. @throws PleiadError TOKEN_WRONG */
  directTools(token: string, allowed: readonly string[] | undefined): Promise<DirectTools>;
}

export function openFaces(
  config: Config,
  operatorToken: string,
  modules: {
    readonly chain: Pick<FollowedChain, "projection">;
    /** @throws PleiadError API_STARTING */
    readonly isWorking: () => unknown;
    /** Told whose token it is when somebody asks what tools there are. */
    readonly onToolsAsked: (token: string) => void;
    /** Where agents' terminals are opened. */
    readonly terminals: FaceTerminals;
    /** What else is told of over WebSockets. */
    readonly feeds: readonly WatchedFeed[];
    /** What operators' tools there are besides, now. */
    readonly operatorTools: () => readonly OperatorTool[];
    readonly logger: Logger;
  },
): Faces {
  const { chain, isWorking, onToolsAsked, terminals, feeds, operatorTools, logger } = modules;
  const { projection } = chain;
  const authenticate = createAuthenticate({
    tokens: createTokenStore({ dataFolder: config.dataFolder }),
    operatorToken,
  });
  let workspace: Workspace | undefined;
  const face = {
    workspace() {
      isWorking();
      if (workspace !== undefined) return workspace;
      throw workspaceError("WORKSPACE_OFF", "this node has no workspace: its network is off", {
        hint: "set network.enabled to true and start the daemon again",
      });
    },
    clusterOf(credential: TokenCredential): bigint | undefined {
      if (credential.kind !== "agent") return credential.cluster;
      const cluster = projection.agent(credential.agent)?.cluster ?? 0n;
      return cluster === 0n ? undefined : cluster;
    },
  };
  const clusters = createClusterAdmin({ projection, openHere: () => face.workspace().clusters() });
  const counters = createFaceCounters();
  const shared = {
    counters,
    face,
    authenticate,
    version: manifest.version,
    logger: logger.child({ module: "faces" }),
  };
  return {
    authenticate,
    async directTools(token, allowed) {
      return createDirectTools({ speaker: await authenticate(token), allowed }, { face, counters });
    },
    mount: {
      paths: [MCP_PATH, WORKSPACE_PATH, OPENAPI_PATH],
      add(app) {
        mountMcp(app, {}, { ...shared, clusters, operatorTools, onToolsAsked });
        app.register(async (plugin) =>
          mountWorkspace(plugin, {}, { ...shared, terminals, feeds, furtherPaths: dashboardPaths() }),
        );
      },
    },
    stats: counters.stats,
    workspaceNow: () => workspace,
    clusterOf: face.clusterOf,
    atWork(opened) {
      workspace = opened;
    },
  };
}
