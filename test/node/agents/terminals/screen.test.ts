import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createOutputFilter } from "../../../../node/src/agents/terminals/outputFilter.ts";
import { createScreen, type Screen } from "../../../../node/src/agents/terminals/screen.ts";

const E = "\u001b";
const SIZE = { columns: 20, rows: 6 };
const open = (size = SIZE) => createScreen({ size, scrollbackLines: 50 });

/** Another terminal, brought to the same state. */
async function copyOf(screen: Screen): Promise<Screen> {
  const copy = open(screen.size());
  // It is in some other state before.
  await copy.write(`${E}[?25l${E}[2;3r${E}[?1049hother${E}[4h${E}[?6h`);
  await copy.write(screen.snapshot());
  return copy;
}

function state(screen: Screen, part: "screen" | "all" = "all"): unknown {
  const { columns, rows } = screen.size();
  return {
    lines: screen.lines(part),
    painted: screen.painted({ left: 0, top: 0, columns, rows }),
    cursor: screen.cursor(),
    modes: screen.modes(),
  };
}

describe("screen of a terminal", () => {
  for (const [name, text] of [
    [
      "words that wrap, wide ones too",
      `${"abcdefghij".repeat(5)}漢字漢字漢字漢字漢字漢字漢字 😀${"x".repeat(19)}漢y`,
    ],
    [
      "colours",
      `${E}[31ma${E}[1;42mb${E}[38;5;200mc${E}[48;2;1;2;3md${E}[7me${E}[0mf ${E}[4mg${E}[9mh${E}[3mi`,
    ],
    ["colours that go on", `${E}[31;1ma`],
    ["the other screen", `before\r\n${E}[?1049h${E}[3;4Hinside`],
    ["a region in which it scrolls", `1\r\n2\r\n3\r\n4${E}[2;4r${E}[4;1H`],
    ["a cursor behind the last column", `${"0123456789".repeat(2)}`],
    ["the same behind a wide character", `${"0123456789".repeat(2).slice(0, 18)}漢`],
    ["an origin within the region", `1\r\n2\r\n3\r\n4${E}[2;5r${E}[?6h${E}[2;3Hx`],
    ["modes", `${E}[?25l${E}[?1h${E}[?2004h${E}[?1002h${E}[?1006h${E}[?1004h${E}[4h`],
    ["what scrolled away", Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\r\n")],
    ["a cursor somewhere", `abc\r\ndef${E}[2;2H`],
    ["a cleared screen", `${"x".repeat(200)}${E}[2J${E}[3J${E}[Hy`],
  ] as const) {
    it(`is brought to another terminal: ${name}`, async () => {
      const screen = open();
      await screen.write(text);
      const copy = await copyOf(screen);
      expect(state(copy)).to.deep.equal(state(screen));
      // What follows has the same effect there.
      const more = `m${E}[1;1Hn\r\n\n\n\n\n\no${E}[?1049lp`;
      await screen.write(more);
      await copy.write(more);
      expect(state(copy)).to.deep.equal(state(screen));
    });
  }

  for (const other of ["", `${E}[?1049h`]) {
    it(`is brought to another terminal after it became narrower${other === "" ? "" : ", on the other screen"}`, async () => {
      const screen = open({ columns: 30, rows: 6 });
      await screen.write(other + "before ".repeat(8));
      screen.resize(SIZE);
      await screen.write(`${E}[2J${E}[H${"0123456789".repeat(4)}${E}[4;1Hend`);
      expect(state(await copyOf(screen))).to.deep.equal(state(screen));
    });
  }

  it("is brought to another terminal, whatever was written and however it was resized", async () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom(
        "\r\n",
        "漢",
        "😀",
        "e\u0301",
        `${E}[H`,
        `${E}[2J`,
        `${E}[31m`,
        `${E}[m`,
        `${E}[K`,
        `${E}[1;7m`,
      ),
      fc.tuple(fc.nat(8), fc.nat(30)).map(([row, column]) => `${E}[${row};${column}H`),
      fc.constantFrom(
        `${E}[?1049h`,
        `${E}[?1049l`,
        `${E}[2L`,
        `${E}[P`,
        `${E}[3@`,
        `${E}[2S`,
        `${E}[T`,
        `${E}M`,
        "\t",
        "\b",
      ),
      fc.tuple(fc.integer({ min: 10, max: 40 }), fc.integer({ min: 3, max: 12 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const screen = open();
        const filter = createOutputFilter(screen.size);
        for (const one of pieces) {
          if (typeof one === "string") await screen.write(filter.push(Buffer.from(one)));
          else screen.resize({ columns: one[0], rows: one[1] });
        }
        const copy = await copyOf(screen);
        expect(state(copy, "screen")).to.deep.equal(state(screen, "screen"));
        const more = `x${E}[mmore words than fit in one line of it\r\n`;
        await screen.write(more);
        await copy.write(more);
        expect(state(copy, "screen")).to.deep.equal(state(screen, "screen"));
        screen.dispose();
        copy.dispose();
      }),
      { seed: 11, numRuns: 150 },
    );
  });

  it("takes as many cells for a character as terminals of today do", async () => {
    for (const [text, cells] of [
      ["a", 1],
      ["é", 1],
      ["e\u0301", 1],
      ["漢", 2],
      ["한", 2],
      ["😀", 2],
      ["✅", 2],
      ["⏎", 1],
      ["─", 1],
      ["a\u200b", 1],
      ["Ａ", 2],
    ] as const) {
      const screen = open();
      await screen.write(text);
      expect(screen.cursor().column, JSON.stringify(text)).to.equal(cells);
      screen.dispose();
    }
  });

  it("paints the part that is asked for", async () => {
    const screen = open();
    await screen.write(`0123456789\r\n${E}[31mab${E}[0mcd 漢字`);
    expect(screen.painted({ left: 1, top: 0, columns: 3, rows: 2 })).to.deep.equal([
      "123",
      `${E}[m${E}[31mb${E}[mcd`,
    ]);
    expect(screen.painted({ left: 5, top: 1, columns: 3, rows: 1 })).to.deep.equal(["漢"]);
    expect(screen.painted({ left: 6, top: 1, columns: 3, rows: 1 })).to.deep.equal([" 字"]);
    expect(screen.painted({ left: 0, top: 5, columns: 30, rows: 3 })).to.deep.equal(["", "", ""]);
  });
});
