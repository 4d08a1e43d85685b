import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import type { Equivocation, EquivocationBook } from "../chain/equivocations.ts";
import type { ChainView, EquivocationProver, Gossip, SignedMessage } from "./ports.ts";
import { retryDelayMs } from "./retries.ts";
import { spreadOf } from "./spread.ts";
import { type Contradiction, createStatements } from "./statements.ts";

/** All who heard the same would prove it at once: each waits a part of this, by its place in the schedule. Milliseconds. */
export const PROVE_SPREAD_MS = 60_000;
/** First pause before the chain is looked at again; by then it mostly shows what was sent. Milliseconds. */
export const PROVE_RETRY_MS_MIN = 10_000;
/** Longest pause: a bond may come, or gas become cheap, at any time. Milliseconds. */
export const PROVE_RETRY_MS_MAX = 3_600_000;
/** Contradictions about executions that the chain does not show yet. */
export const CONTRADICTIONS_WAITING_MAX = 256;

export interface EquivocationsModules {
  readonly gossip: Pick<Gossip, "onCompletion" | "onBroken">;
  readonly chain: Pick<ChainView, "execution" | "onChange">;
  readonly book: EquivocationBook;
  readonly prover: EquivocationProver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks out for nodes that sign two outputs for one context, and brings the proof to their bonds, once. */
export interface Equivocations {
  start(): Promise<void>;
  /** Hands nothing over any more. What was handed over is the submitter's to carry on. */
  stop(): void;
  /** Proofs that are to be brought. */
  openCount(): Promise<number>;
}

interface Attempt {
  readonly atMs: number;
  readonly failures: number;
}

export function createEquivocations(
  options: { /** This node. */ readonly node: bigint },
  modules: EquivocationsModules,
): Equivocations {
  const { gossip, chain, book, prover, clock, logger } = modules;
  const statements = createStatements();
  /** Found before the chain showed their execution, by execution, the oldest first. */
  const waiting = new Map<bigint, Contradiction[]>();
  const attempts = new Map<string, Attempt>();
  const endings: (() => void)[] = [];
  let cancel: () => void = () => undefined;
  let isLooking = false;
  let isLookWanted = false;
  let isSelfTold = false;
  let stopped = false;

  function hear({ completion, signature }: SignedMessage): void {
    const found = statements.add({ completion, signature });
    if (found === undefined) return;
    const { node, execution, task } = completion;
    if (node === options.node) {
      if (!isSelfTold) logger.error({ node, execution, task }, "somebody else signs with this node's key");
      isSelfTold = true;
      return;
    }
    const what = "a node signed two outputs for one context";
    logger.warn({ node, execution, task, limitAs: `node ${node}` }, what);
    // What is about no execution can never be proven, and would be for free.
    if (chain.execution(execution) !== undefined) keep(found);
    else wait(execution, found);
  }

  function wait(execution: bigint, found: Contradiction): void {
    waiting.set(execution, [...(waiting.get(execution) ?? []), found]);
    const [oldest] = waiting.keys();
    const count = [...waiting.values()].reduce((sum, { length }) => sum + length, 0);
    if (count > CONTRADICTIONS_WAITING_MAX && oldest !== undefined) waiting.delete(oldest);
  }

  function keep({ a, b }: Contradiction): void {
    inBackground("an equivocation could not be kept", async () => {
      if (await book.keep(a, b)) look();
    });
  }

  function inBackground(what: string, task: () => Promise<void>): void {
    void task().catch((error: unknown) => {
      if (!(error instanceof PleiadError)) throw error;
      if (!stopped) logger.warn({ code: error.code, reason: error.message }, what);
    });
  }

  /** Tries what is due, one after the other, and comes back when the next one is. */
  function look(): void {
    if (stopped) return;
    isLookWanted = true;
    if (isLooking) return;
    isLooking = true;
    void lookOnce().finally(() => {
      isLooking = false;
      if (isLookWanted) look();
    });
  }

  async function lookOnce(): Promise<void> {
    isLookWanted = false;
    cancel();
    try {
      for (const one of await book.open()) {
        const { atMs } = attemptOf(one);
        if (!stopped && atMs <= clock.monotonicMs()) await prove(one);
      }
      const open = await book.open();
      forgetOthers(open);
      const next = Math.min(...open.map((one) => attemptOf(one).atMs));
      if (!stopped && Number.isFinite(next))
        cancel = clock.after(Math.max(0, next - clock.monotonicMs()), look);
    } catch (error) {
      // The disk.
      if (!(error instanceof PleiadError)) throw error;
      if (stopped) return;
      logger.warn({ code: error.code, reason: error.message }, "equivocations could not be looked through");
      cancel = clock.after(PROVE_RETRY_MS_MIN, look);
    }
  }

  function attemptOf(one: Equivocation): Attempt {
    const known = attempts.get(nameOf(one));
    if (known !== undefined) return known;
    const delayMs = spreadOf(one.execution, options.node) * PROVE_SPREAD_MS;
    const first = { atMs: clock.monotonicMs() + delayMs, failures: 0 };
    attempts.set(nameOf(one), first);
    return first;
  }

  function forgetOthers(open: readonly Equivocation[]): void {
    const names = new Set(open.map(nameOf));
    for (const name of attempts.keys()) if (!names.has(name)) attempts.delete(name);
  }

  function pause(one: Equivocation): void {
    const failures = attemptOf(one).failures + 1;
    const delayMs = retryDelayMs(failures, PROVE_RETRY_MS_MIN, PROVE_RETRY_MS_MAX);
    attempts.set(nameOf(one), { atMs: clock.monotonicMs() + delayMs, failures });
  }

  async function prove(one: Equivocation): Promise<void> {
    const { node, execution, task } = one;
    const about = { node, execution, task };
    // Nothing is sent for what a reorganisation may still take back (N6). What ended long ago is not known any more.
    if (chain.execution(execution)?.settled === false) return pause(one);
    try {
      const result = await prover.prove(one);
      if (stopped) return;
      if (result.kind === "proven") {
        await book.close(one, "it is proven on chain");
        logger.info(about, "equivocation proven");
        return;
      }
      logger.debug({ ...about, reason: result.reason }, "equivocation is not proven yet");
      pause(one);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (stopped) return;
      const { code, message: reason } = error;
      if (code === "SUBMISSION_REFUSED") {
        await book.close(one, `${code}: ${reason}`);
        logger.error({ ...about, code, reason }, "equivocation cannot be proven");
        return;
      }
      logger[isRetryable(error) ? "debug" : "warn"](
        { ...about, code, reason },
        "equivocation is not proven yet",
      );
      pause(one);
    }
  }

  return {
    async start() {
      endings.push(gossip.onCompletion(hear), gossip.onBroken(hear));
      endings.push(
        chain.onChange((execution) => {
          const found = execution === undefined ? undefined : waiting.get(execution);
          if (execution === undefined || found === undefined || chain.execution(execution) === undefined)
            return;
          waiting.delete(execution);
          for (const one of found) keep(one);
        }),
      );
      look();
    },
    stop() {
      stopped = true;
      cancel();
      for (const end of endings.splice(0)) end();
    },
    openCount: async () => (await book.open()).length,
  };
}

function nameOf({ node, execution, task }: Equivocation): string {
  return `${node}/${execution}/${task}`;
}
