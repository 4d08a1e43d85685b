import { expect } from "chai";
import { before, it } from "mocha";
import { keccak256, stringToHex, toHex } from "viem";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { submitCompletionAsNode } from "../../../sdk/src/actions/submitCompletionAsNode.ts";
import {
  completionOf,
  createNode,
  createTestCluster,
  NODE_SHARE_BPS,
  PRICE_WEI,
  startRun,
  type TestCluster,
} from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

const OUTPUTS = ["notes", "a brief", "a checked brief"];

describeClients("submitCompletionAsNode", (world, kind) => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await createTestCluster(world(), kind);
  });

  const run = async (options = {}) => startRun(world(), await world().connect(), cluster, options);

  it("answers tasks by the node's key or its owner, and the last one ends the run", async () => {
    const { deployment } = world();
    const started = await run();
    const nodeCredit = { deployment, kind: "Node", id: cluster.node } as const;
    const creditWei = await getCredit(cluster.key, nodeCredit);
    const results = [];
    for (const [task, output] of OUTPUTS.entries()) {
      const completion = completionOf(cluster, started, OUTPUTS, task);
      const sender = task === 1 ? cluster.owner : cluster.key;
      results.push(await submitCompletionAsNode(sender, { deployment, completion, output }));
    }
    const [first, , last] = results;
    expect(first?.accepted[0]).to.include({
      task: 0,
      role: "Node",
      node: cluster.node,
      output: toHex("notes"),
    });
    expect(first?.responses).to.deep.equal([]);
    expect(last?.responses[0]).to.include({
      execution: started.execution,
      cluster: cluster.cluster,
      version: 1n,
      responseDigest: keccak256(stringToHex("a checked brief")),
    });
    expect((await getExecution(cluster.key, { deployment, ...started })).state).to.equal("Succeeded");
    const earned = (await getCredit(cluster.key, nodeCredit)) - creditWei;
    expect(earned).to.equal((3n * PRICE_WEI * BigInt(NODE_SHARE_BPS)) / 10_000n);
    const again = {
      deployment,
      completion: completionOf(cluster, started, OUTPUTS, 2),
      output: "a checked brief",
    };
    const ended = await expectCode(submitCompletionAsNode(cluster.key, again), "EXECUTION_HAS_ENDED");
    expect(ended.message).to.equal(`execution ${started.execution} has ended: Succeeded`);
  });
  it("refuses a completion twice, before its dependencies, for another context, of no task", async () => {
    const { deployment } = world();
    const started = await run();
    const submit = (task: number, change = {}) => {
      const completion = { ...completionOf(cluster, started, OUTPUTS, task), ...change };
      return submitCompletionAsNode(cluster.key, { deployment, completion, output: OUTPUTS[task] ?? "" });
    };
    const early = await expectCode(submit(1), "TASK_NOT_READY");
    expect(early.message).to.equal(`task 1 of execution ${started.execution} waits for task 0`);
    expect(early.retryable).to.equal(true);
    await expectCode(submit(0, { contextHash: keccak256("0x") }), "COMPLETION_CONTEXT_STALE");
    await expectCode(submit(0, { task: 3 }), "TASK_UNKNOWN");
    await expectCode(submit(0, { execution: 9_999n }), "EXECUTION_UNKNOWN");
    await expectCode(submit(0, { tip: 1n }), "COMPLETION_TIP_TOO_HIGH");
    await submit(0);
    await expectCode(submit(0), "TASK_ALREADY_COMPLETED");
  });
  it("refuses a stranger, another node, and an output that is not what its digest says", async () => {
    const { deployment, connect } = world();
    const started = await run();
    const completion = completionOf(cluster, started, OUTPUTS, 0);
    const submission = { deployment, completion, output: "notes" };
    await expectCode(submitCompletionAsNode(await connect(kind), submission), "COMPLETION_NOT_ELIGIBLE");
    const other = await createNode(world(), kind);
    const asOther = { ...submission, completion: { ...completion, node: other.node } };
    await expectCode(submitCompletionAsNode(other.key, asOther), "COMPLETION_NOT_ELIGIBLE");
    await expectCode(
      submitCompletionAsNode(cluster.key, { ...submission, output: "other notes" }),
      "COMPLETION_OUTPUT_INVALID",
    );
    const byReference = { deployment, completion, outputURI: "https://example.org/notes" };
    await expectCode(submitCompletionAsNode(cluster.key, byReference), "COMPLETION_OUTPUT_INVALID");
  });
  it("takes an output by digest and URI where the requester allowed it", async () => {
    const { deployment } = world();
    const started = await run({ outputsByReference: true });
    const completion = completionOf(cluster, started, OUTPUTS, 0);
    const outputURI = "https://example.org/notes";
    const { accepted } = await submitCompletionAsNode(cluster.key, { deployment, completion, outputURI });
    expect(accepted[0]).to.include({ output: "0x", outputURI, outputDigest: completion.outputDigest });
  });
  it("refuses a completion after the deadline", async () => {
    const { deployment, passSeconds } = world();
    const started = await run({ durationSeconds: 600n });
    await passSeconds(601);
    const completion = completionOf(cluster, started, OUTPUTS, 0);
    const call = submitCompletionAsNode(cluster.key, { deployment, completion, output: "notes" });
    expect((await expectCode(call, "EXECUTION_DEADLINE_PASSED")).message).to.match(/\(\d{4}-\d\d-\d\dT/);
  });
});
