import type { StoredPost } from "./threads.ts";

/** Names a post of an execution for ever, so that it is made once: its request, or the output of a task. */
export function runRequestId(execution: bigint, task: number | "request"): string {
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

/**
 * Posts of one thread in their order, but what one execution said stands together, where the first of it is, the request first
 * and then its tasks: its nodes see its end at the same moment, and post as they are.
 */
export function inTurn(posts: readonly StoredPost[]): readonly StoredPost[] {
  const turns = new Map<string, { readonly post: StoredPost; readonly place: number }[]>();
  for (const post of posts) {
    const run = runOf(post.request);
    const isOfRun = run !== undefined && mayStandAt(post, run.place);
    const turn = isOfRun ? String(run.execution) : post.id;
    const others = turns.get(turn);
    const one = { post, place: isOfRun ? run.place : 0 };
    if (others === undefined) turns.set(turn, [one]);
    else others.push(one);
  }
  return [...turns.values()].flatMap((turn) =>
    turn.sort((a, b) => a.place - b.place).map(({ post }) => post),
  );
}

/** Anybody may call a post what he likes: requests are their user's, answers their agents'. */
function mayStandAt({ party, user }: StoredPost, place: number): boolean {
  return place < 0 ? party === `user:${user}` : party.startsWith("agent:");
}
