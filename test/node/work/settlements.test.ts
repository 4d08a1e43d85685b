import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToString, type Hex, keccak256, stringToBytes } from "viem";
import type { TransactionRecord } from "../../../node/src/chain/journal.ts";
import type { Heard } from "../../../node/src/work/heardBook.ts";
import type { ExecutionFacts } from "../../../node/src/work/ports.ts";
import {
  batchOf,
  type DueSettlement,
  nameOf,
  onTheirWay,
  SETTLEMENT_BYTES_MAX,
  SETTLEMENT_ITEMS_MAX,
  settleBatch,
} from "../../../node/src/work/settlements.ts";
import { manualClock } from "../chain/helpers.ts";
import { completionOf } from "./completions.ts";
import { createFakeChain } from "./fakeChain.ts";

const chain = createFakeChain({ nodes: [1n] }, { clock: manualClock() });
for (let run = 0; run < 12; run++) chain.execute();

function heard(execution: bigint, task: number, text: string, bare = false): Heard {
  const message = completionOf(chain, execution, { node: 1n, task, text, bare });
  return { ...message.completion, message, heardAtMs: 0, outputIsHere: true };
}

/** What another node says of the first task. */
function seconding(node: bigint, text: string): Heard {
  const message = completionOf(chain, 1n, { node, task: 0, text, bare: true });
  return { ...message.completion, message, heardAtMs: 0, outputIsHere: true };
}

function due(execution: bigint, settle: readonly Heard[], outputsByReference = false): DueSettlement {
  const facts = { ...(chain.view.execution(execution) as ExecutionFacts), outputsByReference };
  const plan = { chosen: new Map(), run: [], missing: [], completes: false, changesAt: undefined, settle };
  return { facts, plan };
}

function modules(blobs = new Map<Hex, Uint8Array>(), enabled = true) {
  return {
    blobs: {
      get: async (digest: Hex) => blobs.get(digest),
      put: async (bytes: Uint8Array) => keccak256(bytes),
    },
    gossip: { enabled },
  };
}

const LONG = "a long answer of more than thirty-two bytes";

describe("batchOf", () => {
  it("anOutput_goesInline_unlessReferencesAreAllowedAndItIsWorthOne", async () => {
    const short = heard(1n, 0, "short");
    const long = heard(1n, 1, LONG);
    const outputsOf = async (one: DueSettlement, enabled = true) =>
      (await batchOf([one], modules(new Map(), enabled))).items.map(({ output }) => bytesToString(output));
    expect(await outputsOf(due(1n, [short, long]))).to.deep.equal(["short", LONG]);
    expect(await outputsOf(due(1n, [short, long], true))).to.deep.equal(["short", "pleiad:"]);
    expect(await outputsOf(due(1n, [short, long], true), false), "nobody could ask for it").to.deep.equal([
      "short",
      LONG,
    ]);
  });

  it("anOutputThatIsNowhere_keepsItselfAndWhatDependsOnItBack", async () => {
    const batch = await batchOf(
      [due(1n, [heard(1n, 0, "a"), heard(1n, 1, "b", true), heard(1n, 2, "c")])],
      modules(),
    );
    expect(batch.items.map(({ completion }) => completion.task)).to.deep.equal([0]);
    expect(batch.carried.get(1n)).to.have.length(1);
  });

  it("anOutputOnTheDisk_isTakenFromThere", async () => {
    const bytes = stringToBytes("on the disk");
    const batch = await batchOf(
      [due(1n, [heard(1n, 0, "on the disk", true)])],
      modules(new Map([[keccak256(bytes), bytes]])),
    );
    expect(batch.items.map(({ output }) => output)).to.deep.equal([bytes]);
  });

  it("aTransaction_holdsNoMoreThanItMay_andSaysWhatItCarries", async () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      due(
        BigInt(i + 1),
        Array.from({ length: 8 }, (_unused, task) => heard(BigInt(i + 1), task, `${i} ${task}`)),
      ),
    );
    const batch = await batchOf(many, modules());
    expect(batch.items).to.have.length(SETTLEMENT_ITEMS_MAX);
    expect([...batch.carried.keys()]).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
  });

  it("aQuorum_standsTogether_theFirstWithTheOutput_whoeverHasIt", async () => {
    const bare = seconding(2n, "agreed");
    const one = due(1n, [bare, heard(1n, 0, "agreed"), heard(1n, 1, "next")]);
    const itemsOf = async (settlement: DueSettlement) =>
      (await batchOf([settlement], modules())).items.map(({ completion, output }) => [
        completion.task,
        completion.node,
        bytesToString(output),
      ]);
    expect(await itemsOf(one)).to.deep.equal([
      [0, 2n, "agreed"],
      [0, 1n, ""],
      [1, 1n, "next"],
    ]);
    expect(await itemsOf({ ...one, turn: 3 }), "after a failure another one stands first").to.deep.equal([
      [0, 1n, "agreed"],
      [0, 2n, ""],
      [1, 1n, "next"],
    ]);
  });

  it("aQuorum_isNeverSplit", async () => {
    const lone = Array.from({ length: SETTLEMENT_ITEMS_MAX - 1 }, (_, task) => heard(2n, task, `${task}`));
    const agreed = [heard(1n, 0, "agreed"), seconding(2n, "agreed")];
    const batch = await batchOf([due(2n, lone), due(1n, agreed)], modules());
    expect(batch.items).to.have.length(SETTLEMENT_ITEMS_MAX - 1);
    expect(batch.carried.has(1n)).to.equal(false);
    expect((await batchOf([due(1n, agreed)], modules())).items).to.have.length(2);
  });

  it("largeOutputs_fillATransactionBySize", async () => {
    const large = Array.from({ length: 20 }, (_, task) => heard(1n, task, `${task}`.padEnd(8_192, "x")));
    const batch = await batchOf([due(1n, large)], modules());
    const bytes = batch.items.reduce((sum, { output }) => sum + output.length, 0);
    expect(bytes).to.be.at.most(SETTLEMENT_BYTES_MAX);
    expect(batch.items.length).to.equal(11);
    expect(batch.items.map(({ completion }) => completion.task)).to.deep.equal([...Array(11).keys()]);
  });
});

describe("settleBatch", () => {
  const batch = { items: [], carried: new Map() };
  const settle = (answer: () => Promise<{ transactionHash: Hex } | { reason: string }>) =>
    settleBatch(batch, { ...modules(), settler: { settle: answer } });

  it("tellsWhatCameOfIt", async () => {
    expect(await settle(async () => ({ transactionHash: "0x01" }))).to.deep.equal({
      kind: "mined",
      transactionHash: "0x01",
    });
    expect(await settle(async () => ({ reason: "done" }))).to.deep.equal({
      kind: "unneeded",
      reason: "done",
    });
    const error = new PleiadError("no", { code: "SUBMISSION_REFUSED" });
    expect(await settle(() => Promise.reject(error))).to.deep.equal({ kind: "failed", error });
  });

  it("doesNotCatchAMistakeOfTheProgram", async () => {
    const bug = new TypeError("undefined is not a function");
    expect(await settle(() => Promise.reject(bug)).catch((reason: unknown) => reason)).to.equal(bug);
  });
});

describe("onTheirWay", () => {
  it("namesWhatASignedTransactionCarries_untilItIsMinedOrCancelled", async () => {
    const record = (task: number, state: string, purposes: readonly string[]) =>
      ({
        state,
        attempts: purposes.map((purpose) => ({
          purpose,
          completions: purpose === "settle" ? [{ execution: 1n, task, node: 1n, outputDigest: "0xAB" }] : [],
        })),
      }) as unknown as TransactionRecord;
    const flying = await onTheirWay({
      live: async () => [
        record(0, "intended", ["settle"]),
        record(1, "sent", ["settle", "settle"]),
        record(2, "sent", ["settle", "cancel"]),
        record(3, "mined", ["settle"]),
      ],
    });
    const name = (task: number) => nameOf({ execution: 1n, task, node: 1n, outputDigest: "0xab" });
    expect([...flying].sort()).to.deep.equal([name(0), name(1)]);
  });
});
