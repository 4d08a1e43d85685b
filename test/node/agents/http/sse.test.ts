import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createEventReader } from "../../../../node/src/agents/http/sse.ts";

/** The data of all events of a text that comes in pieces of so many bytes. */
function read(text: string, pieceBytes: number): string[] {
  const bytes = Buffer.from(text);
  const reader = createEventReader();
  const events: string[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    events.push(...reader.take(bytes.subarray(at, at + pieceBytes)).map(String));
  return events;
}

describe("server-sent events", () => {
  const cases: [name: string, text: string, events: string[]][] = [
    ["an event", "data: a\n\n", ["a"]],
    [
      "several, with names, ids and comments",
      "event: x\nid: 1\ndata: a\n\n: ping\n\nretry: 5\ndata: b\n\n",
      ["a", "b"],
    ],
    ["several lines of data", "data: a\ndata:b\ndata\n\n", ["a\nb\n"]],
    ["one blank alone is taken off", "data:  a \n\n", [" a "]],
    ["line ends of all kinds", "data: a\r\n\r\ndata: b\r\rdata: c\n\r\n", ["a", "b", "c"]],
    ["no event without its end", "data: a\n", []],
    ["no event without data", "event: x\n\n\n\n", []],
    ["a field that only begins like data", "database: x\n\n", []],
    ["characters of several bytes", "data: zażółć 🙂\n\n", ["zażółć 🙂"]],
  ];
  for (const [name, text, events] of cases) {
    it(`${name}, whatever the pieces`, () => {
      for (const pieceBytes of [1, 2, 3, 5, 1_000])
        expect(read(text, pieceBytes), `${pieceBytes}`).to.deep.equal(events);
    });
  }

  it("come out as they went in, wherever they are cut", () => {
    const line = fc.string({ unit: "binary" }).map((text) => text.replace(/[\r\n]/g, "_"));
    const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        lineEnd,
        fc.integer({ min: 1, max: 9 }),
        (texts, end, pieceBytes) => {
          const stream = texts.map((text) => `data: ${text}${end}${end}`).join("");
          expect(read(stream, pieceBytes)).to.deep.equal(texts.map((text) => text.toWellFormed()));
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  it("says how much it holds of an event that never ends", () => {
    const reader = createEventReader();
    for (let n = 0; n < 10; n += 1) expect(reader.take(Buffer.alloc(1_000, "x"))).to.deep.equal([]);
    expect(reader.pendingBytes).to.equal(10_000);
    reader.take(Buffer.from("\ndata: 12345\ndata: 1"));
    expect(reader.pendingBytes).to.equal(6 + 7);
  });
});
