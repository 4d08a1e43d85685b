import { expect } from "chai";
import { describe, it } from "mocha";
import { decodeDocument } from "../../../../node/src/agents/samples/decode.ts";

describe("samples/decode", () => {
  it("lets no control character and no mark that reorders text through", () => {
    const text = "\ufeffA \u001b[31mred\u001b[0m line\u0007 and\u202e turned\u2066 text.".padEnd(
      2_000,
      " More text.",
    );
    expect(decodeDocument(Buffer.from(text))).to.match(/^A \[31mred\[0m line and turned text\./);
  });

  it("gives every line end one form", () => {
    expect(decodeDocument(Buffer.from("a\r\nb\rc\u2028d\fe"))).to.equal("a\nb\nc\nd\ne");
  });

  it("keeps letters of every script, combined letters and emoji", () => {
    const text = "Zażółć gęślą jaźń, 世界, नमस्ते, e\u0301, 👩‍👩‍👧";
    expect(decodeDocument(Buffer.from(text))).to.equal(text);
  });
});
