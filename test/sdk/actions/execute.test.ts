import { expect } from "chai";
import { before, it } from "mocha";
import { hexToString, keccak256, stringToHex, zeroHash } from "viem";
import { execute, INPUT_BYTES_MAX } from "../../../sdk/src/actions/execute.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { publish } from "../../../sdk/src/actions/publish.ts";
import { setInputs } from "../../../sdk/src/actions/setInputs.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { createTestCluster, FEE_WEI, PRICE_WEI } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("execute", (world, kind) => {
  let cluster: bigint;
  let requester: WriteClient;

  before(async () => {
    cluster = (await createTestCluster(world())).cluster;
    requester = await world().connect(kind);
  });

  it("runs the newest version for exactly its quote and answers the execution's id", async () => {
    const { deployment } = world();
    const result = await execute(requester, { deployment, cluster, input: "a document" });
    expect(result.quoteWei).to.equal(3n * PRICE_WEI + FEE_WEI);
    expect(result.version).to.equal(1n);
    const execution = await getExecution(requester, { deployment, execution: result.execution });
    expect(execution.state).to.equal("Running");
    expect(execution.requester).to.equal(requester.account.address);
    expect(execution.escrowWei).to.equal(result.quoteWei);
    expect(execution.deadline).to.equal(result.deadline);
    expect(hexToString(execution.created.input)).to.equal("a document");
    expect(execution.created.inputDigest).to.equal(keccak256(stringToHex("a document")));
    expect(execution.created.transactionHash).to.equal(result.hash);
  });
  it("takes an input by digest and URI, and hands on the requester's choices", async () => {
    const { deployment } = world();
    const thread = keccak256(stringToHex("thread"));
    const inputDigest = keccak256(stringToHex("elsewhere"));
    const { execution } = await execute(requester, {
      deployment,
      cluster,
      inputDigest,
      inputURI: "https://example.org/input",
      thread,
      ownerMayAnswer: true,
      outputsByReference: true,
      durationSeconds: 900n,
    });
    const { created, createdAt, deadline } = await getExecution(requester, { deployment, execution });
    expect(created).to.include({ thread, inputDigest, inputURI: "https://example.org/input", input: "0x" });
    expect(created).to.include({ ownerMayAnswer: true, outputsByReference: true });
    expect(deadline - createdAt <= 900n, `${deadline} - ${createdAt}`).to.equal(true);
  });
  it("refuses another value than the quote", async () => {
    const { deployment } = world();
    const call = execute(requester, { deployment, cluster, input: "x", valueWei: 1n });
    const error = await expectCode(call, "EXECUTION_VALUE_MISMATCH");
    expect(error.details).to.deep.equal({ valueWei: 1n, quoteWei: 3n * PRICE_WEI + FEE_WEI });
  });
  it("names an unknown cluster and an unknown version", async () => {
    const { deployment } = world();
    const unknown = await expectCode(
      execute(requester, { deployment, cluster: 999n, input: "x" }),
      "CLUSTER_UNKNOWN",
    );
    expect(unknown.message).to.include("999");
    const version = execute(requester, { deployment, cluster, version: 7n, input: "x" });
    expect((await expectCode(version, "CLUSTER_VERSION_UNKNOWN")).message).to.include("7");
  });
  it("refuses an empty, a doubled and an oversized input", async () => {
    const { deployment } = world();
    const empty = execute(requester, { deployment, cluster, input: "" });
    await expectCode(empty, "EXECUTION_INPUT_INVALID");
    const none = execute(requester, { deployment, cluster, inputDigest: zeroHash, inputURI: "" });
    await expectCode(none, "EXECUTION_INPUT_INVALID");
    const large = execute(requester, { deployment, cluster, input: new Uint8Array(INPUT_BYTES_MAX + 1) });
    expect((await expectCode(large, "EXECUTION_INPUT_TOO_LARGE")).details).to.deep.equal({
      length: INPUT_BYTES_MAX + 1,
      lengthMax: INPUT_BYTES_MAX,
    });
    await execute(requester, { deployment, cluster, input: new Uint8Array(INPUT_BYTES_MAX) });
  });
  it("refuses a deadline in the past and one that is too short", async () => {
    const { deployment } = world();
    const past = execute(requester, { deployment, cluster, input: "x", deadline: 1n });
    await expectCode(past, "EXECUTION_DEADLINE_OUT_OF_RANGE");
    const short = execute(requester, { deployment, cluster, input: "x", durationSeconds: 5n });
    await expectCode(short, "EXECUTION_DEADLINE_OUT_OF_RANGE");
  });
  it("turns named inputs into one input, and refuses those that do not fit the version", async () => {
    const { deployment } = world();
    const { cluster, owner } = await createTestCluster(world());
    await setInputs(owner, { deployment, cluster, inputs: ["question", "document"] });
    await publish(owner, { deployment, cluster, windowSeconds: 60 });
    const inputs = { document: "A «text»", question: "Why?" };
    const { execution } = await execute(requester, { deployment, cluster, inputs });
    const { created } = await getExecution(requester, { deployment, execution });
    expect(hexToString(created.input)).to.equal('{"question":"Why?","document":"A «text»"}');
    await expectCode(execute(requester, { deployment, cluster, inputs: { document: "" } }), "INPUTS_INVALID");
  });
});
