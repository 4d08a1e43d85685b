import type { Stream } from "@libp2p/interface";
import type { Clock } from "./clock.ts";
import { GOSSIP_FRAME_BYTES_MAX } from "./limits.ts";
import type { TokenBucket } from "./tokenBucket.ts";

/**
 * Reads a peer's gossip no faster than its rate. gossipsub takes whatever comes and queues it without bound; here the
 * stream is paused while the peer is in debt. Yamux then grants no further window, so at most `STREAM_WINDOW_BYTES`
 * wait here and the rest with the peer: nothing is lost and other peers do not notice.
 *
 * Attach after gossipsub has taken the stream: its first listener gets what is already there.
 *
 * @param options.bytes, options.frames the peer's budgets
 * @param options.onOversized told when a frame announces more than `GOSSIP_FRAME_BYTES_MAX`
 */
export function meterGossip(
  stream: Stream,
  options: {
    readonly bytes: TokenBucket;
    readonly frames: TokenBucket;
    readonly clock: Clock;
    readonly onOversized: () => void;
  },
): void {
  const counter = createFrameCounter();
  let cancelResume: (() => void) | undefined;
  let isResuming = false;

  function pauseInDebt(): void {
    const waitMs = Math.max(options.bytes.debtMs(), options.frames.debtMs());
    // While it resumes, a stream hands out what it held and only then grants a new window: a pause in between would
    // hold the data and grant windows all the same. `resume` below looks again afterwards.
    if (waitMs === 0 || isResuming || stream.readStatus !== "readable") return;
    stream.pause();
    cancelResume = options.clock.after(waitMs, resume);
  }

  function resume(): void {
    if (stream.readStatus !== "paused") return;
    isResuming = true;
    stream.resume();
    isResuming = false;
    pauseInDebt();
  }

  stream.addEventListener("message", (event) => {
    const frames = counter.push(event.data.subarray());
    if (frames === "oversized") {
      options.onOversized();
      return;
    }
    options.bytes.charge(event.data.byteLength);
    options.frames.charge(frames);
    pauseInDebt();
  });
  stream.addEventListener("close", () => cancelResume?.());
}

/** Counts gossipsub's frames: each is an unsigned varint with its length, then as many bytes. */
export function createFrameCounter(): { push(bytes: Uint8Array): number | "oversized" } {
  let length = 0;
  let shift = 0;
  let skip = 0;
  return {
    push(bytes) {
      let frames = 0;
      let at = 0;
      while (at < bytes.length) {
        if (skip > 0) {
          const step = Math.min(skip, bytes.length - at);
          skip -= step;
          at += step;
          continue;
        }
        const byte = bytes[at++] ?? 0;
        length += (byte & 0x7f) * 2 ** shift;
        shift += 7;
        if (length > GOSSIP_FRAME_BYTES_MAX || shift > 35) return "oversized";
        if (byte >= 0x80) continue;
        skip = length;
        frames++;
        length = 0;
        shift = 0;
      }
      return frames;
    },
  };
}
