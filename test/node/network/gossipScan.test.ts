import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createGossipScanner } from "../../../node/src/network/gossipScan.ts";
import { GOSSIP_FRAME_BYTES_MAX } from "../../../node/src/network/limits.ts";
import { gossipFrame } from "../../fixtures/gossipFrame.ts";

const isDear = (topic: string) => topic.startsWith("dear");

/** Sums what a scanner says of bytes that come in pieces of `step`. */
function scan(bytes: Uint8Array, step: number): { frames: number; dear: number } | "oversized" {
  const scanner = createGossipScanner(isDear);
  let [frames, dear] = [0, 0];
  for (let at = 0; at < bytes.length; at += step) {
    const scanned = scanner.push(bytes.subarray(at, at + step));
    if (scanned === "oversized") return "oversized";
    frames += scanned.frames;
    dear += scanned.dear;
  }
  return { frames, dear };
}

describe("gossip scanner", () => {
  it("counts frames and the messages of dear topics, however the bytes are cut", () => {
    const message = fc.tuple(
      fc.constantFrom("dear", "dear/7", "log", "x"),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(message, { maxLength: 5 }), { maxLength: 8 }),
        fc.nat(400),
        (all, step) => {
          const bytes = Buffer.concat(all.map((messages) => gossipFrame(messages)));
          const dear = all.flat().filter(([topic]) => isDear(topic)).length;
          expect(scan(bytes, step + 1)).to.deep.equal({ frames: all.length, dear });
        },
      ),
    );
  });

  it("keeps count of frames whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 127 }), { maxLength: 9 }), fc.nat(50), (all, step) => {
        const bytes = Buffer.concat(all.flatMap((content) => [Uint8Array.of(content.length), content]));
        const scanned = scan(bytes, step + 1);
        expect(scanned === "oversized" ? scanned : scanned.frames).to.equal(all.length);
      }),
    );
  });

  it("takes for dear what names no topic, or is no protobuf", () => {
    expect(scan(Uint8Array.of(2, 0x12, 0), 1)).to.deep.equal({ frames: 1, dear: 1 });
    expect(scan(Uint8Array.of(3, 0x07, 1, 2), 1)).to.deep.equal({ frames: 1, dear: 1 });
  });

  it("counts the last topic of a message, as gossipsub does", () => {
    const topic = (name: string) => [0x22, name.length, ...Buffer.from(name)];
    const message = [...topic("log"), ...topic("dear")];
    const frame = Uint8Array.from([message.length + 2, 0x12, message.length, ...message]);
    expect(scan(frame, 3)).to.deep.equal({ frames: 1, dear: 1 });
  });

  it("stops at a frame that announces too much, and takes the largest", () => {
    const announce = (bytes: number) => {
      const varint: number[] = [];
      for (let rest = bytes; ; rest = Math.floor(rest / 128)) {
        if (rest < 128) return Uint8Array.from([...varint, rest]);
        varint.push((rest % 128) + 128);
      }
    };
    expect(scan(announce(GOSSIP_FRAME_BYTES_MAX), 1)).to.deep.equal({ frames: 1, dear: 0 });
    expect(scan(announce(GOSSIP_FRAME_BYTES_MAX + 1), 1)).to.equal("oversized");
    expect(scan(new Uint8Array(9).fill(0xff), 1)).to.equal("oversized");
  });
});
