import type { Stream } from "@libp2p/interface";
import { expect } from "chai";
import { describe, it } from "mocha";
import { GOSSIP_FRAME_BYTES_MAX } from "../../../node/src/network/limits.ts";
import { createFrameCounter, meterGossip } from "../../../node/src/network/meter.ts";
import { createTokenBucket } from "../../../node/src/network/tokenBucket.ts";
import { fakeClock } from "./support.ts";

/** What `meterGossip` uses of a stream. */
class StreamFake extends EventTarget {
  readStatus = "readable";
  pause(): void {
    this.readStatus = "paused";
  }
  resume(): void {
    this.readStatus = "readable";
  }
  receive(data: Uint8Array): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
}

function setting(perSecond: { bytes: number; frames: number }) {
  const clock = fakeClock();
  const stream = new StreamFake();
  let oversized = 0;
  meterGossip(stream as unknown as Stream, {
    bytes: createTokenBucket({ perSecond: perSecond.bytes, burst: perSecond.bytes }, { clock }),
    frames: createTokenBucket({ perSecond: perSecond.frames, burst: perSecond.frames }, { clock }),
    clock,
    onOversized: () => oversized++,
  });
  return { clock, stream, oversized: () => oversized };
}

const frameOf = (bytes: number) => Uint8Array.of(bytes, ...new Uint8Array(bytes));

describe("gossip meter", () => {
  it("pauses a stream that brings more bytes than its rate, and lets it go on when the debt is paid", () => {
    const { clock, stream } = setting({ bytes: 1_000, frames: 1_000 });
    for (let frames = 0; frames < 9; frames++) stream.receive(frameOf(100));
    expect(stream.readStatus).to.equal("readable");
    for (let frames = 0; frames < 6; frames++) stream.receive(frameOf(100));
    expect(stream.readStatus).to.equal("paused");
    clock.advance(5);
    expect(stream.readStatus).to.equal("paused");
    clock.advance(1_000);
    expect(stream.readStatus).to.equal("readable");
  });

  it("pauses a stream that brings many small frames", () => {
    const { stream } = setting({ bytes: 1_000_000, frames: 10 });
    for (let frames = 0; frames < 10; frames++) stream.receive(frameOf(1));
    expect(stream.readStatus).to.equal("readable");
    stream.receive(frameOf(1));
    expect(stream.readStatus).to.equal("paused");
  });

  it("does not touch a stream that has closed meanwhile", () => {
    const { clock, stream } = setting({ bytes: 1, frames: 1 });
    stream.receive(frameOf(100));
    stream.readStatus = "closed";
    stream.dispatchEvent(new Event("close"));
    clock.advance(1_000_000);
    expect(stream.readStatus).to.equal("closed");
  });

  it("tells at once of a frame that announces too much", () => {
    const { stream, oversized } = setting({ bytes: 1_000, frames: 1_000 });
    stream.receive(Uint8Array.of(0xff, 0xff, 0xff, 0x7f));
    expect(oversized()).to.equal(1);
  });

  it("counts frames however they are cut", () => {
    const lengths = [0, 1, 127, 128, 300, 20_000];
    const all = Buffer.concat(
      lengths.flatMap((length) => {
        const head: number[] = [];
        for (let rest = length; ; rest = Math.floor(rest / 128)) {
          head.push((rest % 128) + (rest >= 128 ? 128 : 0));
          if (rest < 128) break;
        }
        return [Uint8Array.from(head), new Uint8Array(length)];
      }),
    );
    for (const step of [1, 2, 7, 1_000, all.length]) {
      const counter = createFrameCounter();
      let frames = 0;
      for (let at = 0; at < all.length; at += step)
        frames += Number(counter.push(all.subarray(at, at + step)));
      expect(frames, `in pieces of ${step}`).to.equal(lengths.length);
    }
    const largest = createFrameCounter();
    const varint = [
      (GOSSIP_FRAME_BYTES_MAX & 0x7f) | 0x80,
      ((GOSSIP_FRAME_BYTES_MAX >> 7) & 0x7f) | 0x80,
      ((GOSSIP_FRAME_BYTES_MAX >> 14) & 0x7f) | 0x80,
      GOSSIP_FRAME_BYTES_MAX >> 21,
    ];
    expect(largest.push(Uint8Array.from(varint))).to.equal(1);
  });
});
