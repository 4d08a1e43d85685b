import { AgentError } from "./errors.ts";

/** Runs that wait for a place: a node leases no more jobs than it can do, so a longer line is a fault. */
export const WAITING_MAX = 64;

/** A limited number of places; who finds none free waits in line. */
export interface Places {
  /**
   * Takes a place; call what it returns to give it back.
   *
   * @param signal Leaves the line.
   * @param waitMs Longest wait, in milliseconds.
   * @throws AgentError AGENT_STOPPED when `signal` is aborted, AGENT_BUSY when the wait or the line is too long.
   */
  take(signal: AbortSignal, waitMs: number): Promise<() => void>;
}

export function createPlaces(placesMax: number): Places {
  const waiting: (() => void)[] = [];
  let taken = 0;

  const giveBack = (): void => {
    const next = waiting.shift();
    // The place goes to the next in line without being free in between.
    if (next === undefined) taken -= 1;
    else next();
  };

  const waitInLine = (signal: AbortSignal, waitMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (error: AgentError): void => {
        settle();
        waiting.splice(waiting.indexOf(admit), 1);
        reject(error);
      };
      const admit = (): void => {
        settle();
        resolve();
      };
      const onAbort = (): void => leave(stopped());
      const timer = setTimeout(
        () => leave(busy(`no place of ${placesMax} became free in ${waitMs} ms`)),
        waitMs,
      );
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      waiting.push(admit);
    });

  return {
    async take(signal, waitMs) {
      if (signal.aborted) throw stopped();
      if (taken < placesMax) taken += 1;
      else if (waiting.length >= WAITING_MAX) throw busy(`${WAITING_MAX} runs wait already`);
      else await waitInLine(signal, waitMs);
      let given = false;
      return () => {
        if (given) return;
        given = true;
        giveBack();
      };
    },
  };
}

function stopped(): AgentError {
  return new AgentError("AGENT_STOPPED", "the run was stopped before it began");
}

function busy(message: string): AgentError {
  return new AgentError("AGENT_BUSY", message);
}
