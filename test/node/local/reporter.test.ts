import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { expect } from "chai";
import { describe, it } from "mocha";
import { decodeFunctionData, keccak256, stringToBytes, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { TransactionRecord } from "../../../node/src/chain/journal.ts";
import type { SubmissionRequest, SubmissionResult } from "../../../node/src/chain/submitterTypes.ts";
import { createReporter } from "../../../node/src/local/reporter.ts";
import { failure } from "../../fixtures/failure.ts";

const CONTRACT = "0x2222222222222222222222222222222222222222";
const FAILURE = { execution: 7n, task: 2, reasonDigest: keccak256(stringToBytes("AGENT_FAILED: it broke")) };
const account = privateKeyToAccount(zeroHash.replace(/0$/, "1") as `0x${string}`);

/** What a submitter and its journal are asked, with the answers that a test gives. */
function setting(result: Partial<SubmissionResult> & { outcome: SubmissionResult["outcome"] }) {
  const sent: SubmissionRequest[] = [];
  const live: TransactionRecord[] = [];
  const reporter = createReporter(
    { node: 5n, contract: CONTRACT },
    {
      submitter: {
        async submit(request) {
          sent.push(request);
          return result as SubmissionResult;
        },
      },
      journal: { live: async () => live },
    },
  );
  return { reporter, sent, live };
}

async function recordOf(request: SubmissionRequest, state: TransactionRecord["state"]) {
  const { to, data } = request;
  const raw = await account.signTransaction({ type: "eip1559", chainId: 1, nonce: 0, to, data });
  return { state, attempts: [{ purpose: "settle", raw }] } as unknown as TransactionRecord;
}

describe("createReporter", () => {
  it("sendsOneCallForTheNode_andAnswersWhenItIsMined", async () => {
    const inclusion = { transactionHash: zeroHash } as never;
    const { reporter, sent } = setting({ outcome: "accepted", inclusion });
    expect(await reporter.report(FAILURE)).to.deep.equal({ transactionHash: zeroHash });
    const [request] = sent;
    expect(request?.to).to.equal(CONTRACT);
    expect(request?.until).to.equal("mined");
    const call = decodeFunctionData({ abi: clusterExecutionsAbi, data: request?.data ?? "0x" });
    expect(call.functionName).to.equal("reportFailure");
    expect(call.args).to.deep.equal([7n, 2n, 5n, FAILURE.reasonDigest]);
  });

  it("whatIsNotNeeded_saysWhy", async () => {
    const { reporter } = setting({ outcome: "reverted" });
    expect(await reporter.report(FAILURE)).to.have.property("reason");
    const moot = setting({ outcome: "moot", reason: { message: "reported already" } as never });
    expect(await moot.reporter.report(FAILURE)).to.deep.equal({ reason: "reported already" });
  });

  it("oneThatAFormerLifeHasUnderWay_isNotSentAgain_untilItIsOver", async () => {
    const { reporter, sent, live } = setting({ outcome: "reverted" });
    await reporter.report(FAILURE);
    live.push(await recordOf(sent[0] as SubmissionRequest, "intended"));
    const refused = await failure(reporter.report(FAILURE));
    expect(refused.code).to.equal("SUBMISSION_NOT_YET");
    expect(refused.retryable).to.equal(true);
    expect(sent).to.have.length(1);
    await reporter.report({ ...FAILURE, task: 3 });
    expect(sent, "about another task it is another report").to.have.length(2);
    live[0] = await recordOf(sent[0] as SubmissionRequest, "mined");
    await reporter.report(FAILURE);
    expect(sent).to.have.length(3);
  });
});
