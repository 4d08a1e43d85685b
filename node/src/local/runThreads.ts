import { type Hex, zeroHash } from "viem";

/**
 * The one place that says where the conversation of an execution is:
 *
 * | on the chain | in the workspace |
 * |---|---|
 * | cluster of the execution | the cluster whose log it is |
 * | `requester` | the user: threads and memory are of (cluster, user), so nobody names a thread of another |
 * | `thread`, 32 bytes | the thread's name: the same bytes in hex, 66 characters, lower case; none for zero |
 * | request, or output of a task | `requestId`: `run:EXECUTION:request`, `run:EXECUTION:TASK` (`workspace/views/turns.ts`) |
 */
export function threadNameOf(thread: Hex): string | undefined {
  return thread === zeroHash ? undefined : thread.toLowerCase();
}
