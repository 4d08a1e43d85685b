import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { cutAtSentenceEnd } from "../../../../node/src/agents/samples/cut.ts";

const SEED = 20260102;

describe("samples/cut", () => {
  it("cuts behind the last sentence that fits, its place with it", () => {
    const text = "> One is here. [1]\n> Two is there. [2]\n> Three.";
    expect(cutAtSentenceEnd(text, 46)).to.equal("> One is here. [1]\n> Two is there. [2]");
    expect(cutAtSentenceEnd("First one. Second one. Third one.", 25)).to.equal("First one. Second one.");
    expect(cutAtSentenceEnd("第一句。第二句。第三句。", 28)).to.equal("第一句。第二句。");
  });

  it("leaves alone what fits", () => {
    expect(cutAtSentenceEnd("No full stop ", 13)).to.equal("No full stop ");
  });

  it("cuts at a space, or between characters, where no sentence ends", () => {
    expect(cutAtSentenceEnd("one two three", 9)).to.equal("one two");
    expect(cutAtSentenceEnd("ééééé", 5)).to.equal("éé");
    expect(cutAtSentenceEnd("👩‍👩‍👧x", 12)).to.equal("");
  });

  it("never has more bytes than allowed, is a start of the text, and never splits a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat({ max: 120 }), (text, bytesMax) => {
        const cut = cutAtSentenceEnd(text, bytesMax);
        expect(Buffer.byteLength(cut)).to.be.at.most(bytesMax);
        expect(text.startsWith(cut)).to.equal(true);
        expect(cut.isWellFormed()).to.equal(text.slice(0, cut.length).isWellFormed());
        expect(/^\p{M}/u.test(text.slice(cut.length)) && cut !== "").to.equal(false);
      }),
      { seed: SEED },
    );
  });
});
