import type { Clock } from "../chain/clock.ts";
import { NEWS_DELAY_MS, NEWS_GAP_MIN_MS } from "./limits.ts";

/** Looks at intervals and at news; one look at a time. */
export interface Loop {
  start(): void;
  /** Takes other intervals, and looks at once. */
  restart(): void;
  /** Comes to its end when the present look has. */
  stop(): Promise<void>;
  isStopped(): boolean;
}

export interface LoopModules {
  readonly clock: Clock;
  readonly look: () => Promise<void>;
  readonly form: () => Promise<void>;
  readonly intervals: () => { readonly scalingIntervalMs: number; readonly formationIntervalMs: number };
  /** Begins to tell news; the answer ends that. */
  readonly watch: (handler: () => void) => () => void;
}

export function createLoop({ clock, look, form, intervals, watch }: LoopModules): Loop {
  let state: "new" | "running" | "stopped" = "new";
  let cancelLook = () => {};
  let cancelForm = () => {};
  let unwatch = () => {};
  let lookDueAtMs = Number.POSITIVE_INFINITY;
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let forming: Promise<void> | undefined;

  /** The sooner of two counts. */
  function lookIn(delayMs: number): void {
    const dueAtMs = clock.monotonicMs() + delayMs;
    if (state !== "running" || dueAtMs >= lookDueAtMs) return;
    cancelLook();
    lookDueAtMs = dueAtMs;
    cancelLook = clock.after(delayMs, () => {
      lookDueAtMs = Number.POSITIVE_INFINITY;
      // What comes while a look is under way is looked at when that has ended.
      looking = (looking ?? Promise.resolve()).then(lookNow);
    });
  }

  async function lookNow(): Promise<void> {
    if (state !== "running") return;
    lastLookMs = clock.monotonicMs();
    await look();
    lookIn(intervals().scalingIntervalMs);
  }

  function formIn(delayMs: number): void {
    cancelForm();
    if (state !== "running") return;
    cancelForm = clock.after(delayMs, () => {
      forming = (async () => {
        await form();
        formIn(intervals().formationIntervalMs);
      })();
    });
  }

  return {
    start() {
      if (state !== "new") return;
      state = "running";
      unwatch = watch(() => {
        const gapMs = lastLookMs + NEWS_GAP_MIN_MS - clock.monotonicMs();
        lookIn(Math.max(NEWS_DELAY_MS, gapMs));
      });
      lookIn(0);
      formIn(intervals().formationIntervalMs);
    },
    restart() {
      if (state !== "running") return;
      cancelLook();
      lookDueAtMs = Number.POSITIVE_INFINITY;
      lookIn(0);
      formIn(intervals().formationIntervalMs);
    },
    async stop() {
      state = "stopped";
      cancelLook();
      cancelForm();
      unwatch();
      await Promise.all([looking, forming]);
    },
    isStopped: () => state === "stopped",
  };
}
