import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as page from "../../../dashboard/src/views/workspace/limits.ts";
import {
  type ListWindow,
  laidOver,
  withEarlier,
  withLater,
} from "../../../dashboard/src/views/workspace/listWindow.ts";
import { lineDiff } from "../../../dashboard/src/views/workspace/text/lineDiff.ts";
import { readableOf, withLineEndsOf } from "../../../dashboard/src/views/workspace/text/valueKinds.ts";
import * as sdk from "../../../sdk/src/workspace/limits.ts";

const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 14 });

describe("a diff of lines", () => {
  it("makes the second text of the first, whatever they are", () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const diff = lineDiff(a.join("\n"), b.join("\n"));
        const of = (left: string) => diff.flatMap(({ kind, text }) => (kind === left ? [] : [text]));
        expect(of("added")).to.deep.equal(a);
        expect(of("removed")).to.deep.equal(b);
      }),
    );
  });

  it("has as few changes as can be", () => {
    const longest = (a: readonly string[], b: readonly string[]): number => {
      const row = new Array<number>(b.length + 1).fill(0);
      for (const one of a) {
        let before = 0;
        for (let at = 1; at <= b.length; at += 1) {
          const above = row[at] ?? 0;
          row[at] = one === b[at - 1] ? before + 1 : Math.max(above, row[at - 1] ?? 0);
          before = above;
        }
      }
      return row[b.length] ?? 0;
    };
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const same = lineDiff(a.join("\n"), b.join("\n")).filter(({ kind }) => kind === "same").length;
        expect(same).to.equal(longest(a, b));
      }),
    );
  });

  it("takes texts of the longest value, that differ in every line, for wholly different", () => {
    const text = (sign: string) => Array.from({ length: 16_000 }, (_, at) => sign + (at % 10)).join("\n");
    expect(lineDiff(text("a"), text("b"))).to.have.length(32_000);
  });
});

describe("a window of a long list", () => {
  const item = (at: number, text = "") => ({ id: `${at}`, text });
  const run = (from: number, to: number, text = ""): ListWindow<ReturnType<typeof item>> => ({
    items: Array.from({ length: to - from }, (_, at) => item(from + at, text)),
    hasEarlier: from > 0,
    hasLater: to < 100,
  });
  const ids = (window: ListWindow<{ readonly id: string }> | undefined) =>
    window?.items.map(({ id }) => Number(id));

  it("grows by what is read over it, and keeps what is as it was", () => {
    const there = run(10, 20);
    const laid = laidOver(there, run(15, 25));
    expect(ids(laid)).to.deep.equal(ids(run(10, 25)));
    expect(laid?.items[5]).to.equal(there.items[5]);
    expect(laid).to.include({ hasEarlier: true, hasLater: true });
    expect(ids(laidOver(there, run(0, 12)))).to.deep.equal(ids(run(0, 20)));
    expect(laidOver(there, run(0, 12))?.hasEarlier).to.equal(false);
    expect(laidOver(there, run(12, 18))).to.equal(there);
    expect(laidOver(there, run(12, 14, "new"))?.items[2]?.text).to.equal("new");
  });

  it("says that it does not know what stands between, where nothing does in common", () => {
    expect(laidOver(run(10, 20), run(30, 40))).to.equal(undefined);
    expect(ids(laidOver(run(0, 0), run(3, 5)))).to.deep.equal([3, 4]);
  });

  it("takes what came late into the middle, and leaves out what is no more", () => {
    const page_ = { items: [item(11), item(55), item(13)], hasEarlier: true, hasLater: true };
    expect(ids(laidOver(run(10, 15), page_))).to.deep.equal([10, 11, 55, 13, 14]);
  });

  it("lets the far end go where it grows too long", () => {
    const long = run(0, page.WINDOW_ITEMS_MAX);
    const later = withLater(
      { ...long, hasEarlier: false },
      run(page.WINDOW_ITEMS_MAX, page.WINDOW_ITEMS_MAX + 5),
    );
    expect(later.items).to.have.length(page.WINDOW_ITEMS_MAX);
    expect([later.items[0]?.id, later.hasEarlier]).to.deep.equal(["5", true]);
    const earlier = withEarlier({ ...long, hasLater: false }, { ...run(0, 1), items: [item(-1)] });
    expect([earlier.items[0]?.id, earlier.hasLater]).to.deep.equal(["-1", true]);
  });
});

describe("a value of the whiteboard", () => {
  it("is structured, text or bytes to people", () => {
    expect(readableOf('{"a":[1]}')).to.deep.equal({ kind: "json", pretty: '{\n  "a": [\n    1\n  ]\n}' });
    for (const text of ["", "{ not json", "line\r\n\ttab", "é 漢字 🙂", "\u001b[31mred\u001b[0m"])
      expect(readableOf(text).kind, text).to.equal("text");
    const binary = readableOf("\u0000\u0001PNG");
    expect(binary).to.deep.include({ kind: "binary", bytes: 5, isCut: false });
    expect(readableOf("\ufffd".repeat(20)).kind).to.equal("binary");
    expect(readableOf("\u0000".repeat(5_000))).to.include({ isCut: true, bytes: 5_000 });
  });

  it("keeps the ends of its lines in an editor that knows one kind", () => {
    expect(withLineEndsOf("a\nb\n", "x\r\ny")).to.equal("a\r\nb\r\n");
    expect(withLineEndsOf("a\nb", "x\ny")).to.equal("a\nb");
    expect(withLineEndsOf("a\nb", "x\r\ny\nz")).to.equal("a\nb");
  });
});

describe("the page's bounds of what is written", () => {
  it("are the daemon's", () => {
    const { TEXT_BYTES_MAX, CONTEXT_VALUE_BYTES_MAX, RULES_BYTES_MAX } = sdk;
    const { MEMORY_BYTES_MAX, QUERY_BYTES_MAX, TAGS_MAX } = sdk;
    expect(page).to.include({ TEXT_BYTES_MAX, CONTEXT_VALUE_BYTES_MAX, RULES_BYTES_MAX });
    expect(page).to.include({ MEMORY_BYTES_MAX, QUERY_BYTES_MAX, TAGS_MAX });
  });
});
