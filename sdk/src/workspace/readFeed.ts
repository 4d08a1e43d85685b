import type { z } from "zod";
import { callWorkspace, type WorkspaceCallOptions } from "./callWorkspace.ts";
import type { WorkspaceClient } from "./createWorkspaceClient.ts";
import { READ_FEED } from "./endpoints/feed.ts";

export type ReadFeedParameters = z.input<typeof READ_FEED.input>;
export type ReadFeedAnswer = z.output<typeof READ_FEED.output>;

/**
 * Reads what was said in the cluster, as far as it is the reader's to see; nothing counts as delivered by it.
 *
 * @example
 * await readFeed(client, { agent: "ada" });
 */
export function readFeed(
  client: WorkspaceClient,
  parameters: ReadFeedParameters = {},
  options?: WorkspaceCallOptions,
): Promise<ReadFeedAnswer> {
  return callWorkspace(client, READ_FEED, parameters, options);
}
