import type { Stream, StreamHandler } from "@libp2p/interface";
import type { Budgets } from "./budgets.ts";
import type { Clock } from "./clock.ts";
import { createGossipScanner } from "./gossipScan.ts";
import type { Misdeed } from "./reputation.ts";
import type { TokenBucket } from "./tokenBucket.ts";

/** Reads each inbound stream of gossip at its peer's rate; one that holds an oversized frame is the last of its connection. */
export function gossipMeter(modules: {
  readonly budgets: Budgets;
  readonly penalize: (peer: string, misdeed: Misdeed) => void;
  readonly isDear: (topic: string) => boolean;
  readonly clock: Clock;
}): StreamHandler {
  const { budgets, penalize, isDear, clock } = modules;
  return (stream, connection) => {
    const peer = connection.remotePeer.toString();
    const { gossipBytes: bytes, gossipFrames: frames, gossipDear: dear } = budgets.of(peer);
    const onOversized = () => {
      penalize(peer, "oversized");
      // What follows the oversized frame cannot be told apart from it: this connection is of no more use.
      connection.abort(new Error("a gossip frame is too large"));
    };
    meterGossip(stream, { bytes, frames, dear, isDear, clock, onOversized });
  };
}

/**
 * Reads a peer's gossip no faster than its rate. gossipsub takes whatever comes and queues it without bound; here the
 * stream is paused while the peer is in debt. Yamux then grants no further window, so at most `STREAM_WINDOW_BYTES`
 * wait here and the rest with the peer: nothing is lost and other peers do not notice.
 *
 * Attach after gossipsub has taken the stream: its first listener gets what is already there.
 *
 * @param options.bytes, options.frames, options.dear the peer's budgets
 * @param options.isDear whether messages of a topic are charged to `dear`: those that cost much to check
 * @param options.onOversized told when a frame announces more than `GOSSIP_FRAME_BYTES_MAX`
 */
export function meterGossip(
  stream: Stream,
  options: {
    readonly bytes: TokenBucket;
    readonly frames: TokenBucket;
    readonly dear: TokenBucket;
    readonly isDear: (topic: string) => boolean;
    readonly clock: Clock;
    readonly onOversized: () => void;
  },
): void {
  const scanner = createGossipScanner(options.isDear);
  let cancelResume: (() => void) | undefined;
  let isResuming = false;

  function pauseInDebt(): void {
    const waitMs = Math.max(options.bytes.debtMs(), options.frames.debtMs(), options.dear.debtMs());
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
    const scanned = scanner.push(event.data.subarray());
    if (scanned === "oversized") {
      options.onOversized();
      return;
    }
    options.bytes.charge(event.data.byteLength);
    options.frames.charge(scanned.frames);
    options.dear.charge(scanned.dear);
    pauseInDebt();
  });
  stream.addEventListener("close", () => cancelResume?.());
}
