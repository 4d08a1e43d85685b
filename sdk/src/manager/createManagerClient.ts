import type { DaemonAddress } from "../workspace/askEndpoint.ts";
import { WORKSPACE_TIMEOUT_MS } from "../workspace/createWorkspaceClient.ts";

/** Where a daemon is that runs a manager, and as whom it is asked: the operator, or to look a cluster's owner. */
export type ManagerClient = DaemonAddress;

export interface ManagerClientOptions {
  /** The daemon's API, as `http://127.0.0.1:8645`. */
  readonly apiUrl: string;
  readonly token: string;
  /** How long an answer may take. @default MANAGER_TIMEOUT_MS */
  readonly timeoutMs?: number;
  /** @default the runtime's own */
  readonly fetch?: typeof fetch;
}

/** Applying a plan waits for what it connects: four times what a question to the workspace may take. */
export const MANAGER_TIMEOUT_MS = 4 * WORKSPACE_TIMEOUT_MS;

/**
 * Makes a client of a daemon's manager. Nothing is sent yet.
 *
 * @example
 * const client = createManagerClient({ apiUrl: "http://127.0.0.1:8645", token });
 * const { status } = await getManagerStatus(client);
 */
export function createManagerClient(options: ManagerClientOptions): ManagerClient {
  return { timeoutMs: MANAGER_TIMEOUT_MS, fetch: (...call) => fetch(...call), ...options };
}
