import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { decodeFunctionData, type Hex, keccak256, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { TransactionRecord } from "../../../node/src/chain/journal.ts";
import type { Rpc } from "../../../node/src/chain/rpc.ts";
import type { ExecutionRecord } from "../../../node/src/chain/state.ts";
import type { SubmissionRequest, SubmissionResult } from "../../../node/src/chain/submitterTypes.ts";
import { createCallbackChain, createDeliverer } from "../../../node/src/local/deliverer.ts";
import { failure } from "../../fixtures/failure.ts";

const CONTRACT = "0x2222222222222222222222222222222222222222";
const account = privateKeyToAccount(zeroHash.replace(/0$/, "1") as Hex);
const GAS = 100_000n;
/** Base fee 9 and priority 1, and a quarter of margin. */
const NEEDED_WEI = (GAS * 10n * 125n) / 100n;

function recordOf(change: object = {}): ExecutionRecord {
  const answered = (task: number, output: Hex | null) =>
    [task, { task, outputDigest: keccak256(output ?? "0x99"), output }] as const;
  return {
    execution: 7n,
    cluster: 1n,
    version: 1n,
    state: "Succeeded",
    inputDigest: keccak256("0x01"),
    completions: new Map([answered(0, "0x0a"), answered(1, "0x0b")]),
    callback: { consumer: CONTRACT, gas: 50_000, budgetWei: NEEDED_WEI },
    createdIn: { blockNumber: 5n },
    endedIn: { blockNumber: 10n },
    ...change,
  } as unknown as ExecutionRecord;
}

function setting(record: ExecutionRecord | undefined = recordOf()) {
  const sent: SubmissionRequest[] = [];
  const live: TransactionRecord[] = [];
  const state = {
    result: { outcome: "accepted", inclusion: { transactionHash: zeroHash } } as unknown as SubmissionResult,
    estimateFailure: undefined as PleiadError | undefined,
    /** What each endpoint says that gas costs: estimate and base fee. */
    told: [[GAS, 9n]] as (readonly [gas: bigint, baseFeeWei: bigint])[],
  };
  const endpointAt = (index: number) => ({
    name: `endpoint ${index}`,
    isSlow: false,
    blockByNumber: async () => ({ baseFeePerGasWei: state.told[index]?.[1] }),
    async estimateGas() {
      if (state.estimateFailure !== undefined) throw state.estimateFailure;
      return state.told[index]?.[0];
    },
    async call() {
      throw state.estimateFailure;
    },
  });
  const rpc = {
    ...endpointAt(0),
    health: () => state.told.map((_, index) => ({ name: `endpoint ${index}`, state: "well" })),
    providers: () => state.told.map((_, index) => endpointAt(index)),
  } as unknown as Rpc;
  const deliverer = createDeliverer(
    { contract: CONTRACT, priorityFeeWei: 1n },
    {
      projection: { execution: () => record },
      versions: { get: async () => ({ tasks: [{ task: 0 }, { task: 1 }] }) as never },
      rpc,
      submitter: {
        status: () => ({ account: account.address }) as never,
        async submit(request) {
          sent.push(request);
          return state.result;
        },
      },
      journal: { live: async () => live },
    },
  );
  return Object.assign(state, { sent, live, deliver: () => deliverer.deliver(7n) });
}

function callOf(request: SubmissionRequest | undefined) {
  const call = decodeFunctionData({ abi: clusterExecutionsAbi, data: request?.data ?? "0x" });
  expect(call.functionName).to.equal("deliver");
  return call.args;
}

describe("createDeliverer", () => {
  it("bringsWhatTheLogSays_withTheResponsesBytes", async () => {
    const world = setting();
    expect(await world.deliver()).to.deep.equal({ transactionHash: zeroHash });
    const digests = [keccak256("0x0a"), keccak256("0x0b")];
    expect(callOf(world.sent[0])).to.deep.equal([7n, keccak256("0x01"), digests, "0x0b"]);
    expect(world.sent[0]?.to).to.equal(CONTRACT);
  });

  it("anEndWithoutAResponse_orOneByReference_bringsNoBytes", async () => {
    const [first] = recordOf().completions;
    const failed = setting(recordOf({ state: "Failed", completions: new Map([first as never]) }));
    await failed.deliver();
    expect(callOf(failed.sent[0])).to.deep.equal([
      7n,
      keccak256("0x01"),
      [keccak256("0x0a"), zeroHash],
      "0x",
    ]);
    const last = { task: 1, outputDigest: keccak256("0x99"), output: null };
    const referred = setting(recordOf({ completions: new Map([first as never, [1, last] as never]) }));
    await referred.deliver();
    expect(callOf(referred.sent[0])?.[3]).to.equal("0x");
  });

  it("aBudgetThatDoesNotPayForTheGasWithAMargin_isLeftAlone", async () => {
    const callback = { consumer: CONTRACT, gas: 50_000, budgetWei: NEEDED_WEI - 1n };
    const world = setting(recordOf({ callback }));
    const error = await failure(world.deliver());
    expect([error.code, error.retryable]).to.deep.equal(["DELIVERY_NOT_WORTH", true]);
    expect(error.details).to.include({ budgetWei: NEEDED_WEI - 1n, neededWei: NEEDED_WEI });
    expect(world.sent).to.deep.equal([]);
  });

  it("oneOfSeveralEndpoints_makesNoDeliveryLookWorthIt", async () => {
    const callback = { consumer: CONTRACT, gas: 50_000, budgetWei: NEEDED_WEI - 1n };
    const truth = [GAS, 9n] as const;
    for (const lie of [
      [GAS / 10n, 9n],
      [GAS, 1n],
    ] as const) {
      for (const told of [
        [lie, truth, truth],
        [truth, lie, truth],
      ]) {
        const world = setting(recordOf({ callback }));
        world.told = told;
        expect((await failure(world.deliver())).code).to.equal("DELIVERY_NOT_WORTH");
      }
      const both = setting(recordOf({ callback }));
      both.told = [lie, truth];
      expect((await failure(both.deliver())).retryable, "of two, nothing is sent").to.equal(true);
      expect(both.sent).to.deep.equal([]);
    }
  });

  it("whatSomebodyElseDelivered_isNotSent_andALostRaceSaysSo", async () => {
    const world = setting(recordOf({ callback: null }));
    expect(await world.deliver()).to.have.property("reason");
    expect(world.sent).to.deep.equal([]);
    const late = setting();
    late.result = { outcome: "reverted" } as unknown as SubmissionResult;
    expect(await late.deliver()).to.deep.equal({ reason: "somebody else delivered it first" });
  });

  it("anEstimateThatReverts_isLeftToTheSubmitter_andAnyOtherFailureIsThrown", async () => {
    const world = setting();
    world.estimateFailure = new PleiadError("reverted", { code: "RPC_REVERTED", details: { data: "0x" } });
    world.result = {
      outcome: "moot",
      reason: { message: "delivered already" },
    } as unknown as SubmissionResult;
    expect(await world.deliver()).to.deep.equal({ reason: "delivered already" });
    world.estimateFailure = new PleiadError("away", { code: "RPC_DOWN", retryable: true });
    expect((await failure(world.deliver())).code).to.equal("RPC_DOWN");
  });

  it("oneThatAFormerLifeHasUnderWay_isNotSentAgain", async () => {
    const world = setting();
    await world.deliver();
    const { to, data } = world.sent[0] as SubmissionRequest;
    const raw = await account.signTransaction({ type: "eip1559", chainId: 1, nonce: 0, to, data });
    world.live.push({
      state: "sent",
      attempts: [{ purpose: "settle", raw }],
    } as unknown as TransactionRecord);
    expect((await failure(world.deliver())).code).to.equal("SUBMISSION_NOT_YET");
    expect(world.sent).to.have.length(1);
  });
});

describe("createCallbackChain", () => {
  it("anEndIsSettled_onceItsBlockIsSettled_andThatOfItsBeginning", () => {
    let disputed: bigint | undefined;
    const at = (settledUpTo: bigint, record: ExecutionRecord | undefined, windowSeconds?: number) =>
      createCallbackChain({
        projection: {
          execution: () => record,
          undelivered: () => (record === undefined ? [] : [record]),
        },
        versions: { peek: () => (windowSeconds === undefined ? undefined : ({ windowSeconds } as never)) },
        isSettled: ({ blockNumber }) => blockNumber <= settledUpTo && blockNumber !== disputed,
        onChange: () => () => {},
      });
    expect(at(9n, recordOf(), 30).callback(7n)).to.deep.equal({ settled: false, windowMs: 30_000 });
    expect(at(10n, recordOf()).callback(7n)).to.deep.equal({ settled: true, windowMs: undefined });
    expect(at(10n, recordOf()).undelivered()).to.deep.equal([7n]);
    // There stands what the delivery earns.
    disputed = 5n;
    expect(at(10n, recordOf()).callback(7n)?.settled).to.equal(false);
    disputed = undefined;
    for (const record of [undefined, recordOf({ callback: null }), recordOf({ endedIn: null })])
      expect(at(10n, record).callback(7n)).to.equal(undefined);
  });
});
