import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  answerOf,
  createAnswerText,
  type RpcAnswer,
  type TakeEntry,
} from "../../../node/src/chain/rpcText.ts";

const SEED = 11;
const RUNS = 60;

/** Reads a text that comes in chunks of these sizes, the last one again and again. */
function read(text: string, sizes: readonly number[], take?: TakeEntry): RpcAnswer | undefined {
  const bytes = Buffer.from(text);
  const answer = createAnswerText(take);
  for (let from = 0, index = 0; from < bytes.length; index += 1) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? bytes.length;
    answer.add(bytes.subarray(from, from + size));
    from += size;
  }
  return answer.end();
}

/** What may stand in a list: also texts that look like its structure, and deeper lists. */
const entry = fc.oneof(
  fc.record({ text: fc.oneof(fc.string(), fc.constantFrom("},{", '"]}', "\\", "ü\u{1f30c}")), n: fc.nat() }),
  fc.record({ more: fc.array(fc.record({ a: fc.nat(9) }), { maxLength: 4 }) }),
  fc.constant({ long: "y".repeat(30_000) }),
);
const someList = fc.array(entry, { maxLength: 30 });
const someSizes = fc.array(fc.integer({ min: 64, max: 90_000 }), { minLength: 1, maxLength: 5 });

describe("text of an answer", () => {
  for (const [name, text] of [
    ["as most endpoints write it", (result: unknown) => JSON.stringify({ jsonrpc: "2.0", id: 7, result })],
    ["with the id first", (result: unknown) => JSON.stringify({ id: 7, jsonrpc: "2.0", result })],
    ["with the result first", (result: unknown) => JSON.stringify({ result, id: 7, jsonrpc: "2.0" })],
    ["in lines", (result: unknown) => JSON.stringify({ jsonrpc: "2.0", id: 7, result }, undefined, 1)],
    ["with more after it", (result: unknown) => JSON.stringify({ jsonrpc: "2.0", id: 7, result, took: 1 })],
  ] as const)
    it(`is the same list however it is cut: ${name}`, () => {
      fc.assert(
        fc.property(someList, someSizes, (list, sizes) => {
          expect(read(text(list), sizes)).to.deep.equal({ id: 7, result: list, error: undefined });
          const taken: unknown[] = [];
          const answer = read(text(list), sizes, (value) => taken.push(value));
          expect(answer).to.deep.equal({ id: 7, result: [], error: undefined });
          expect(taken).to.deep.equal(list);
        }),
        { numRuns: RUNS, seed: SEED },
      );
    });

  const many = Array.from({ length: 400 }, (_, index) => ({ index, text: "z".repeat(500) }));
  const long = JSON.stringify({ jsonrpc: "2.0", id: 7, result: many });

  it("is handed over entry by entry while it comes", () => {
    const seen: number[] = [];
    const answer = createAnswerText((value) => seen.push((value as { index: number }).index));
    const bytes = Buffer.from(long);
    answer.add(bytes.subarray(0, bytes.length / 2));
    expect(seen.length).to.be.within(100, 200);
    answer.add(bytes.subarray(bytes.length / 2));
    answer.end();
    expect(seen).to.deep.equal(many.map(({ index }) => index));
  });

  it("is no answer where it is cut, or spoiled at any place", () => {
    expect(read(long.slice(0, -1), [10_000])).to.equal(undefined);
    for (const at of [60, 20_000, 100_000, long.length - 2]) {
      const spoiled = `${long.slice(0, at)}\u0001${long.slice(at)}`;
      expect(read(spoiled, [10_000]), `at ${at}`).to.equal(undefined);
    }
    for (const text of ["", "[]", "null", "<html>", '{"id":1}', "[".repeat(100_000)])
      expect(answerOf(text), text.slice(0, 10)).to.equal(undefined);
  });

  it("is an error where it says so after a list", () => {
    const text = `${long.slice(0, -1)},"error":{"code":5,"message":"no"}}`;
    expect(read(text, [10_000], () => undefined)?.error).to.deep.include({ code: 5, message: "no" });
  });

  it("fails with what an entry was refused for, once it has ended, and hands over nothing after it", () => {
    let taken = 0;
    const take = () => {
      taken += 1;
      if (taken === 3) throw new RangeError("three");
    };
    expect(() => read(long, [10_000], take)).to.throw(RangeError, "three");
    expect(taken).to.equal(3);
  });

  it("is refused where entries are wanted and there is no list", () => {
    for (const result of [null, "0x", { entries: [] }]) {
      const text = JSON.stringify({ jsonrpc: "2.0", id: 7, result });
      expect(() => read(text, [64], () => undefined)).to.throw("no list");
      expect(read(text, [64])?.result).to.deep.equal(result);
    }
  });
});
