import { PleiadError } from "@pleiad/sdk/errors";
import { type Clock, systemClock } from "../chain/clock.ts";
import type { Answerer, AnswerOptions, TaskQuestion } from "./ports.ts";

/** Drivers end an agent by themselves within this time after its end; only one that is broken takes longer. */
export const AGENT_GRACE_MS = 10_000;

/**
 * Asks the agents, and waits no longer than they are allowed to take: a driver that neither answers nor heeds its
 * signal must not hold a place for ever, nor the daemon's stop.
 *
 * @throws PleiadError those of `Answerer.answer`; AGENT_TIMED_OUT; the signal's reason when the driver does not heed it
 */
export async function askAgent(
  question: TaskQuestion,
  options: AnswerOptions,
  modules: { readonly answerer: Answerer; readonly clock?: Clock },
): Promise<Uint8Array> {
  const { answerer, clock = systemClock() } = modules;
  const { signal, timeoutMs } = options;
  const over = new AbortController();
  const late = Promise.withResolvers<never>();
  const cancels = [
    clock.after(timeoutMs + AGENT_GRACE_MS, () => {
      const error = new PleiadError(`no answer came within ${timeoutMs} ms, nor did the agent end`, {
        code: "AGENT_TIMED_OUT",
        hint: "see the agent's log; it is left alone",
        details: { timeoutMs, job: options.job },
      });
      over.abort(error);
      late.reject(error);
    }),
  ];
  const onStop = () => void cancels.push(clock.after(AGENT_GRACE_MS, () => late.reject(signal.reason)));
  if (signal.aborted) onStop();
  signal.addEventListener("abort", onStop, { once: true });
  try {
    const answered = answerer.answer(question, {
      ...options,
      signal: AbortSignal.any([signal, over.signal]),
    });
    return await Promise.race([answered, late.promise]);
  } finally {
    for (const cancel of cancels) cancel();
    signal.removeEventListener("abort", onStop);
  }
}
