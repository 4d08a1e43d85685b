import type { Stream } from "@libp2p/interface";
import { expect } from "chai";
import { describe, it } from "mocha";
import { meterGossip } from "../../../node/src/network/meter.ts";
import { createTokenBucket } from "../../../node/src/network/tokenBucket.ts";
import { gossipFrame } from "../../fixtures/gossipFrame.ts";
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
  const dear = createTokenBucket({ perSecond: 10, burst: 10 }, { clock });
  meterGossip(stream as unknown as Stream, {
    bytes: createTokenBucket({ perSecond: perSecond.bytes, burst: perSecond.bytes }, { clock }),
    frames: createTokenBucket({ perSecond: perSecond.frames, burst: perSecond.frames }, { clock }),
    dear,
    isDear: () => true,
    clock,
    onOversized: () => oversized++,
  });
  return { clock, stream, oversized: () => oversized };
}

const frameOf = (bytes: number) => Uint8Array.of(bytes, ...new Uint8Array(bytes));

describe("gossip meter", () => {
  it("pauses a stream while what it brought cost too much to check", () => {
    const { clock, stream } = setting({ bytes: 1_000, frames: 1_000 });
    const [first, last] = [10, 1].map((count) =>
      gossipFrame(Array(count).fill(["a topic", Uint8Array.of(1)])),
    );
    stream.receive(first ?? new Uint8Array());
    expect(stream.readStatus).to.equal("readable");
    stream.receive(last ?? new Uint8Array());
    expect(stream.readStatus).to.equal("paused");
    clock.advance(100);
    expect(stream.readStatus).to.equal("readable");
  });

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
});
