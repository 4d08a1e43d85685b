import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { POST_TO_THREAD } from "./endpoints/threads.ts";

export type PostToThreadParameters = z.input<typeof POST_TO_THREAD.input>;
export type PostToThreadAnswer = z.output<typeof POST_TO_THREAD.output>;

/**
 * Posts to a thread.
 *
 * @example
 * await postToThread(client, { thread: "0x1f", text: "half of it is done" });
 */
export function postToThread(
  client: WorkspaceClient,
  parameters: PostToThreadParameters,
  options?: WorkspaceCallOptions,
): Promise<PostToThreadAnswer> {
  return callWorkspace(client, POST_TO_THREAD, parameters, options);
}
