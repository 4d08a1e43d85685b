import type { Logger } from "pino";
import type { FaceCounters } from "../face/counters.ts";
import type { FaceWorkspace, Speaker } from "../face/speaker.ts";
import type { WorkspaceOperations } from "../types.ts";
import type { ClusterAdmin } from "./clusterTools.ts";
import type { OperatorTool } from "./operatorTools.ts";
import type { createWaits } from "./waiting.ts";

/** What all MCP servers of a daemon are made of. */
export interface McpModules {
  readonly face: FaceWorkspace;
  /** What operators may do with clusters. @default there are no such tools */
  readonly clusters?: ClusterAdmin;
  /** Tools of other parts of the daemon, for its operator. @default none */
  readonly operatorTools?: () => readonly OperatorTool[];
  /** The daemon's version, which clients show. */
  readonly version: string;
  readonly logger: Logger;
  /** @default nothing is counted */
  readonly counters?: FaceCounters;
}

/** One speaker, as all servers of its sessions see it. */
export interface McpContext extends McpModules {
  readonly speaker: Speaker;
  readonly waits: ReturnType<typeof createWaits>;
  /** What the speaker may do, looked at anew at each call. */
  readonly operations: () => WorkspaceOperations;
}
