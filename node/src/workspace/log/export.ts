import type { PleiadError } from "@pleiad/sdk/errors";
import { encodeLogExportLine } from "@pleiad/sdk/log/encodeLogExportLine";
import type { LogSpace } from "@pleiad/sdk/types/logEntry";
import type { LogExportCounts, LogExportLine } from "@pleiad/sdk/types/logExport";
import type { Address, Hex } from "viem";
import { workspaceError } from "../errors.ts";
import { decodeEntry, type Entry, feedName } from "./entry.ts";
import type { EntryStore, FeedHead, Fork } from "./entryStore.ts";

export interface LogExportOptions {
  readonly nodeRegistry: Address;
  /** With the keys of the feeds: whoever has the export then reads everything that this node can read. */
  readonly withKeys: boolean;
}

/**
 * A log in the form that `verifyLogExport` of the SDK takes, line by line, as of the moment at which it is called: what comes
 * afterwards is not in it. The log may grow meanwhile; should it lose what was to be exported, because a feed was forked or
 * pruned, the export fails, and has no last line.
 *
 * @param heads of all feeds, at that moment
 * @throws PleiadError LOG_CHANGED (retryable), LOG_DAMAGED; STORE_IO
 */
export async function* exportLog(
  options: LogExportOptions & { readonly space: LogSpace; readonly exportedAtMs: number },
  modules: {
    readonly store: Pick<EntryStore, "entries" | "kept" | "certificate" | "forks" | "keys">;
    readonly heads: readonly FeedHead[];
  },
): AsyncGenerator<string, void, undefined> {
  const { space, nodeRegistry, withKeys, exportedAtMs } = options;
  const { store, heads } = modules;
  const counts = { keys: 0, certificates: 0, forks: 0, kept: 0, entries: 0 } satisfies LogExportCounts;
  const given = new Set<Hex>();

  /** The certificate of an entry, before the first that is signed under it. */
  async function* certificateOf({ certificate }: Entry): AsyncGenerator<string> {
    if (given.has(certificate)) return;
    given.add(certificate);
    const bytes = await store.certificate(certificate);
    if (bytes === undefined) {
      throw workspaceError("LOG_DAMAGED", `the certificate ${certificate} is not on the disk`, {
        hint: "export from another member; look at the disk",
        details: { certificate },
      });
    }
    counts.certificates += 1;
    yield line({ kind: "certificate", bytes });
  }

  const feeds = heads.map(({ feed, sequence, hash, stamp, base, forkedAt }) => ({
    feed,
    base,
    head: { sequence, hash, stamp },
    ...(forkedAt === undefined ? {} : { forkedAt }),
  }));
  yield line({ kind: "header", header: { ...space, nodeRegistry, exportedAtMs, withKeys, feeds } });
  if (withKeys) {
    for (const { feed, epoch, key } of await store.keys()) {
      counts.keys += 1;
      yield line({ kind: "key", key: { feed, epoch, key } });
    }
  }
  const forks = await store.forks();
  for (const head of heads) {
    if (head.forkedAt !== undefined) {
      const { entries } = forkOf(head, forks);
      for (const bytes of entries) yield* certificateOf(decodeEntry(bytes));
      counts.forks += 1;
      yield line({ kind: "fork", entries });
    }
    for await (const entry of store.kept(head)) {
      yield* certificateOf(entry);
      counts.kept += 1;
      yield line({ kind: "kept", bytes: entry.bytes });
    }
    let reached = head.base.sequence;
    if (reached < head.sequence) {
      for await (const entry of store.entries(head.feed, reached + 1)) {
        yield* certificateOf(entry);
        counts.entries += 1;
        reached = entry.sequence;
        yield line({ kind: "entry", bytes: entry.bytes });
        if (reached === head.sequence) break;
      }
    }
    if (reached < head.sequence) throw changed(head, reached + 1);
  }
  yield line({ kind: "end", counts });
}

function line(what: LogExportLine): string {
  return encodeLogExportLine(what);
}

function forkOf({ feed, forkedAt = 0 }: FeedHead, forks: readonly Fork[]): Fork {
  const fork = forks.find((other) => feedName(other.feed) === feedName(feed) && other.sequence === forkedAt);
  if (fork !== undefined) return fork;
  throw workspaceError(
    "LOG_DAMAGED",
    `the proof that feed ${feedName(feed)} was forked at ${forkedAt} is not on the disk`,
    { hint: "export from another member; look at the disk", details: { feed: feedName(feed), forkedAt } },
  );
}

function changed({ feed }: FeedHead, sequence: number): PleiadError {
  return workspaceError(
    "LOG_CHANGED",
    `entry ${sequence} of feed ${feedName(feed)} went while the log was exported`,
    {
      retryable: true,
      hint: "the feed was forked or pruned meanwhile; export again",
      details: { node: feed.node, generation: feed.generation, sequence },
    },
  );
}
