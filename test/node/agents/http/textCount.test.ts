import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createTextCount } from "../../../../node/src/agents/http/textCount.ts";

describe("count of a text that comes in pieces", () => {
  it("is that of the whole, wherever it is cut, also in the middle of a character", () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom("a", "ż", "€", "\ud83d", "\ude42", "🙂") }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, (given) => {
        const count = createTextCount();
        for (const piece of given) count.add(piece);
        expect(count.bytes).to.equal(Buffer.byteLength(given.join("")));
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });
});
