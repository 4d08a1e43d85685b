import { type Hex, zeroHash } from "viem";

/**
 * The one place that says where the conversation of an execution is:
 *
 * | on the chain | in the workspace |
 * |---|---|
 * | cluster of the execution | the cluster whose log it is |
 * | `requester` | the user: threads and memory are of (cluster, user), so nobody names a thread of another |
 * | `thread`, 32 bytes | the thread's name: the same bytes in hex, 66 characters, lower case; none for zero |
 * | request, or output of a task | `requestId`: `run:EXECUTION:request`, `run:EXECUTION:TASK` |
 */
export function threadNameOf(thread: Hex): string | undefined {
  return thread === zeroHash ? undefined : thread.toLowerCase();
}

/** Names a post for ever, so that it is made once. */
export function requestIdOf(execution: bigint, task: number | "request"): string {
  return `run:${execution}:${task}`;
}

/** What an execution said, by the name of the post; undefined for what nobody's execution said. The request is before task 0. */
export function runOf(
  requestId: string | undefined,
): { readonly execution: bigint; readonly place: number } | undefined {
  const [, execution, task] = /^run:(0|[1-9][0-9]{0,30}):(request|[0-9]{1,2})$/.exec(requestId ?? "") ?? [];
  if (execution === undefined) return undefined;
  return { execution: BigInt(execution), place: task === "request" ? -1 : Number(task) };
}
