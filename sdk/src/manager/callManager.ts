import type { z } from "zod";
import { askEndpoint } from "../workspace/askEndpoint.ts";
import type { WorkspaceEndpoint } from "../workspace/endpoint.ts";
import type { ManagerClient } from "./createManagerClient.ts";

/** What goes with any call beside its input. */
export interface ManagerCallOptions {
  /** Ends the waiting for the answer; what was asked may still be done. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a daemon's manager one thing. What each endpoint takes and answers is in `endpoints.ts`.
 *
 * @throws PleiadError WORKSPACE_INPUT_INVALID before anything is sent; WORKSPACE_UNREACHABLE (retryable);
 * WORKSPACE_ANSWER_INVALID; whatever code the daemon refuses with, as MANAGER_OFF, PLAN_STALE or POLICY_FORBIDS
 */
export function callManager<Input extends z.ZodObject, Output extends z.ZodObject>(
  client: ManagerClient,
  endpoint: WorkspaceEndpoint<Input, Output>,
  input: z.input<Input>,
  { signal }: ManagerCallOptions = {},
): Promise<z.output<Output>> {
  return askEndpoint(client, "/manager", endpoint, input, signal);
}
