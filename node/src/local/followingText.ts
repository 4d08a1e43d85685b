import type { FollowerStatus } from "../chain/followerTypes.ts";

/** Where a follower stands that is not failing, in words. */
export function followingText({ state, head, newest }: FollowerStatus): string {
  const isUnderWay = state === "starting" || state === "replaying" || state === "behind";
  if (!isUnderWay) return `the follower is ${state}`;
  if (newest === undefined) return "catching up: the chain has not told its newest block yet";
  return head === undefined
    ? `catching up: no block of ${newest} yet`
    : `catching up: block ${head.number} of ${newest}`;
}
