/** Where a daemon's workspace is, and as whom it is asked: the token names who speaks. */
export interface WorkspaceClient {
  /** The daemon's API, as `http://127.0.0.1:8645`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly cluster: bigint;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

export interface WorkspaceClientOptions {
  readonly apiUrl: string;
  /** Of an agent, a helper, a user or the operator: `pleiad workspace token create` makes one. */
  readonly token: string;
  readonly cluster: bigint;
  /** How long an answer may take. @default WORKSPACE_TIMEOUT_MS */
  readonly timeoutMs?: number;
  /** @default the runtime's own */
  readonly fetch?: typeof fetch;
}

/** A write that a cluster's home node decides takes at most ten seconds; the rest is for a slow disk. */
export const WORKSPACE_TIMEOUT_MS = 30_000;

/**
 * Makes a client of a daemon's workspace. Nothing is sent yet.
 *
 * @example
 * const client = createWorkspaceClient({ apiUrl: "http://127.0.0.1:8645", token, cluster: 3n });
 * await sendMessage(client, { destination: { kind: "broadcast" }, text: "the tests are green" });
 */
export function createWorkspaceClient(options: WorkspaceClientOptions): WorkspaceClient {
  return { timeoutMs: WORKSPACE_TIMEOUT_MS, fetch: (...call) => fetch(...call), ...options };
}
