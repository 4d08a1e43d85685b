import { type Hex, zeroHash } from "viem";
import type { Journal } from "../chain/journal.ts";
import type { ProjectionReader } from "../chain/projection.ts";
import type { ExecutionRecord } from "../chain/state.ts";
import type { ChainView, Gossip } from "../work/ports.ts";

/** Outputs that peers signed and that no settlement has told yet: as many as executions of a busy network have tasks. */
export const BLOB_HEARD_MAX = 4_096;

/** What a blob is there for; undefined where nothing that is known refers to it. */
export type BlobUse = "needed" | { readonly endedAtMs: number } | undefined;

export interface BlobUses {
  /** As of the last look; what has become needed since counts at once. */
  of(digest: Hex): BlobUse;
  /** Looks at chain and journal. */
  refresh(): Promise<void>;
  stop(): void;
}

/** Knows which executions, jobs and completions refer to which blobs. */
export function createBlobUses(
  options: { readonly finalDepth: number },
  modules: {
    readonly projection: ProjectionReader;
    readonly view: Pick<ChainView, "now">;
    readonly journal: Pick<Journal, "jobs">;
    readonly gossip: Pick<Gossip, "onCompletion">;
  },
): BlobUses {
  const { projection, view, journal, gossip } = modules;
  let needed = new Set<string>();
  let ended = new Map<string, number>();
  /** Of which execution a peer's output is, by digest; the one heard longest ago gives way. */
  const heard = new Map<string, bigint>();

  /** One spelling for each. */
  const keyOf = (digest: Hex) => digest.toLowerCase();
  /** An answer, and what its node says of how it came. */
  const digestsOf = (one: { readonly outputDigest: Hex; readonly evidenceDigest: Hex }) =>
    [one.outputDigest, ...(one.evidenceDigest === zeroHash ? [] : [one.evidenceDigest])].map(keyOf);

  const ends = [
    projection.on("execution", (id) => {
      const record = projection.execution(id);
      if (record !== undefined && isOpen(record)) for (const key of keysOf(record)) needed.add(key);
    }),
    gossip.onCompletion(({ completion }) => {
      for (const key of digestsOf(completion)) {
        heard.delete(key);
        heard.set(key, completion.execution);
        needed.add(key);
        const [oldest] = heard.keys();
        if (heard.size > BLOB_HEARD_MAX && oldest !== undefined) heard.delete(oldest);
      }
    }),
  ];

  function keysOf({ inputDigest, completions }: ExecutionRecord): string[] {
    return [keyOf(inputDigest), ...[...completions.values()].flatMap(digestsOf)];
  }

  /** Whether it may still go on. After its deadline it takes no answer, though nobody may ever say so on chain. */
  function isOpen({ state, deadline, endedIn }: ExecutionRecord): boolean {
    if (state === "Running") return view.now() <= deadline;
    const head = projection.head()?.number ?? 0n;
    return endedIn !== null && head < endedIn.blockNumber + BigInt(options.finalDepth);
  }

  return {
    of(digest) {
      const key = keyOf(digest);
      if (needed.has(key)) return "needed";
      const endedAtMs = ended.get(key);
      return endedAtMs === undefined ? undefined : { endedAtMs };
    },
    async refresh() {
      const jobs = await journal.jobs.live();
      // Nothing is awaited from here on: what is told meanwhile goes into the new set.
      needed = new Set(
        jobs.flatMap(({ output }) => {
          if (output === null) return [];
          const { digest, evidenceDigest = zeroHash } = output;
          return digestsOf({ outputDigest: digest, evidenceDigest });
        }),
      );
      ended = new Map();
      let newest = 0n;
      for (const record of [...projection.runningExecutions(), ...projection.endedExecutions()]) {
        if (record.execution > newest) newest = record.execution;
        const endedAtMs = Number(record.endedIn?.timestamp ?? record.deadline) * 1_000;
        for (const key of keysOf(record)) {
          if (isOpen(record)) needed.add(key);
          else ended.set(key, Math.max(endedAtMs, ended.get(key) ?? 0));
        }
      }
      for (const [key, id] of [...heard]) {
        const record = projection.execution(id);
        // A peer may be ahead of this node's own chain.
        const isAhead = record === undefined && id > newest;
        if (isAhead || (record !== undefined && isOpen(record))) needed.add(key);
        else heard.delete(key);
      }
    },
    stop() {
      for (const end of ends) end();
    },
  };
}
