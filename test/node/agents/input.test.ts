import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { AgentError } from "../../../node/src/agents/errors.ts";
import { DOCUMENT_BYTES_MAX, decodeInput } from "../../../node/src/agents/input.ts";

const SEED = Number(process.env.PLEIAD_TEST_SEED ?? 20_260_102);

function errorOf(bytes: Uint8Array): AgentError {
  try {
    decodeInput(bytes);
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error("expected an error");
}

describe("input", () => {
  it(`gives back the text that was encoded, every character of it (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(text.trim() !== "" && !text.includes("\0"));
        expect(decodeInput(Buffer.from(text))).to.equal(text);
      }),
      { seed: SEED, numRuns: 256 },
    );
    expect(decodeInput(Buffer.from("\ufeffa"))).to.equal("\ufeffa");
  });

  it("that is empty is refused", () => {
    for (const text of ["", " ", "\n\t\r\n", "\ufeff", "\u00a0\u2003"]) {
      expect(errorOf(Buffer.from(text)).code, JSON.stringify(text)).to.equal("INPUT_EMPTY");
    }
  });

  it("that is binary is refused, with the offset of the first NUL byte", () => {
    const error = errorOf(Buffer.from("%PDF-1.7\n\0\0\xff"));
    expect(error.code).to.equal("INPUT_NOT_TEXT");
    expect(error.details).to.deep.equal({ offset: 9 });
    expect(error.message).to.contain("9");
  });

  it("that is not UTF-8 is refused, with the offset of the first wrong byte", () => {
    const error = errorOf(Buffer.concat([Buffer.from("zażółć "), Buffer.from([0xe9, 0x20])]));
    expect(error.code).to.equal("INPUT_NOT_TEXT");
    expect(error.details).to.deep.equal({ offset: 11 });
    expect(error.message).to.contain("0xe9");
  });

  it("of exactly the largest size is taken, of one byte more or of 50 MB it is refused", () => {
    expect(decodeInput(Buffer.alloc(DOCUMENT_BYTES_MAX, "a"))).to.have.length(DOCUMENT_BYTES_MAX);
    for (const bytes of [DOCUMENT_BYTES_MAX + 1, 50_000_000]) {
      const error = errorOf(Buffer.alloc(bytes));
      expect(error.code).to.equal("INPUT_TOO_LARGE");
      expect(error.details.bytes).to.equal(bytes);
    }
  });
});
