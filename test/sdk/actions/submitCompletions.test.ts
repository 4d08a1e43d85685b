import { expect } from "chai";
import { before, it } from "mocha";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { signCompletion } from "../../../sdk/src/actions/signCompletion.ts";
import { type SignedCompletion, submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import {
  completionOf,
  createTestCluster,
  NODE_SHARE_BPS,
  PRICE_WEI,
  signedRun,
  startRun,
  type TestCluster,
} from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("submitCompletions", (world, kind) => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await createTestCluster(world(), kind);
  });

  it("settles a whole run in one transaction, sent by anybody", async () => {
    const { deployment, connect } = world();
    const relayer = await connect(kind);
    const run = await startRun(world(), await connect(), cluster);
    const items = await signedRun(world(), cluster, run);
    const { accepted, skipped, responses, hash } = await submitCompletions(relayer, { deployment, items });
    expect(accepted.map(({ task, role }) => [task, role])).to.deep.equal([
      [0, "Node"],
      [1, "Node"],
      [2, "Node"],
    ]);
    expect(skipped).to.deep.equal([]);
    expect(responses[0]).to.include({ execution: run.execution, transactionHash: hash });
    expect((await getExecution(relayer, { deployment, execution: run.execution })).state).to.equal(
      "Succeeded",
    );
  });
  it("settles the rest where a stranger has mined some first, and says what it skipped", async () => {
    const { deployment, connect } = world();
    const [relayer, stranger] = [await connect(kind), await connect()];
    const run = await startRun(world(), stranger, cluster);
    const items = await signedRun(world(), cluster, run);
    await submitCompletions(stranger, { deployment, items: items.slice(0, 1) });
    const { accepted, skipped, responses } = await submitCompletions(relayer, { deployment, items });
    expect(accepted.map(({ task }) => task)).to.deep.equal([1, 2]);
    expect(skipped.map(({ task, reason }) => [task, reason])).to.deep.equal([[0, "TaskCompleted"]]);
    expect(responses).to.have.length(1);
    const error = await expectCode(
      submitCompletions(relayer, { deployment, items }),
      "BATCH_NOTHING_ACCEPTED",
    );
    expect(error.message).to.include("ExecutionEnded");
    expect(error.retryable).to.equal(false);
  });
  it("brings an output as a word to ask peers for it, and as no other URI", async () => {
    const { deployment, connect } = world();
    const relayer = await connect(kind);
    const run = await startRun(world(), await connect(), cluster, { outputsByReference: true });
    const [item] = await signedRun(world(), cluster, run);
    const { completion, signature } = item as NonNullable<typeof item>;
    // @ts-expect-error: the signature does not cover it.
    const elsewhere: SignedCompletion = { completion, signature, outputURI: "https://example.org/notes" };
    const error = await expectCode(
      submitCompletions(relayer, { deployment, items: [elsewhere] }),
      "BATCH_NOTHING_ACCEPTED",
    );
    expect(error.message).to.include("OutputInvalid");
    const items = [{ completion, signature, outputURI: "pleiad:" }] as const;
    const { accepted } = await submitCompletions(relayer, { deployment, items });
    expect(accepted[0]).to.include({ output: "0x", outputURI: "pleiad:" });
  });
  it("pays a tip to the sender out of the signer's share", async () => {
    const { deployment, connect } = world();
    const relayer = await connect(kind);
    const run = await startRun(world(), await connect(), cluster);
    const credit = { deployment, kind: "Node", id: cluster.node } as const;
    const before = await getCredit(relayer, credit);
    const completion = { ...completionOf(cluster, run, ["notes"], 0), tip: 7n };
    const signature = await signCompletion(cluster.key, { deployment, completion });
    await submitCompletions(relayer, { deployment, items: [{ completion, output: "notes", signature }] });
    const account = relayer.account.address;
    expect(await getCredit(relayer, { deployment, kind: "Account", account })).to.equal(7n);
    const shareWei = (PRICE_WEI * BigInt(NODE_SHARE_BPS)) / 10_000n;
    expect((await getCredit(relayer, credit)) - before).to.equal(shareWei - 7n);
  });
  it("refuses a signature by another key, an empty batch and one that is too large", async () => {
    const { deployment, connect } = world();
    const relayer = await connect(kind);
    const run = await startRun(world(), await connect(), cluster);
    const completion = completionOf(cluster, run, ["notes"], 0);
    const signature = await signCompletion(relayer, { deployment, completion });
    const item = { completion, output: "notes", signature };
    const error = await expectCode(
      submitCompletions(relayer, { deployment, items: [item] }),
      "BATCH_NOTHING_ACCEPTED",
    );
    expect(error.details).to.deep.equal({ reason: "SignatureInvalid" });
    await expectCode(submitCompletions(relayer, { deployment, items: [] }), "BATCH_SIZE_OUT_OF_RANGE");
    const many = Array.from({ length: 65 }, () => item);
    await expectCode(submitCompletions(relayer, { deployment, items: many }), "BATCH_SIZE_OUT_OF_RANGE");
  });
});
