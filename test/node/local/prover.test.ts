import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { decodeFunctionData, encodeFunctionResult, type Hex, keccak256, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { SignedCompletion, TransactionRecord } from "../../../node/src/chain/journal.ts";
import type { BlockTag } from "../../../node/src/chain/rpc.ts";
import type { SubmissionRequest, SubmissionResult } from "../../../node/src/chain/submitterTypes.ts";
import { createProver, PROOFS_PER_DAY_MAX } from "../../../node/src/local/prover.ts";

const NODE_BONDS = "0x2222222222222222222222222222222222222222";
const GAS = 100_000n;
const account = privateKeyToAccount(zeroHash.replace(/0$/, "1") as Hex);

function said(byte: Hex): SignedCompletion {
  const completion = {
    execution: 7n,
    task: 2,
    contextHash: keccak256("0xcc"),
    outputDigest: keccak256(byte),
    evidenceDigest: zeroHash,
    node: 5n,
    tip: 0n,
  };
  return { completion, signature: `0x${"12".repeat(65)}` };
}

/** A chain of one node's bond, as a test says it is. */
function setting() {
  const sent: SubmissionRequest[] = [];
  const live: TransactionRecord[] = [];
  const chain = {
    sent,
    live,
    head: 100n,
    /** From which block on it is proven. */
    provenIn: undefined as bigint | undefined,
    bondedWei: 10n ** 18n,
    unbondingWei: 0n,
    baseFeeWei: 10n,
    estimateFailure: undefined as PleiadError | undefined,
    result: { outcome: "accepted" } as unknown as SubmissionResult,
    nowMs: 0,
  };
  const numberOf = (block: BlockTag) => (typeof block === "bigint" ? block : chain.head);
  const prover = createProver(
    { nodeBonds: NODE_BONDS, finalDepth: 6, priorityFeeWei: 1n },
    {
      rpc: {
        async blockByNumber() {
          return { number: chain.head, hash: zeroHash, baseFeePerGasWei: chain.baseFeeWei } as never;
        },
        async call({ data }, block) {
          if (numberOf(block) < 50n) return "0x";
          const { functionName, args } = decodeFunctionData({ abi: nodeBondsAbi, data });
          if (functionName === "isProven") {
            expect(args).to.deep.equal([5n, 7n, 2n, keccak256("0xcc")]);
            const result = chain.provenIn !== undefined && chain.provenIn <= numberOf(block);
            return encodeFunctionResult({ abi: nodeBondsAbi, functionName, result });
          }
          expect(functionName).to.equal("bondOf");
          expect(args).to.deep.equal([5n]);
          const result = [chain.bondedWei, chain.unbondingWei, 0n] as const;
          return encodeFunctionResult({ abi: nodeBondsAbi, functionName: "bondOf", result });
        },
        async estimateGas() {
          if (chain.estimateFailure !== undefined) throw chain.estimateFailure;
          return GAS;
        },
      },
      submitter: {
        status: () => ({ account: account.address }) as never,
        async submit(request) {
          sent.push(request);
          return chain.result;
        },
      },
      journal: { live: async () => live },
      clock: { monotonicMs: () => chain.nowMs },
    },
  );
  const prove = () => prover.prove({ a: said("0x01"), b: said("0x02") });
  return { chain, prove };
}

describe("createProver", () => {
  it("sendsBothStatements_andCallsItProvenOnlyOnceTheChainShowsItForGood", async () => {
    const { chain, prove } = setting();
    expect((await prove()).kind, "what is mined may still be taken back").to.equal("later");
    const [request] = chain.sent;
    const call = decodeFunctionData({ abi: nodeBondsAbi, data: request?.data ?? "0x" });
    const [a, b] = [said("0x01"), said("0x02")];
    expect(request?.to).to.equal(NODE_BONDS);
    expect(call.functionName).to.equal("proveEquivocation");
    expect(call.args).to.deep.equal([a.completion, a.signature, b.completion, b.signature]);
    chain.provenIn = 101n;
    chain.head = 106n;
    expect(await prove()).to.deep.equal({ kind: "later", reason: "it is proven, and not final yet" });
    chain.head = 107n;
    expect(await prove()).to.deep.equal({ kind: "proven" });
    expect(chain.sent).to.have.length(1);
  });

  it("aProofThatSomebodyElseBrought_countsAsDone_andCostsNothing", async () => {
    const { chain, prove } = setting();
    chain.provenIn = 60n;
    expect(await prove()).to.deep.equal({ kind: "proven" });
    expect(chain.sent).to.deep.equal([]);
  });

  it("aBondThatIsNotWorthTheGas_isLeftAlone_whateverOfItIsUnbonding", async () => {
    const { chain, prove } = setting();
    chain.bondedWei = 0n;
    expect(await prove()).to.deep.equal({ kind: "later", reason: "nothing stands behind the node" });
    chain.bondedWei = GAS * 5n;
    chain.unbondingWei = GAS * 6n;
    expect(await prove()).to.deep.equal({ kind: "later", reason: "the bond is not worth the gas" });
    expect(chain.sent).to.deep.equal([]);
    chain.unbondingWei += 1n;
    await prove();
    expect(chain.sent).to.have.length(1);
  });

  it("proofsOfADay_areBounded_asWhoeverLiesToItsOwnRunsLosesNothingByThem", async () => {
    const { chain, prove } = setting();
    for (let i = 0; i < PROOFS_PER_DAY_MAX; i++) {
      chain.nowMs = i * 1_000;
      await prove();
    }
    expect(chain.sent).to.have.length(PROOFS_PER_DAY_MAX);
    chain.nowMs = 86_400_000 - 1;
    expect(await prove()).to.deep.equal({ kind: "later", reason: "enough proofs were paid for today" });
    expect(chain.sent).to.have.length(PROOFS_PER_DAY_MAX);
    chain.nowMs += 1;
    await prove();
    expect(chain.sent).to.have.length(PROOFS_PER_DAY_MAX + 1);
    expect(await prove(), "the second is not a day old").to.deep.equal({
      kind: "later",
      reason: "enough proofs were paid for today",
    });
  });

  it("anEstimateThatReverts_isLeftToTheSubmitter_andAnyOtherFailureIsThrown", async () => {
    const { chain, prove } = setting();
    chain.estimateFailure = new PleiadError("reverted", { code: "RPC_REVERTED" });
    await prove();
    expect(chain.sent).to.have.length(1);
    chain.estimateFailure = new PleiadError("away", { code: "RPC_DOWN", retryable: true });
    const error = await prove().catch((reason: unknown) => reason);
    expect(error).to.equal(chain.estimateFailure);
  });

  it("oneThatAFormerLifeHasUnderWay_isNotSentAgain", async () => {
    const { chain, prove } = setting();
    await prove();
    const { to, data } = chain.sent[0] as SubmissionRequest;
    const raw = await account.signTransaction({ type: "eip1559", chainId: 1, nonce: 0, to, data });
    chain.live.push({
      state: "sent",
      attempts: [{ purpose: "settle", raw }],
    } as unknown as TransactionRecord);
    expect(await prove()).to.deep.equal({ kind: "later", reason: "it is on its way" });
    expect(chain.sent).to.have.length(1);
  });

  it("aChainThatIsTooYoung_orAContractThatIsNotThereYet_provesNothing", async () => {
    const { chain, prove } = setting();
    chain.provenIn = 0n;
    chain.head = 3n;
    expect((await prove()).kind).to.equal("later");
    chain.head = 52n;
    chain.provenIn = 50n;
    expect((await prove()).kind, "six blocks ago there was no contract").to.equal("later");
  });
});
