import type { AcceptedCompletion, Execution } from "@pleiad/sdk/types/execution";
import type { Role } from "@pleiad/sdk/types/states";
import type { Version } from "@pleiad/sdk/types/version";
import { expect } from "chai";
import { describe, it } from "mocha";
import { zeroAddress, zeroHash } from "viem";
import { OWN_CURRENCY } from "../../../node/src/cli/currencies.ts";
import {
  type AnswerFacts,
  type ExecutionFacts,
  earnings,
  type TaskFacts,
} from "../../../node/src/cli/executionFacts.ts";
import { nodesChapter, storyOf } from "../../../node/src/cli/executionStory.ts";

const PRICE = { priceWei: 1_000n, nodeShareBps: 7_000, quorum: 1 };
const REQUEST = `0x${"01".repeat(32)}` as const;
const SETTLEMENT = `0x${"02".repeat(32)}` as const;
const place = { blockNumber: 2n, blockHash: zeroHash, logIndex: 0 };

/** A run of one task, answered in a role. */
function factsOf(
  role: Role,
  change: {
    readonly node?: bigint;
    readonly rank?: number;
    readonly tipWei?: bigint;
    readonly quorum?: number;
    /** Tips of nodes 2, 3 … that agreed. */
    readonly secondsTips?: readonly bigint[];
  } = {},
) {
  const { node = 0n, rank, tipWei = 0n, quorum = 1, secondsTips = [] } = change;
  const completion: AcceptedCompletion = {
    ...place,
    execution: 1n,
    task: 0,
    node,
    role,
    outputDigest: zeroHash,
    evidenceDigest: zeroHash,
    tipWei,
    output: "0x00",
    outputURI: "",
    transactionHash: SETTLEMENT,
  };
  const sent = { from: zeroAddress, blockNumber: 2n, gasUsed: 100n, costWei: 100n };
  const transactions = [
    { ...sent, hash: REQUEST, time: 1_000n },
    { ...sent, hash: SETTLEMENT, time: 1_025n },
  ];
  const answer: AnswerFacts = {
    completion,
    seconds: secondsTips.map((tip, index) => ({
      node: BigInt(index) + 2n,
      tipWei: tip,
      earnedWei: earnings({ ...PRICE, quorum }, { role: "Node", tipWei: tip }).nodeEarnedWei,
    })),
    rank,
    transaction: transactions[1] as (typeof transactions)[number],
    settledTogether: 1,
    ...earnings({ ...PRICE, quorum }, completion),
  };
  return build(completion, answer, transactions, quorum);
}

function build(
  completion: AcceptedCompletion | undefined,
  answer: AnswerFacts | undefined,
  transactions: ExecutionFacts["transactions"],
  quorum = 1,
): ExecutionFacts {
  const task = {
    task: 0,
    name: "read",
    model: 3n,
    dependsOn: [],
    ...PRICE,
    quorum,
  } as unknown as TaskFacts["task"];
  const version = {
    version: 1n,
    name: "Brief",
    slug: "brief",
    windowSeconds: 10,
    quoteWei: 1_000n,
    feeWei: 0n,
    tasks: [task],
    agents: [],
  };
  const execution = {
    execution: 1n,
    state: answer === undefined ? "Expired" : "Succeeded",
    createdAt: 1_000n,
    deadline: 2_000n,
    completedTasks: answer === undefined ? [] : [0],
    created: {
      ...place,
      requester: zeroAddress,
      input: "0x616263",
      inputDigest: zeroHash,
      transactionHash: REQUEST,
    },
    completions: completion === undefined ? [] : [completion],
    ended: { refundWei: 1_000n },
  };
  const turns = answer === undefined ? [] : [1n, 2n, 3n].map((node, rank) => ({ node, rank }));
  const tasks: TaskFacts[] = [
    { task, agent: undefined, modelName: "reader", turns, readyAt: 1_000n, answer },
  ];
  return {
    execution: execution as unknown as Execution,
    version: version as unknown as Version,
    currency: OWN_CURRENCY,
    tasks,
    transactions,
    now: 1_030n,
  };
}

function storyText(facts: ExecutionFacts): string {
  return storyOf(facts)
    .flatMap(({ sentences }) => sentences)
    .join(" ");
}

describe("the story of an execution", () => {
  it("names every node that was silent before another stepped in", () => {
    const story = storyText(factsOf("Node", { node: 3n, rank: 2 }));
    expect(story).to.include(
      "3 nodes were eligible: node 1 at once, node 2 after 10 s and node 3 after 20 s.",
    );
    expect(story).to.include(
      "Nodes 1 and 2 did not answer in time. The window of node 3 opened after 20 s, and it stepped in;",
    );
    expect(story).to.include("its answer was accepted 25 s after the task was ready.");
    expect(story).to.include("Node 3 earned 700 wei, model 3 300 wei.");
  });

  it("says how many had to agree, and that they share what the nodes earn", () => {
    const agreed = { node: 1n, rank: 0, quorum: 3, secondsTips: [0n, 0n] } as const;
    const story = storyText(factsOf("Node", agreed));
    expect(story).to.include("3 nodes of different owners must agree on the answer.");
    expect(story).to.include("Nodes 1, 2 and 3 agreed; their answer was accepted 25 s after");
    expect(story, "a third of 700, and what does not divide is the model's").to.include(
      "Nodes 1, 2 and 3 earned 233 wei each, their parts of the nodes' share, model 3 301 wei.",
    );
    const tipping = storyText(factsOf("Node", { ...agreed, tipWei: 3n, secondsTips: [0n, 33n] }));
    expect(tipping).to.include(
      "Node 1 earned 230 wei, node 2 earned 233 wei and node 3 earned 200 wei, their parts",
    );
    expect(tipping).to.include("got a tip of 36 wei for sending it.");
    const short = storyText(factsOf("Node", { node: 1n, quorum: 4 }));
    expect(short).to.include("must agree on the answer, more than are eligible: nobody can answer it");
  });

  it("tells who got a tip, and that it comes from the node's own share", () => {
    const story = storyText(factsOf("Node", { node: 1n, rank: 0, tipWei: 50n }));
    expect(story).to.include(
      "Node 1 earned 650 wei, model 3 300 wei. 0x000000…0000 got a tip of 50 wei for sending it.",
    );
  });

  it("tells that a model's owner earns the whole price, and a cluster's owner nothing", () => {
    expect(storyText(factsOf("ModelOwner")))
      .to.include("The owner of model 3 answered")
      .and.to.include("Model 3 earned 1,000 wei.");
    const story = storyText(factsOf("ClusterOwner"));
    expect(story)
      .to.include("The cluster's owner answered")
      .and.to.include("Nobody was paid: 1,000 wei went back");
  });

  it("tells until when answers are, or were, accepted", () => {
    const facts = build(undefined, undefined, []);
    const running = {
      ...facts,
      execution: { ...facts.execution, state: "Running" as const, escrowWei: 1_000n },
    };
    expect(storyText(running)).to.include("Answers are accepted until 1970-01-01 00:33:20 UTC.");
    expect(storyText({ ...running, now: 2_001n })).to.include("Answers were accepted until");
    expect(storyText(facts)).to.include("Answers were accepted until");
  });

  it("tells which tasks a node does not want, and what it waits for", () => {
    const operator = { name: "maia", node: 2n } as unknown as Parameters<
      typeof nodesChapter
    >[0][number]["operator"];
    const wait = { task: 0, code: "QUORUM_WITHOUT_PEERS", message: "there is no network", retryable: true };
    const refusal = { task: 0, code: "TASK_REFUSED_PRICE", message: "it earns too little", retryable: false };
    const said = { node: 2n, jobs: [], waits: [{ ...refusal, refusal: "price" }, wait] };
    const { sentences } = nodesChapter([{ operator, said }], build(undefined, undefined, []));
    expect(sentences).to.deep.equal([
      "Node 2 (maia) does not take task read: it earns too little.",
      "Node 2 (maia) waits before task read: QUORUM_WITHOUT_PEERS, there is no network.",
    ]);
  });

  it("tells that nobody was eligible where no node had joined in time", () => {
    const story = storyText(build(undefined, undefined, []));
    expect(story).to.include(
      "No node was eligible: none that serves model 3 had joined before the execution was created.",
    );
    expect(story).to.include("It ended without a response (expired); 1,000 wei went back");
  });
});

describe("earnings", () => {
  it("always add up to the price", () => {
    for (const role of ["Node", "ModelOwner", "ClusterOwner"] as const) {
      for (const tipWei of role === "ClusterOwner" ? [0n] : [0n, 1n, 700n]) {
        const { nodeEarnedWei, modelEarnedWei, returnedWei } = earnings(PRICE, { role, tipWei });
        expect(
          nodeEarnedWei + modelEarnedWei + returnedWei + tipWei,
          `${role} with a tip of ${tipWei}`,
        ).to.equal(1_000n);
      }
    }
  });
});
