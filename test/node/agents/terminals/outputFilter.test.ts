import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { STRING_CHARACTERS_MAX } from "../../../../node/src/agents/terminals/limits.ts";
import { createOutputFilter, withoutQuestions } from "../../../../node/src/agents/terminals/outputFilter.ts";

const filtered = (...pieces: (string | Uint8Array)[]): string => {
  const filter = createOutputFilter(() => ({ columns: 500, rows: 200 }));
  return pieces.map((piece) => filter.push(typeof piece === "string" ? Buffer.from(piece) : piece)).join("");
};
const E = "\u001b";

describe("output filter of terminals", () => {
  it("lets through what draws", () => {
    const drawing = [
      "words\r\n\tünï 漢字 😀",
      `${E}[1;38;5;208mred${E}[0m${E}[38:2::1:2:3m`,
      `${E}[2J${E}[3J${E}[H${E}[10;20H${E}[5A${E}[K${E}[2K${E}[1;5r${E}[s${E}[u`,
      `${E}7${E}8${E}D${E}E${E}M${E}H${E}=${E}>${E}c${E}#8`,
      `${E}[?1;7;25h${E}[?1049h${E}[?2004l${E}[?1000;1006h${E}[4h${E}[2 q${E}[!p`,
    ].join("");
    expect(filtered(drawing)).to.equal(drawing);
  });

  for (const [name, text] of [
    ["writes to the clipboard (OSC 52)", `${E}]52;c;aGVsbG8=\u0007`],
    ["writes to the clipboard, ended by ST", `${E}]52;c;aGVsbG8=${E}\\`],
    ["writes to the clipboard in eight bits", "\u009d52;c;aGVsbG8=\u009c"],
    ["changes the title", `${E}]0;title\u0007${E}]2;title\u0007${E}]1;icon\u0007`],
    ["links to elsewhere", `${E}]8;;http://attacker.example${E}\\`],
    ["asks for colours", `${E}]10;?\u0007${E}]11;?${E}\\${E}]4;1;?\u0007`],
    ["says where it is or notifies", `${E}]7;file:///etc${E}\\${E}]9;hello\u0007${E}]777;notify;a;b\u0007`],
    [
      "sends strings to the device",
      `${E}Pq#0;2;0;0;0${E}\\${E}_Gf=24;${E}\\${E}^private${E}\\${E}Xstart${E}\\`,
    ],
    ["asks for settings and terminfo", `${E}P$qm${E}\\${E}P+q544e${E}\\`],
    ["asks to answer back", "\u0005"],
    ["asks for the title or moves the window", `${E}[21t${E}[18t${E}[8;50;200t${E}[2t${E}[22;0t`],
    ["prints to the printer", `${E}[5i${E}[4i${E}[?5i`],
    ["turns keys into other keys", `${E}[>4;2m${E}[>1u${E}[=1;1u${E}[?u${E}[>q`],
    ["sets unknown modes", `${E}[?9999h${E}[?1015h${E}[20h${E}[12l`],
    ["changes character encodings", `${E}%G${E}%@${E}*0${E}+B${E}n${E}o${E}N${E}O`],
    ["rings", "\u0007\u0007"],
    ["asks for parameters, locator, checksum", `${E}[x${E}[1'|${E}[1;1;1;1;1;1*y`],
    ["turns the reading direction", "\u202e\u2066\u200f\u061c"],
  ] as const) {
    it(`leaves out what ${name}`, () => {
      expect(filtered(`a${text}b`)).to.equal("ab");
      // Whatever the borders between what is read.
      expect(filtered("a", ...[...text], "b")).to.equal("ab");
    });
  }

  it("keeps of a list of modes those that draw", () => {
    expect(filtered(`${E}[?25;31337;1004l`)).to.equal(`${E}[?25;1004l`);
  });

  it("asks the terminal for what it is, and viewers for nothing", () => {
    const questions = `${E}[c${E}[>c${E}[0c${E}[5n${E}[6n${E}[?6n${E}[?2026$p${E}[4$p`;
    expect(filtered(questions)).to.equal(questions);
    expect(withoutQuestions(filtered(`a${questions}b${E}[1mc`))).to.equal(`ab${E}[1mc`);
  });

  it("bounds what repeats", () => {
    expect(filtered(`x${E}[2147483647b`)).to.equal(`x${E}[500b`);
    expect(filtered(`${E}[999999999999999999999S${E}[77777L`)).to.equal(`${E}[200S${E}[200L`);
    expect(filtered(`${E}[123456789;123456789H`)).to.equal(`${E}[9999;9999H`);
  });

  it("leaves out huge sequences, and goes on behind them", () => {
    expect(filtered(`a${E}[${"1;".repeat(100_000)}mb`)).to.equal("ab");
    expect(filtered(`a${E}[${"1;".repeat(60)}mb`)).to.equal("ab");
    const huge = "x".repeat(STRING_CHARACTERS_MAX - 1);
    expect(filtered(`a${E}]52;c;`, huge.slice(20), `\u0007b`)).to.equal("ab");
    // One that never ends hides no more than its bound.
    expect(filtered(`a${E}]0;`, huge, huge, "b").endsWith("b")).to.equal(true);
  });

  it("holds an unfinished sequence back, and drops one that another interrupts", () => {
    expect(filtered(`a${E}[38;5`)).to.equal("a");
    expect(filtered(`a${E}[38;5`, ";1mb")).to.equal(`a${E}[38;5;1mb`);
    expect(filtered(`a${E}[38;5${E}[1mb`)).to.equal(`a${E}[1mb`);
    expect(filtered(`a${E}[38\u0018b${E}[1\u001ac`)).to.equal("abc");
    expect(filtered(`a${E}]0;t${E}[1mb`)).to.equal(`a${E}[1mb`);
    expect(filtered(`a${E}[3漢`)).to.equal("a漢");
  });

  it("shows line drawing as the characters that it stands for", () => {
    expect(filtered(`${E}(0lqk${E}(Blqk${E})0\u000elqk\u000flqk`)).to.equal("┌─┐lqk┌─┐lqk");
  });

  it("replaces what is no UTF-8, and joins characters that come in pieces", () => {
    expect(filtered(Uint8Array.of(0x61, 0xff, 0xc0, 0x80, 0x62))).to.equal("a\ufffd\ufffd\ufffdb");
    const bytes = Buffer.from("漢😀");
    expect(filtered(...[...bytes].map((byte) => Uint8Array.of(byte)))).to.equal("漢😀");
  });

  it("lets no other sequence through, whatever it is given", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        E,
        `${E}[`,
        `${E}]`,
        `${E}P`,
        "\u009b",
        "\u009d",
        "?",
        ">",
        "$",
        ";",
        "0",
        "52",
        "\\",
        "\u0007",
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences are what is looked for
    const known = /\u001b(?:[78DEHMc=>]|#8|\[[?!>]?[0-9;:]*[ $]?[@A-Za-z`])/g;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const shown = filtered(...pieces.map((text) => Buffer.from(text)));
        const rest = shown.replace(known, "");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(rest).not.to.match(/[\u0000-\u0007\u000e-\u001f\u007f-\u009f\u202e]/);
        expect(shown).not.to.match(/\[[0-9;:?>]*[tixqy]/);
      }),
      { seed: 7, numRuns: 400 },
    );
  });
});
