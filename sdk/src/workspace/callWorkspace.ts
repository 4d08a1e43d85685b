import type { z } from "zod";
import { askEndpoint } from "./askEndpoint.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import type { WorkspaceEndpoint } from "./endpoint.ts";

/** What goes with any call beside its input. */
export interface WorkspaceCallOptions {
  /** Ends the waiting for the answer; what was asked may still be done. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a daemon's workspace one thing. What each endpoint takes and answers is in `endpoints/`.
 *
 * @throws PleiadError WORKSPACE_INPUT_INVALID before anything is sent; WORKSPACE_UNREACHABLE (retryable);
 * WORKSPACE_ANSWER_INVALID; whatever code the daemon refuses with
 */
export function callWorkspace<Input extends z.ZodObject, Output extends z.ZodObject>(
  client: WorkspaceClient,
  endpoint: WorkspaceEndpoint<Input, Output>,
  input: z.input<Input>,
  { signal }: WorkspaceCallOptions = {},
): Promise<z.output<Output>> {
  return askEndpoint(client, `/workspace/${client.cluster}`, endpoint, input, signal);
}
