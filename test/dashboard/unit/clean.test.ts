import { expect } from "chai";
import { describe, it } from "mocha";
import { cleanName, cleanText } from "../../../dashboard/src/text/clean.ts";

describe("text of somebody else", () => {
  it("shows where there is something that draws nothing or turns the order, and leaves what is written", () => {
    const unseen = [
      ...["\u0000", "\u001b", "\u007f", "\u009b", "\u200b", "\u202e", "\u2066", "\ufeff"],
      // Letters without a shape, a mark of direction, and tags, in which a whole sentence may hide from who reads and not from a model.
      ...[
        "\u061c",
        "\u115f",
        "\u1160",
        "\u180e",
        "\u3164",
        "\uffa0",
        "\ufff9",
        "\u{e0001}",
        "\u{e0041}",
        "\u{e0100}",
      ],
    ];
    for (const sign of unseen)
      expect(cleanText(`a${sign}b`), sign.codePointAt(0)?.toString(16)).to.equal("a\ufffdb");
    const written = "\tGrüße, 你好, שלום, مرحبا, e\u0301, क्ष, 👩‍💻, ❤️\nand a line";
    expect(cleanText(written)).to.equal(written);
    expect(cleanName("a\u{e0041}\nb")).to.equal("a\ufffd b");
  });
});
