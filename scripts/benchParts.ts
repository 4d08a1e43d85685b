import type { Journal } from "../node/src/chain/journal.ts";
import type { Rpc } from "../node/src/chain/rpc.ts";
import type { Signer } from "../node/src/chain/signer.ts";
import type { Gossip } from "../node/src/work/ports.ts";

/** Where the daemons' time goes. */
export interface Parts {
  /** What stands between a daemon and its parts, for `startDaemon`. */
  wrappers(daemon: string): {
    journalWrapper: (journal: Journal) => Journal;
    signerWrapper: (signer: Signer) => Signer;
    gossipWrapper: (gossip: Gossip) => Gossip;
    rpcWrapper: (rpc: Rpc) => Rpc;
  };
  /** Milliseconds by part, in the mean of `runs` runs. */
  perRun(runs: number): Readonly<Record<string, number>>;
}

/** Methods of `Rpc` that ask what a transaction would do. */
const SIMULATING = ["call", "estimateGas"];
/** Methods of `Rpc` that look for what is new. */
const POLLING = ["blockByNumber", "blocksByNumber", "blockByHash", "logs", "receipt", "knowsTransaction"];

/** Times every call between the daemons and their parts. Calls that overlap are counted each for itself. */
export function createParts(): Parts {
  const totals = new Map<string, number>();
  const published = new Map<string, number>();
  const add = (part: string, ms: number) => totals.set(part, (totals.get(part) ?? 0) + ms);

  function timed<T extends object>(target: T, partOf: (method: string) => string | undefined): T {
    return new Proxy(target, {
      get(object, property, receiver) {
        const value: unknown = Reflect.get(object, property, receiver);
        const part = typeof property === "string" ? partOf(property) : undefined;
        if (typeof value !== "function" || part === undefined) return value;
        return (...args: unknown[]) => {
          const startedAtMs = performance.now();
          const result: unknown = value.apply(object, args);
          if (!(result instanceof Promise)) return result;
          return result.finally(() => add(part, performance.now() - startedAtMs));
        };
      },
    });
  }

  /** The same endpoints with another signal are timed too. */
  function rpcWrapper(rpc: Rpc): Rpc {
    const withTimes = timed(rpc, partOfRpc);
    return new Proxy(withTimes, {
      get: (target, property, receiver) =>
        property === "withSignal"
          ? (signal: AbortSignal) => rpcWrapper(rpc.withSignal(signal))
          : Reflect.get(target, property, receiver),
    });
  }

  return {
    wrappers: () => ({
      journalWrapper: ({ jobs, transactions, signings }) => ({
        jobs: timed(jobs, (method) => (method === "live" || method === "get" ? "journal read" : "flush")),
        transactions: timed(transactions, (method) =>
          method.startsWith("record") ? "flush" : "journal read",
        ),
        signings: timed(signings, () => "flush"),
      }),
      // A copy: a frozen object's methods cannot be stood in for.
      signerWrapper: (signer) => timed({ ...signer }, () => "sign"),
      gossipWrapper: (gossip) => ({
        ...gossip,
        publish(message) {
          published.set(message.signature, performance.now());
          return gossip.publish(message);
        },
        onCompletion: (handler) =>
          gossip.onCompletion((message) => {
            const sentAtMs = published.get(message.signature);
            if (sentAtMs !== undefined) add("gossip", performance.now() - sentAtMs);
            handler(message);
          }),
      }),
      rpcWrapper,
    }),
    perRun: (runs) =>
      Object.fromEntries([...totals].map(([part, ms]) => [part, Number((ms / runs).toFixed(1))])),
  };
}

function partOfRpc(method: string): string | undefined {
  if (SIMULATING.includes(method)) return "simulate";
  if (POLLING.includes(method)) return "poll";
  return method === "sendRawTransaction" ? "send" : undefined;
}
