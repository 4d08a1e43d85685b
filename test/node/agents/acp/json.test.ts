import { expect } from "chai";
import { describe, it } from "mocha";
import { shownJson, shownText } from "../../../../node/src/agents/acp/json.ts";

describe("texts of an agent, for a person", () => {
  it("shownText_whatFits_isWhole", () => {
    expect(shownText("plain", 5)).to.equal("plain");
    expect(shownText("a\u001b[31mb\u0080c", 20)).to.equal("abc");
  });

  it("shownText_tooLong_saysThatItIsCut", () => {
    expect(shownText("plainer", 5)).to.equal("plai…");
  });

  it("shownText_endBehindCharactersThatAreTakenOut_saysThatItIsCut", () => {
    const hidden = "\u0080".repeat(100);
    expect(shownText(`ls${hidden}; rm -rf work`, 10)).to.equal("ls…");
    expect(shownJson({ command: `ls${hidden}; rm -rf work` }, 20)).to.equal('{"command":"ls…');
  });
});
