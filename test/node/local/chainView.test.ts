import { expect } from "chai";
import { describe, it } from "mocha";
import { zeroAddress, zeroHash } from "viem";
import type { BlockHeader } from "../../../node/src/chain/cursor.ts";
import type { ChainEvent } from "../../../node/src/chain/events.ts";
import { createProjection } from "../../../node/src/chain/projection.ts";
import type { Versions } from "../../../node/src/chain/versions.ts";
import { createChainView } from "../../../node/src/local/chainView.ts";
import { manualClock } from "../chain/helpers.ts";
import { GENESIS, headersAfter } from "../store/helpers.ts";

const versions: Versions = {
  get: () => Promise.reject(new Error("no version is asked for here")),
  peek: () => undefined,
};

/** An execution in the first block, as the log tells it. */
const CREATED: ChainEvent = {
  contract: "clusterExecutions",
  eventName: "ClusterExecutionCreated",
  transactionHash: zeroHash,
  logIndex: 0,
  args: {
    execution: 1n,
    cluster: 1n,
    requester: zeroAddress,
    version: 1n,
    deadline: 10_000n,
    thread: zeroHash,
    ownerMayAnswer: false,
    outputsByReference: false,
    inputDigest: zeroHash,
    input: "0x",
    inputURI: "",
  },
};
const ACCEPTED: ChainEvent = {
  contract: "clusterExecutions",
  eventName: "CompletionAccepted",
  transactionHash: zeroHash,
  logIndex: 1,
  args: {
    execution: 1n,
    node: 1n,
    task: 0n,
    role: 0,
    outputDigest: zeroHash,
    evidenceDigest: zeroHash,
    tipWei: 0n,
    output: "0x",
  },
};

function createView() {
  const clock = manualClock();
  const projection = createProjection();
  // The policy demands one block on top.
  const view = createChainView(
    { finalDepth: 3 },
    {
      projection,
      versions,
      settledUpTo: (head) => (head === undefined ? undefined : head.number - 1n),
      isAgreed: () => true,
      clock,
    },
  );
  const blocks = headersAfter(GENESIS, 5);
  const apply = (index: number, events: readonly ChainEvent[] = []) => {
    const block = blocks[index] as BlockHeader;
    projection.apply(block, events);
    return block.timestamp;
  };
  return { clock, view, apply };
}

describe("createChainView", () => {
  it("settled_waitsForThePolicyAndForTheEndpointsToAgree", () => {
    const projection = createProjection();
    let settled: bigint | undefined;
    let isAgreed = false;
    const view = createChainView(
      { finalDepth: 0 },
      {
        projection,
        versions,
        settledUpTo: () => settled,
        isAgreed: () => isAgreed,
        clock: manualClock(),
      },
    );
    const [block] = headersAfter(GENESIS, 1);
    projection.apply(block as BlockHeader, [CREATED]);
    const isSettled = () => view.execution(1n)?.settled;
    isAgreed = true;
    expect(isSettled(), "nothing is settled").to.equal(false);
    settled = (block?.number ?? 0n) - 1n;
    expect(isSettled(), "only what is before it").to.equal(false);
    settled += 1n;
    expect(isSettled()).to.equal(true);
    isAgreed = false;
    expect(isSettled(), "the endpoints do not agree").to.equal(false);
  });

  it("now_growsWithTheTimeSinceTheNewestBlock", () => {
    const { clock, view, apply } = createView();
    const timestamp = apply(0);
    view.sawBlock();
    clock.advance(2_999);
    expect(view.now()).to.equal(timestamp + 2n);
    clock.advance(1);
    expect(view.now()).to.equal(timestamp + 3n);
  });

  it("now_countsAnewFromABlockThatNobodyToldItOfYet", () => {
    const { clock, view, apply } = createView();
    apply(0);
    view.sawBlock();
    // A chain that mines on demand stands still for an hour; the next block brings its own time with it.
    clock.advance(3_600_000);
    const timestamp = apply(1);
    expect(view.now(), "asked by who hears of the block's events").to.equal(timestamp);
    view.sawBlock();
    clock.advance(1_000);
    expect(view.now()).to.equal(timestamp + 1n);
  });

  it("anAnswer_isFinalWhenNoReorganisationCanTakeIt_notWhenItIsDeepEnoughToActOn", () => {
    const { view, apply } = createView();
    apply(0, [CREATED, ACCEPTED]);
    const seen = () => {
      const facts = view.execution(1n);
      return { actOn: facts?.settled, final: facts?.completed.get(0)?.final };
    };
    expect(seen()).to.deep.equal({ actOn: false, final: false });
    apply(1);
    expect(seen()).to.deep.equal({ actOn: true, final: false });
    apply(2);
    expect(seen()).to.deep.equal({ actOn: true, final: false });
    apply(3);
    expect(seen()).to.deep.equal({ actOn: true, final: true });
  });
});
