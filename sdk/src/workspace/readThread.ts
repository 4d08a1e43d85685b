import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { READ_THREAD } from "./endpoints/threads.ts";

export type ReadThreadParameters = z.input<typeof READ_THREAD.input>;
export type ReadThreadAnswer = z.output<typeof READ_THREAD.output>;

/**
 * Reads the last messages of a thread.
 *
 * @example
 * await readThread(client, { thread: "0x1f" });
 */
export function readThread(
  client: WorkspaceClient,
  parameters: ReadThreadParameters,
  options?: WorkspaceCallOptions,
): Promise<ReadThreadAnswer> {
  return callWorkspace(client, READ_THREAD, parameters, options);
}
