import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { invalidUtf8Offset, printable, redact } from "../../../node/src/agents/text.ts";

const SEED = Number(process.env.PLEIAD_TEST_SEED ?? 20_260_103);

/** The same by another way: the longest beginning that decodes. */
function slowOffset(bytes: Uint8Array): number | undefined {
  const decodes = (end: number, stream: boolean) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end), { stream });
      return true;
    } catch {
      return false;
    }
  };
  if (decodes(bytes.length, false)) return undefined;
  for (let end = bytes.length; end >= 0; end -= 1) if (decodes(end, false)) return end;
  return 0;
}

describe("text", () => {
  it(`finds the first byte that is not UTF-8 (seed ${SEED})`, () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 2 }),
      fc.constantFrom(
        ...["c0af", "e08080", "eda080", "edbfbf", "f0808080", "f4908080", "f8888080", "e282", "80", "ff"].map(
          (digits) => Buffer.from(digits, "hex"),
        ),
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        expect(invalidUtf8Offset(bytes), bytes.toString("hex")).to.equal(slowOffset(bytes));
      }),
      { seed: SEED, numRuns: 5_000 },
    );
  });

  it("finds it for every first byte, beside each bound of the second", () => {
    for (let first = 0; first < 256; first += 1) {
      for (const second of [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]) {
        const bytes = Buffer.from([0x61, first, second, 0x80, 0x80]);
        expect(invalidUtf8Offset(bytes), bytes.toString("hex")).to.equal(slowOffset(bytes));
      }
    }
  });

  it("for a person holds no terminal sequences and control characters", () => {
    const bytes = Buffer.from("a\u001b[31mred\u001b[0m\r\n\tb\u0000\u0007\u009b2Jc\u001b]0;title\u0007d");
    expect(printable(bytes, [])).to.equal("ared\n\tbcd");
    expect(printable(Buffer.from([0x61, 0xff]), [])).to.equal("a\ufffd");
  });

  it("for a person holds no secret, not even one cut in two by a control character", () => {
    const secrets = ["sk-secret", "sk-secret-longer", ""];
    expect(redact("sk-secret-longer and sk-secret.", secrets)).to.equal("[redacted] and [redacted].");
    expect(printable(Buffer.from("sk-\u0000sec\u001b[1mret"), secrets)).to.equal("[redacted]");
  });

  it("keeps words that are too short to be secrets", () => {
    expect(redact("no 1 on it", ["1", "on", "no"])).to.equal("no 1 on it");
  });
});
