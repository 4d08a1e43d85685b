import { expect } from "chai";
import { before, it } from "mocha";
import { keccak256 } from "viem";
import { expire } from "../../../sdk/src/actions/expire.ts";
import { submitCompletionAsNode } from "../../../sdk/src/actions/submitCompletionAsNode.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { waitForResponse } from "../../../sdk/src/actions/waitForResponse.ts";
import { testClientOf } from "../../fixtures/chain.ts";
import {
  completionOf,
  createTestCluster,
  signedRun,
  startRun,
  type TestCluster,
} from "../support/cluster.ts";
import { collector } from "../support/collector.ts";
import { expectCode } from "../support/expectCode.ts";
import { lyingClient } from "../support/lyingClient.ts";
import { describeClients } from "../support/world.ts";

const OUTPUTS = ["notes", "a brief", "a checked brief"];

describeClients("waitForResponse", (world, kind) => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await createTestCluster(world());
  });

  const start = async (options = {}) => startRun(world(), await world().connect(), cluster, options);
  const settle = async (run: Awaited<ReturnType<typeof start>>) => {
    const items = await signedRun(world(), cluster, run, OUTPUTS);
    return submitCompletions(cluster.owner, { deployment: world().deployment, items });
  };

  it("answers the last task's output, as bytes and as text, with all completions", async () => {
    const { deployment, reader } = world();
    const run = await start();
    const { hash, blockNumber } = await settle(run);
    const response = await waitForResponse(reader(kind), { deployment, execution: run.execution });
    expect(response.text).to.equal("a checked brief");
    expect(response.responseDigest).to.equal(keccak256(response.response));
    expect(response).to.include({
      cluster: cluster.cluster,
      version: 1n,
      transactionHash: hash,
      blockNumber,
    });
    expect(response.completions.map(({ task }) => task)).to.deep.equal([0, 1, 2]);
  });
  it("waits for blocks to come, and tells each completion once as it is seen", async () => {
    const { deployment, reader } = world();
    const run = await start();
    const seen: number[] = [];
    const first = Promise.withResolvers<void>();
    const waiting = waitForResponse(reader(kind), {
      deployment,
      execution: run.execution,
      onCompletion: ({ task }) => {
        seen.push(task);
        first.resolve();
      },
    });
    const completion = completionOf(cluster, run, OUTPUTS, 0);
    await submitCompletionAsNode(cluster.key, { deployment, completion, output: "notes" });
    await first.promise;
    await settle(run);
    expect((await waiting).text).to.equal("a checked brief");
    expect(seen).to.deep.equal([0, 1, 2]);
  });
  it("waits until the response is as deep as asked", async () => {
    const { chain, deployment, reader } = world();
    const run = await start();
    const { blockNumber } = await settle(run);
    const parameters = { deployment, execution: run.execution, confirmations: 3 };
    await expectCode(waitForResponse(reader(kind), { ...parameters, timeoutMs: 60 }), "RESPONSE_TIMEOUT");
    const waiting = waitForResponse(reader(kind), parameters);
    await testClientOf(chain).mine({ blocks: 2 });
    expect((await waiting).blockNumber).to.equal(blockNumber);
  });
  it("ends with a typed error when the run does: deadline passed, expired", async () => {
    const { deployment, reader, passSeconds } = world();
    const { execution } = await start({ durationSeconds: 600n });
    await passSeconds(601);
    await expectCode(waitForResponse(reader(kind), { deployment, execution }), "EXECUTION_DEADLINE_PASSED");
    const { refundWei } = await expire(cluster.owner, { deployment, execution });
    const error = await expectCode(
      waitForResponse(reader(kind), { deployment, execution }),
      "EXECUTION_EXPIRED",
    );
    expect(error.details).to.deep.equal({ execution, refundWei });
  });
  it("ends when the caller's patience or signal does, and names an unknown execution at once", async () => {
    const { deployment, reader } = world();
    const { execution } = await start();
    const late = await expectCode(
      waitForResponse(reader(kind), { deployment, execution, timeoutMs: 50 }),
      "RESPONSE_TIMEOUT",
    );
    expect(late.retryable).to.equal(true);
    const controller = new AbortController();
    const waiting = waitForResponse(reader(kind), { deployment, execution, signal: controller.signal });
    controller.abort();
    await expectCode(waiting, "RESPONSE_ABORTED");
    await expectCode(waitForResponse(reader(kind), { deployment, execution: 9_999n }), "EXECUTION_UNKNOWN");
  });
  it("fetches a response that is elsewhere, and takes no other bytes for it", async () => {
    const { deployment, reader } = world();
    const run = await start({ outputsByReference: true });
    const items = await signedRun(world(), cluster, run, OUTPUTS);
    const outputURI = "https://example.org/response";
    await submitCompletions(cluster.owner, { deployment, items: items.slice(0, 2) });
    const { completion } = items[2] as (typeof items)[number];
    await submitCompletionAsNode(cluster.key, { deployment, completion, outputURI });
    const wait = { deployment, execution: run.execution };
    const missing = await expectCode(waitForResponse(reader(kind), wait), "BLOB_MISSING");
    expect(missing.details).to.deep.equal({ digest: items[2]?.completion.outputDigest, uri: outputURI });
    const fetchBlob = async ({ uri }: { uri: string }) =>
      uri === outputURI ? Buffer.from("a checked brief") : undefined;
    expect((await waitForResponse(reader(kind), { ...wait, fetchBlob })).text).to.equal("a checked brief");
    const lying = async () => Buffer.from("something else");
    await expectCode(waitForResponse(reader(kind), { ...wait, fetchBlob: lying }), "BLOB_MISMATCH");
    const failing = async () => {
      throw new Error("no route");
    };
    await expectCode(waitForResponse(reader(kind), { ...wait, fetchBlob: failing }), "BLOB_MISSING");
  });
  it("answers for the chain that is canonical after a reorganisation", async () => {
    const { chain, deployment, reader } = world();
    const test = testClientOf(chain);
    const run = await start();
    const snapshot = await test.snapshot();
    await settle(run);
    const old = await waitForResponse(reader(kind), { deployment, execution: run.execution });
    await test.revert({ id: snapshot });
    const items = await signedRun(world(), cluster, run, ["notes", "a brief", "another end"]);
    await submitCompletions(cluster.owner, { deployment, items });
    const response = await waitForResponse(reader(kind), { deployment, execution: run.execution });
    expect(response.text).to.equal("another end");
    expect(response.blockHash).to.not.equal(old.blockHash);
  });
  it("waits while the response's block is not the canonical one", async () => {
    const { chain, deployment } = world();
    const run = await start();
    const { blockNumber } = await settle(run);
    const lies = collector<void>();
    let isCanonical = false;
    const client = lyingClient(world(), (method, answer) => {
      const block = answer as { number?: string };
      const isTheBlock = method === "eth_getBlockByNumber" && Number(block.number) === Number(blockNumber);
      if (!isTheBlock || isCanonical) return answer;
      lies.add();
      return { ...block, hash: `0x${"ab".repeat(32)}` };
    });
    const waiting = waitForResponse(client, { deployment, execution: run.execution });
    // As the newest block, as the response's block, and at the second look once more: so the first was not enough.
    await lies.until(2);
    await testClientOf(chain).mine({ blocks: 1 });
    await lies.until(3);
    isCanonical = true;
    await testClientOf(chain).mine({ blocks: 1 });
    expect((await waiting).blockNumber).to.equal(blockNumber);
  });
  it("waits out failures of the endpoint", async () => {
    const { deployment } = world();
    const run = await start();
    await settle(run);
    let failures = 3;
    const client = lyingClient(world(), (_, answer) => {
      if (failures-- > 0) throw Object.assign(new Error("header not found"), { code: -32000 });
      return answer;
    });
    expect((await waitForResponse(client, { deployment, execution: run.execution })).text).to.equal(
      "a checked brief",
    );
    const dead = lyingClient(world(), () => {
      throw Object.assign(new Error("header not found"), { code: -32000 });
    });
    const call = waitForResponse(dead, { deployment, execution: run.execution, timeoutMs: 50 });
    expect((await expectCode(call, "RESPONSE_TIMEOUT")).cause).to.include({ code: "RPC_FAILED" });
  });
});
