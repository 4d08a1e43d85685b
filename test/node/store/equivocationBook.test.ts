import { expect } from "chai";
import { describe, it } from "mocha";
import {
  EQUIVOCATIONS_CLOSED_KEPT,
  EQUIVOCATIONS_OPEN_MAX,
  EQUIVOCATIONS_OPEN_PER_NODE_MAX,
  type EquivocationBook,
} from "../../../node/src/chain/equivocations.ts";
import type { SignedCompletion } from "../../../node/src/chain/journal.ts";
import { createMemoryBackend } from "../../../node/src/store/backend.ts";
import { createEquivocationBook } from "../../../node/src/store/equivocationBook.ts";
import { SCHEMA_VERSION } from "../../../node/src/store/migrations.ts";
import { openStore } from "../../../node/src/store/open.ts";
import { openRecords } from "../../../node/src/store/records.ts";
import { CHAIN, digest, logger, temporaryFolder } from "./helpers.ts";

function signed(node: bigint, execution: bigint, text: string, task = 0): SignedCompletion {
  const completion = {
    execution,
    task,
    contextHash: digest("context"),
    outputDigest: digest(text),
    evidenceDigest: digest("none"),
    node,
    tip: 7n,
  };
  return { completion, signature: `0x${"ab".repeat(65)}` };
}

const keep = (book: EquivocationBook, node: bigint, execution: bigint, task = 0) =>
  book.keep(signed(node, execution, "one", task), signed(node, execution, "two", task));

async function emptyBook(): Promise<EquivocationBook> {
  const records = await openRecords(
    { create: true, schema: SCHEMA_VERSION, name: "memory", acknowledged: 0 },
    { backend: createMemoryBackend() },
  );
  let nowMs = 0;
  return createEquivocationBook({ now: () => nowMs++ }, { records });
}

describe("the book of equivocations", () => {
  it("keeps a proof whole over a restart, until it is closed", async () => {
    await using folder = await temporaryFolder();
    const options = { ...CHAIN, dataFolder: folder.path, now: () => 5 };
    const first = await openStore(options, { logger });
    expect(await keep(first.equivocations, 2n, 1n)).to.equal(true);
    await first.close();
    const second = await openStore(options, { logger });
    const key = { node: 2n, execution: 1n, task: 0 };
    expect(await second.equivocations.open()).to.deep.equal([
      { ...key, a: signed(2n, 1n, "one"), b: signed(2n, 1n, "two"), foundAtMs: 5, end: null },
    ]);
    await second.equivocations.close(key, "it is proven on chain");
    await second.equivocations.close(key, "twice changes nothing");
    expect(await second.equivocations.open()).to.deep.equal([]);
    expect(await keep(second.equivocations, 2n, 1n), "a closed one is known").to.equal(false);
    await second.close();
  });

  it("keeps one of each node, execution and task", async () => {
    const book = await emptyBook();
    expect(await keep(book, 2n, 1n)).to.equal(true);
    expect(await book.keep(signed(2n, 1n, "one"), signed(2n, 1n, "three"))).to.equal(false);
    for (const [node, execution, task] of [
      [3n, 1n, 0],
      [2n, 2n, 0],
      [2n, 1n, 1],
    ] as const)
      expect(await keep(book, node, execution, task), `${node}/${execution}/${task}`).to.equal(true);
    expect((await book.open()).map(({ node, execution, task }) => [node, execution, task])).to.deep.equal([
      [2n, 1n, 0],
      [3n, 1n, 0],
      [2n, 2n, 0],
      [2n, 1n, 1],
    ]);
  });

  it("keeps no more of one node than take its bond, and of all no more than its bound", async () => {
    const book = await emptyBook();
    for (let i = 0; i < EQUIVOCATIONS_OPEN_PER_NODE_MAX; i++) await keep(book, 1n, BigInt(i));
    expect(await keep(book, 1n, 99n)).to.equal(false);
    for (let i = EQUIVOCATIONS_OPEN_PER_NODE_MAX; i < EQUIVOCATIONS_OPEN_MAX; i++)
      await keep(book, BigInt(i), 1n);
    expect(await book.open()).to.have.length(EQUIVOCATIONS_OPEN_MAX);
    expect(await keep(book, 1_000n, 1n)).to.equal(true);
    const open = await book.open();
    expect(open).to.have.length(EQUIVOCATIONS_OPEN_MAX);
    expect(open[0]?.execution, "the oldest went").to.equal(1n);
    expect(open.at(-1)?.node).to.equal(1_000n);
  });

  it("remembers closed ones up to a bound", async () => {
    const book = await emptyBook();
    for (let i = 0; i <= EQUIVOCATIONS_CLOSED_KEPT; i++) {
      const key = { node: BigInt(i + 1), execution: 1n, task: 0 };
      await keep(book, key.node, 1n);
      await book.close(key, "done");
    }
    expect(await keep(book, 1n, 1n), "the oldest is forgotten").to.equal(true);
    expect(await keep(book, 2n, 1n), "the next is not").to.equal(false);
  });
});
