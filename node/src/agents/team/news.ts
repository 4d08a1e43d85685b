import type { HelperDesk } from "./ports.ts";

/** Waits that end early when there is something to look at. */
export interface News {
  /** Settles when there may be something new since the last look, at the latest after so long. */
  next(withinMs: number): Promise<void>;
  /** Settles after so long, or when the helper is to stop, or is interrupted. */
  pause(ms: number): Promise<void>;
  wake(): void;
  /** Ends whatever wait there is. */
  interrupt(): void;
  stop(): void;
}

export function createNews(desk: Pick<HelperDesk, "onNews">, signal: AbortSignal): News {
  let isNew = false;
  let wakeNow: (() => void) | undefined;
  let endWait: (() => void) | undefined;
  const wake = (): void => {
    isNew = true;
    wakeNow?.();
  };
  const end = desk.onNews(wake);

  function wait(ms: number, isEnded: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        wakeNow = undefined;
        endWait = undefined;
        resolve();
      }
      signal.addEventListener("abort", done, { once: true });
      endWait = done;
      wakeNow = () => {
        if (isEnded()) done();
      };
      if (signal.aborted || isEnded()) done();
    });
  }

  return {
    async next(withinMs) {
      await wait(withinMs, () => isNew);
      isNew = false;
    },
    pause: (ms) => wait(ms, () => false),
    wake,
    interrupt: () => endWait?.(),
    stop: () => end(),
  };
}
