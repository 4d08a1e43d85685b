import type { Hex } from "viem";
import type { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { DecodedLogEntry } from "../types/logEntry.ts";
import type { LogExportFeed, LogPlace } from "../types/logExport.ts";
import { logFeedName, logProblem } from "./logProblem.ts";

/** A feed as far as the export has been read. */
export interface ReadFeed {
  readonly says: LogExportFeed;
  readonly entries: number;
  readonly kept: number;
  /** Whether the proof of its fork has come. */
  readonly isForkProven: boolean;
}

/** The feeds of an export, against what its first line says of them. */
export interface LogFeeds {
  /** @throws PleiadError `LOG_EXPORT_FEED_UNKNOWN` */
  of(entry: DecodedLogEntry): LogExportFeed;
  /**
   * The number that should come; undefined where the entry is the next of its feed.
   *
   * @throws PleiadError `LOG_EXPORT_AFTER_FORK`, `LOG_EXPORT_REPEATED`, `LOG_EXPORT_HEAD_OTHER`
   */
  missingBefore(entry: DecodedLogEntry): number | undefined;
  /** That it follows the one before it. @throws PleiadError `LOG_EXPORT_UNLINKED`, `LOG_EXPORT_BACKWARDS` */
  requireFollows(entry: DecodedLogEntry): void;
  /** Takes the next entry. @throws PleiadError `LOG_EXPORT_HEAD_OTHER` when it is the last and not the one promised */
  take(entry: DecodedLogEntry, hash: Hex): void;
  /** Takes one from below a feed's base. @throws PleiadError `LOG_EXPORT_KEPT_MISPLACED`, `LOG_EXPORT_REPEATED` */
  takeKept(entry: DecodedLogEntry, hash: Hex): void;
  /** @throws PleiadError `LOG_EXPORT_FORK_INVALID` for a fork that the first line does not name, or of which there is a proof */
  takeFork(entry: DecodedLogEntry): void;
  /** That each feed reached its head, and each fork was proven. @throws PleiadError `LOG_EXPORT_TRUNCATED`, `LOG_EXPORT_FORK_INVALID` */
  requireWhole(): void;
  all(): readonly ReadFeed[];
}

interface State {
  readonly says: LogExportFeed;
  last: LogPlace;
  keptLast: number;
  entries: number;
  kept: number;
  isForkProven: boolean;
}

export function createLogFeeds(feeds: readonly LogExportFeed[]): LogFeeds {
  const states = new Map<string, State>(
    feeds.map((says) => [
      logFeedName(says.feed),
      { says, last: says.base, keptLast: 0, entries: 0, kept: 0, isForkProven: false },
    ]),
  );

  function stateOf(entry: DecodedLogEntry): State {
    const state = states.get(logFeedName(entry.feed));
    if (state !== undefined) return state;
    throw logProblem(entry, "LOG_EXPORT_FEED_UNKNOWN", "is of a feed that the first line does not name");
  }

  return {
    of: (entry) => stateOf(entry).says,
    missingBefore(entry) {
      const { says, last } = stateOf(entry);
      if (says.forkedAt !== undefined && entry.sequence >= says.forkedAt) {
        const reason = `is of a feed that was forked at ${says.forkedAt}`;
        throw logProblem(entry, "LOG_EXPORT_AFTER_FORK", reason, { details: { forkedAt: says.forkedAt } });
      }
      if (entry.sequence <= last.sequence) {
        const reason = entry.sequence <= says.base.sequence ? "is below its feed's base" : "has come before";
        throw logProblem(entry, "LOG_EXPORT_REPEATED", reason);
      }
      if (entry.sequence > says.head.sequence) {
        const reason = `comes after ${says.head.sequence}, with which its feed ends`;
        throw logProblem(entry, "LOG_EXPORT_HEAD_OTHER", reason);
      }
      return entry.sequence === last.sequence + 1 ? undefined : last.sequence + 1;
    },
    requireFollows(entry) {
      const { last } = stateOf(entry);
      if (entry.previous !== last.hash) {
        const reason = `does not follow the ${last.sequence === 0 ? "beginning of its feed" : `entry ${last.sequence} that is here`}`;
        throw logProblem(entry, "LOG_EXPORT_UNLINKED", reason);
      }
      if (entry.stamp <= last.stamp)
        throw logProblem(entry, "LOG_EXPORT_BACKWARDS", "is dated before the one it follows");
    },
    take(entry, hash) {
      const state = stateOf(entry);
      const { head } = state.says;
      state.last = { sequence: entry.sequence, hash, stamp: entry.stamp };
      state.entries += 1;
      if (entry.sequence < head.sequence || (hash === head.hash && entry.stamp === head.stamp)) return;
      throw logProblem(
        entry,
        "LOG_EXPORT_HEAD_OTHER",
        "is another than the one that the first line ends with",
      );
    },
    takeKept(entry, hash) {
      const state = stateOf(entry);
      const { base } = state.says;
      if (entry.sequence === base.sequence && hash !== base.hash)
        throw logProblem(entry, "LOG_EXPORT_UNLINKED", "is another than its feed's base");
      if (entry.sequence > base.sequence || state.entries > 0)
        throw logProblem(entry, "LOG_EXPORT_KEPT_MISPLACED", "is no single entry from below its feed's base");
      if (entry.sequence <= state.keptLast)
        throw logProblem(
          entry,
          entry.sequence === state.keptLast ? "LOG_EXPORT_REPEATED" : "LOG_EXPORT_KEPT_MISPLACED",
          `comes after ${state.keptLast}`,
        );
      state.keptLast = entry.sequence;
      state.kept += 1;
    },
    takeFork(entry) {
      const state = stateOf(entry);
      if (state.says.forkedAt !== entry.sequence || state.isForkProven)
        throw logProblem(
          entry,
          "LOG_EXPORT_FORK_INVALID",
          "is not where the first line says that its feed was forked",
        );
      state.isForkProven = true;
    },
    requireWhole() {
      for (const { says, last, isForkProven } of states.values()) {
        const { feed, head, forkedAt } = says;
        if (last.sequence < head.sequence) {
          throw truncated(
            `entry ${last.sequence + 1} of feed ${logFeedName(feed)} and what follows is missing`,
            {
              node: feed.node,
              generation: feed.generation,
              sequence: last.sequence + 1,
              head: head.sequence,
            },
          );
        }
        if (forkedAt !== undefined && !isForkProven)
          throw logProblem(
            { feed, sequence: forkedAt },
            "LOG_EXPORT_FORK_INVALID",
            "is said to be forked, without a proof",
          );
        // Nothing of it is here, so that nothing signed says where it ends.
        if (head.sequence === says.base.sequence && head.hash !== says.base.hash)
          throw logProblem(
            { feed, sequence: head.sequence },
            "LOG_EXPORT_HEAD_OTHER",
            "is base and head, and two",
          );
      }
    },
    all: () => [...states.values()],
  };
}

/** An export that lacks what it promises. */
export function truncated(reason: string, details: Readonly<Record<string, unknown>> = {}): PleiadError {
  return sdkError("LOG_EXPORT_TRUNCATED", `the export ends too early: ${reason}`, { details });
}
