import type { PleiadError } from "../errors/base.ts";
import { type SdkErrorOptions, sdkError } from "../errors/sdkError.ts";
import type { SdkErrorCode } from "../errors/tables/sdk.ts";
import type { LogFeed } from "../types/logEntry.ts";

/** Where in an export something is wrong. */
export interface LogWhere {
  readonly feed: LogFeed;
  readonly sequence: number;
}

/** `node.generation`, a feed's name. */
export function logFeedName({ node, generation }: LogFeed): string {
  return `${node}.${generation}`;
}

/** Says of an entry what is wrong with it. */
export function logProblem(
  { feed, sequence }: LogWhere,
  code: SdkErrorCode,
  reason: string,
  { details, cause }: SdkErrorOptions = {},
): PleiadError {
  return sdkError(code, `entry ${sequence} of feed ${logFeedName(feed)} ${reason}`, {
    details: { node: feed.node, generation: feed.generation, sequence, ...details },
    cause,
  });
}
