import type { Stream } from "@libp2p/interface";
import type { Clock } from "./clock.ts";
import type { TokenBucket } from "./tokenBucket.ts";

/**
 * Reads a stream no faster than its buckets allow. In debt it is paused: Yamux grants no further window, so a window of it waits
 * here and the rest with whoever sends; nothing is lost, and other streams do not notice.
 *
 * @param options.onPause told whenever it is held back
 */
export function paceStream(
  stream: Stream,
  options: { readonly buckets: readonly TokenBucket[]; readonly clock: Clock; readonly onPause: () => void },
): void {
  const { buckets, clock, onPause } = options;
  let cancelResume: (() => void) | undefined;
  let isResuming = false;

  function pauseInDebt(): void {
    const waitMs = Math.max(...buckets.map((bucket) => bucket.debtMs()));
    // A stream that resumes hands out what it held before it may be paused anew: `resume` looks again afterwards.
    if (waitMs === 0 || isResuming || stream.readStatus !== "readable") return;
    stream.pause();
    onPause();
    cancelResume = clock.after(waitMs, resume);
  }

  function resume(): void {
    if (stream.readStatus !== "paused") return;
    isResuming = true;
    stream.resume();
    isResuming = false;
    pauseInDebt();
  }

  stream.addEventListener("message", ({ data }) => {
    for (const bucket of buckets) bucket.charge(data.byteLength);
    pauseInDebt();
  });
  stream.addEventListener("close", () => cancelResume?.());
}
