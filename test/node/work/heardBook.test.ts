import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes, zeroHash } from "viem";
import {
  createHeardBook,
  HEARD_BYTES_PER_NODE_MAX,
  HEARD_IDLE_EXECUTIONS_MAX,
  HEARD_PER_NODE_AND_TASK_MAX,
  HEARD_TASKS_MAX,
} from "../../../node/src/work/heardBook.ts";
import type { SignedMessage } from "../../../node/src/work/ports.ts";
import { digestOf } from "./fakeChain.ts";

interface Said {
  readonly execution?: bigint;
  readonly task?: number;
  readonly node?: bigint;
  readonly context?: string;
  readonly bare?: boolean;
  readonly isLarge?: boolean;
}

const LARGE = new Uint8Array(8_192).fill(65);
const LARGE_DIGEST = keccak256(LARGE);

function message(text: string, said: Said = {}): SignedMessage {
  const output = said.isLarge === true ? LARGE : stringToBytes(text);
  return {
    cluster: 1n,
    completion: {
      execution: said.execution ?? 1n,
      task: said.task ?? 0,
      contextHash: digestOf(said.context ?? "context"),
      outputDigest: said.isLarge === true ? LARGE_DIGEST : keccak256(output),
      evidenceDigest: zeroHash,
      node: said.node ?? 1n,
      tip: 0n,
    },
    signature: "0x",
    output: said.bare === true ? undefined : output,
  };
}

const at = { atMs: 0 };

describe("createHeardBook", () => {
  it("aCompletion_isKeptOnce_andItsOutputIsAddedWhenItComes", () => {
    const book = createHeardBook();
    expect(book.add(message("a", { bare: true }), at)).to.equal(true);
    expect(book.of(1n, 0)[0]?.outputIsHere).to.equal(false);
    expect(book.add(message("a", { bare: true }), at)).to.equal(false);
    expect(book.add(message("a"), { atMs: 5 })).to.equal(true);
    expect(book.of(1n, 0)).to.have.length(1);
    expect(book.of(1n, 0)[0]).to.include({ outputIsHere: true, heardAtMs: 0 });
    expect(book.add(message("a"), at)).to.equal(false);
    expect(book.add(message("a", { bare: true }), at), "and is not lost again").to.equal(false);
  });

  it("aFetchedOutput_countsForEveryCompletionOfTheTaskWithThatDigest", () => {
    const book = createHeardBook();
    book.add(message("a", { bare: true }), at);
    book.add(message("a", { bare: true, node: 2n }), at);
    book.add(message("b", { bare: true, node: 3n }), at);
    book.noteOutput({ execution: 1n, task: 0, outputDigest: keccak256(stringToBytes("a")) });
    expect(book.of(1n, 0).map(({ outputIsHere }) => outputIsHere)).to.deep.equal([true, true, false]);
  });

  it("ofOneNode_aTaskKeepsTheFirstFew_andAlwaysTheOwn", () => {
    const book = createHeardBook();
    for (let i = 0; i < 20; i++) book.add(message(`${i}`, { context: `${i}` }), at);
    expect(book.of(1n, 0)).to.have.length(HEARD_PER_NODE_AND_TASK_MAX);
    expect(book.add(message("own", { context: "own" }), { atMs: 0, own: true })).to.equal(true);
    expect(book.has({ execution: 1n, task: 0, node: 1n, contextHash: digestOf("own") })).to.equal(true);
    expect(book.add(message("other", { node: 2n }), at), "another node has its own room").to.equal(true);
  });

  it("aRefusedCompletion_isNotSeenAgain_andStaysRefused", () => {
    const book = createHeardBook();
    book.add(message("a", { bare: true }), at);
    const [heard] = book.of(1n, 0);
    if (heard !== undefined) book.refuse(heard);
    expect(book.of(1n, 0)).to.deep.equal([]);
    expect(book.all([1n])).to.deep.equal([]);
    expect(book.has(heard ?? expect.fail("nothing was heard"))).to.equal(true);
    book.add(message("a"), at);
    expect(book.of(1n, 0), "said again, with its output").to.deep.equal([]);
  });

  it("whatCanNeverBeAccepted_isNotKept", () => {
    const book = createHeardBook();
    expect(book.add(message("", {}), at), "an empty output").to.equal(false);
    expect(book.add(message("a", { task: HEARD_TASKS_MAX }), at), "a task that no version has").to.equal(
      false,
    );
  });

  it("executionsThatDoNotRunHere_goFirst_theOldestBeforeTheOthers", () => {
    const book = createHeardBook();
    book.setRunning(1n, true);
    book.add(message("a"), at);
    for (let id = 2; id < 2 + HEARD_IDLE_EXECUTIONS_MAX + 10; id++) {
      book.add(message("a", { execution: BigInt(id), node: BigInt(id) }), at);
    }
    expect(book.all([1n])).to.have.length(1);
    expect(book.all([2n, 11n]), "the oldest ten went").to.have.length(0);
    expect(book.all([12n])).to.have.length(1);
    book.setRunning(1n, false);
    book.add(message("a", { execution: 9_999n }), at);
    expect(book.all([1n]), "ended, it is the last to go").to.have.length(1);
  });

  it("aNodeThatSaysTooMuch_losesWhatItSaidOfIdleExecutions_andThenIsNotHeard", () => {
    const book = createHeardBook();
    const fits = Math.floor(HEARD_BYTES_PER_NODE_MAX / (LARGE.length + 1_024));
    const say = (id: number, node: bigint) =>
      book.add(message("x", { execution: BigInt(id), node, isLarge: true }), at);
    expect(say(1, 7n)).to.equal(true);
    for (let id = 10; id < 10 + fits; id++) {
      book.setRunning(BigInt(id), true);
      expect(say(id, 7n), `running ${id}`).to.equal(true);
    }
    expect(book.all([1n]), "of an execution that does not run").to.deep.equal([]);
    book.setRunning(5n, true);
    expect(say(5, 7n)).to.equal(false);
    expect(say(5, 8n), "the others are").to.equal(true);
    for (let id = 10; id < 20; id++) book.setRunning(BigInt(id), false);
    expect(say(5, 7n), "what has ended makes room").to.equal(true);
  });

  it("allTogether_stayBelowAnUpperBound", () => {
    const book = createHeardBook();
    let kept = 0;
    for (let node = 1n; node <= 40n; node++) {
      for (let id = 1; id <= 300; id++) {
        book.setRunning(BigInt(id), true);
        book.add(message("x", { execution: BigInt(id), node, isLarge: true }), at);
      }
    }
    for (let id = 1; id <= 300; id++) kept += book.all([BigInt(id)]).length;
    expect(kept * (LARGE.length + 1_024)).to.be.at.most(67_108_864);
    expect(kept, "and use it").to.be.greaterThan(5_000);
  });
});
