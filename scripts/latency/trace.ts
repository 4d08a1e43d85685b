import type { Rpc } from "../../node/src/chain/rpc.ts";
import type { DaemonModules } from "../../node/src/local/daemon.ts";

/** What the time of a run goes into. Together they are the whole of it. */
export const PARTS = ["poll", "gossip", "sign", "flush", "simulate", "other", "block"] as const;
export type Part = (typeof PARTS)[number];

/** What each part is, for whoever reads the figures. */
export const PART_MEANINGS: Readonly<Record<Part, string>> = {
  poll: "from the request's block to the first node's lease: the hint of it, the block and its log",
  gossip: "from a signature to the next node's lease: sealing, sending, checking, planning",
  sign: "EIP-712 signatures and the transaction's",
  flush: "steps of the journal, each flushed to the disk",
  simulate: "the gas estimate, and what else is asked before a transaction is signed",
  other: "the instant model, the blob of its answer, and all code in between",
  block: "from the journaled transaction to the block that holds it",
};

/** Something that a daemon waited for. */
interface Span {
  readonly daemon: string;
  readonly part: "sign" | "flush" | "simulate";
  readonly name: string;
  /** `execution/task` of a job's step, `execution` of a transaction's, empty where it is about neither. */
  readonly about: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Takes the times of daemons in this process. */
export interface Trace {
  /** Modules that stand between a daemon and its parts. */
  wrappers(daemon: string): Required<Pick<DaemonModules, "journalWrapper" | "signerWrapper" | "rpcWrapper">>;
  /** What a run's time went into; undefined where it did not go the straight way: a node stepped in, say. */
  parts(execution: bigint, tasks: number, fromMs: number, toMs: number): Record<Part, number> | undefined;
  clear(): void;
}

/** What is asked of the chain before a transaction is signed. */
const SIMULATION: ReadonlySet<string> = new Set(["call", "estimateGas", "transactionCount", "balanceWei"]);

export function createTrace(): Trace {
  const spans: Span[] = [];

  /** The same object, each call of whose methods is noted as a span if `describe` says what it is. */
  function noting<T extends object>(
    target: T,
    daemon: string,
    describe: (name: string, args: readonly unknown[]) => Pick<Span, "part" | "about"> | undefined,
  ): T {
    const wrapped = Object.entries(target).map(([name, value]: [string, unknown]) => {
      if (typeof value !== "function") return [name, value];
      const noted = (...args: unknown[]) => {
        const described = describe(name, args);
        const startMs = performance.now();
        const result: unknown = value.apply(target, args);
        if (described === undefined || !(result instanceof Promise)) return result;
        return result.finally(() => {
          spans.push({ daemon, name, ...described, startMs, endMs: performance.now() });
        });
      };
      return [name, noted];
    });
    return Object.fromEntries(wrapped) as T;
  }

  function tracedRpc(rpc: Rpc, daemon: string): Rpc {
    const traced = noting(rpc, daemon, (name) =>
      SIMULATION.has(name) ? { part: "simulate", about: "" } : undefined,
    );
    return { ...traced, withSignal: (signal) => tracedRpc(rpc.withSignal(signal), daemon) };
  }

  const find = (name: string, about: string) =>
    spans.find((span) => span.name === name && span.about === about);

  /** How much of an interval a daemon spent in spans of a part; spans that overlap count once. */
  function within(daemon: string, part: Span["part"], fromMs: number, toMs: number): number {
    const cut = spans
      .filter((span) => span.daemon === daemon && span.part === part)
      .map(({ startMs, endMs }) => [Math.max(startMs, fromMs), Math.min(endMs, toMs)] as const)
      .filter(([startMs, endMs]) => endMs > startMs)
      .sort(([a], [b]) => a - b);
    let sumMs = 0;
    let coveredMs = fromMs;
    for (const [startMs, endMs] of cut) {
      sumMs += Math.max(0, endMs - Math.max(startMs, coveredMs));
      coveredMs = Math.max(coveredMs, endMs);
    }
    return sumMs;
  }

  return {
    wrappers: (daemon) => ({
      journalWrapper: (journal) => ({
        jobs: noting(journal.jobs, daemon, (_name, [key]) => ({ part: "flush", about: aboutJob(key) })),
        signings: noting(journal.signings, daemon, (_name, [key]) => ({
          part: "flush",
          about: aboutJob(key),
        })),
        transactions: noting(journal.transactions, daemon, (_name, [, attempt]) => ({
          part: "flush",
          about: aboutTransaction(attempt),
        })),
      }),
      signerWrapper: (signer) => noting(signer, daemon, () => ({ part: "sign", about: "" })),
      rpcWrapper: (rpc) => tracedRpc(rpc, daemon),
    }),
    parts(execution, tasks, fromMs, toMs) {
      const parts: Record<Part, number> = {
        poll: 0,
        gossip: 0,
        sign: 0,
        flush: 0,
        simulate: 0,
        other: 0,
        block: 0,
      };
      /** Splits what one daemon did from one moment to another. */
      const split = (daemon: string, startMs: number, endMs: number) => {
        let restMs = endMs - startMs;
        for (const part of ["sign", "flush", "simulate"] as const) {
          const spentMs = within(daemon, part, startMs, endMs);
          parts[part] += spentMs;
          restMs -= spentMs;
        }
        parts.other += restMs;
      };
      let atMs = fromMs;
      for (let task = 0; task < tasks; task++) {
        const lease = find("lease", `${execution}/${task}`);
        const signed = find("recordSigned", `${execution}/${task}`);
        if (lease === undefined || signed === undefined) return undefined;
        parts[task === 0 ? "poll" : "gossip"] += lease.startMs - atMs;
        split(lease.daemon, lease.startMs, signed.endMs);
        atMs = signed.endMs;
      }
      const intended = find("recordIntended", `${execution}`);
      if (intended === undefined) return undefined;
      split(intended.daemon, atMs, intended.endMs);
      parts.block = toMs - intended.endMs;
      return parts;
    },
    clear() {
      spans.length = 0;
    },
  };
}

function aboutJob(key: unknown): string {
  const { execution, task } = (key ?? {}) as { execution?: bigint; task?: number };
  return execution === undefined ? "" : `${execution}/${task}`;
}

function aboutTransaction(attempt: unknown): string {
  const { completions } = (attempt ?? {}) as { completions?: readonly { execution: bigint }[] };
  return completions?.[0] === undefined ? "" : `${completions[0].execution}`;
}
