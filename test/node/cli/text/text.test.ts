import { expect } from "chai";
import { describe, it } from "mocha";
import {
  bytesText,
  counted,
  durationText,
  ether,
  listed,
  shortHex,
  timeText,
} from "../../../../node/src/cli/text/amounts.ts";
import { cutTo, displayWidth } from "../../../../node/src/cli/text/displayWidth.ts";
import { printable, printableLine } from "../../../../node/src/cli/text/printable.ts";
import { styleFor } from "../../../../node/src/cli/text/style.ts";
import { layoutTable } from "../../../../node/src/cli/text/table.ts";
import { hanging, wrapped } from "../../../../node/src/cli/text/wrap.ts";

const plain = styleFor({ write: () => true }, {});

describe("amounts", () => {
  it("are exact where a person can read them, and marked where they are rounded", () => {
    expect(ether(0n)).to.equal("0 ether");
    expect(ether(3_050n)).to.equal("3,050 wei");
    expect(ether(10_000_000_000n)).to.equal("10 gwei");
    expect(ether(1_500_000_000_000_000n)).to.equal("0.0015 ether");
    expect(ether(310_000_000_000_000n)).to.equal("0.00031 ether");
    expect(ether(10n ** 21n)).to.equal("1,000 ether");
    expect(ether(112_352_123_456_789n)).to.equal("~0.000112352 ether");
  });

  it("say counts, bytes, times and lists in words", () => {
    expect([counted(1, "task"), counted(3_000n, "task")]).to.deep.equal(["1 task", "3,000 tasks"]);
    expect([bytesText(96), bytesText(37_479), bytesText(3_145_728)]).to.deep.equal([
      "96 bytes",
      "36.6 KiB",
      "3.0 MiB",
    ]);
    expect([durationText(10), durationText(90n), durationText(3_600)]).to.deep.equal([
      "10 s",
      "1 min 30 s",
      "1 h",
    ]);
    expect(timeText(1_795_235_654n)).to.equal("2026-11-21 04:34:14 UTC");
    expect(listed(["a"])).to.equal("a");
    expect(listed(["a", "b", "c"])).to.equal("a, b and c");
    expect(shortHex("0x83329589F012E02e2870465Bb11e945d2995d535")).to.equal("0x833295…d535");
  });
});

describe("text by strangers", () => {
  it("cannot move the cursor, colour, ring or turn the reading direction", () => {
    const text = "a\u001b[2Jb\u0007c\u202ed\u2066e\u009bf\rg";
    expect(printable(text)).to.equal("a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg");
  });

  it("keeps its lines, tabs, accents and emoji", () => {
    const text = "één\ttab\nзвезда 星 👩‍🚀";
    expect(printable(text)).to.equal(text);
    expect(printable("one\r\ntwo")).to.equal("one\ntwo");
  });

  it("stays on one line in a cell", () => {
    expect(printableLine("one\n\ttwo")).to.equal("one two");
  });
});

describe("the width of text", () => {
  it("counts what a terminal draws, not what a string holds", () => {
    expect(displayWidth("abc")).to.equal(3);
    expect(displayWidth("星")).to.equal(2);
    expect(displayWidth("e\u0301")).to.equal(1);
    expect(displayWidth("👩‍🚀")).to.equal(2);
    expect(displayWidth("\u001b[32mok\u001b[39m")).to.equal(2);
  });

  it("is kept when text is cut", () => {
    expect(cutTo("abcdef", 6)).to.equal("abcdef");
    expect(cutTo("abcdefg", 6)).to.equal("abcde…");
    expect(displayWidth(cutTo("星星星星", 5))).to.be.at.most(5);
  });
});

describe("wrapped text", () => {
  it("breaks at spaces, keeps line ends, and leaves a long word whole", () => {
    expect(wrapped("one two three", 8)).to.deep.equal(["one two", "three"]);
    expect(wrapped("one\n\ntwo", 8)).to.deep.equal(["one", "", "two"]);
    expect(wrapped("a verylongword b", 6)).to.deep.equal(["a", "verylongword", "b"]);
  });

  it("does not part a number from its unit", () => {
    expect(wrapped("it took 10 s", 10)).to.deep.equal(["it took", "10 s"]);
    expect(wrapped("it cost 0.1 ether", 12)).to.deep.equal(["it cost", "0.1 ether"]);
  });

  it("stands in line with where it began", () => {
    expect(hanging("  do: ", "one two three four five", 26)).to.equal("  do: one two three four\n      five");
  });
});

describe("a table", () => {
  const columns = [
    { header: "name", narrow: "cut" },
    { header: "price", align: "right" },
    { header: "about", narrow: "wrap" },
  ] as const;
  const rows = [["a rather long name", "1,000 wei", "one two three four five six seven"]];

  it("is as wide as it needs where there is no terminal", () => {
    const lines = layoutTable(columns, rows, Number.POSITIVE_INFINITY, plain);
    expect(lines).to.deep.equal([
      "name                    price  about",
      "a rather long name  1,000 wei  one two three four five six seven",
    ]);
  });

  it("cuts and wraps what may give way, and nothing else, to fit a terminal", () => {
    const lines = layoutTable(columns, rows, 40, plain);
    for (const line of lines) expect(displayWidth(line), line).to.be.at.most(40);
    expect(lines.join("\n")).to.include("1,000 wei").and.to.include("…");
    expect(lines.join(" ")).to.include("seven");
  });

  it("has no line for headers that are all empty", () => {
    expect(layoutTable([{ header: "" }], [["x"]], 40, plain)).to.deep.equal(["x"]);
  });
});
