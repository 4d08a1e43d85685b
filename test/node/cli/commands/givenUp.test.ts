import { join } from "node:path";
import { reportFailure } from "@pleiad/sdk/actions/reportFailure";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { zeroHash } from "viem";
import type { DaemonExecution } from "../../../../node/src/local/daemonClient.ts";
import { findGivenUp } from "../../../../node/src/local/givenUp.ts";
import { walletOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, requestRun } from "../support/commands.ts";
import { type FakeDaemon, startFakeDaemon, writeOperators } from "../support/daemon.ts";
import { type CliNetwork, sharedNetwork, WINDOW_SECONDS } from "../support/network.ts";

const SLUG = "given-up";
const FAILURE = { code: "AGENT_FAILED", message: "it ended with 1", attempt: 1 };

function said(node: bigint, isFailed: boolean): DaemonExecution {
  const end = isFailed ? FAILURE : null;
  const state = isFailed ? "failed" : "leased";
  const job = {
    execution: 1n,
    task: 0,
    state,
    failures: [],
    end,
    reasonDigest: null,
    outputDigest: null,
    transactionHash: null,
  };
  return { node, jobs: [{ ...job, reported: false, elapsedMs: null }], waits: [] };
}

describe("a run of which the nodes give up", () => {
  let network: CliNetwork;
  let execution: number;
  const daemons: FakeDaemon[] = [];

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    await applyExample(network, SLUG);
    const folder = (name: string) => join(network.folder, ".pleiad", "operators", name);
    for (const [index, { node }] of network.nodes.entries())
      daemons.push(await startFakeDaemon(folder(`node-${index}`), node));
    const operators = daemons.map((daemon, index) => ({
      ...{ name: `node-${index}`, node: index + 1, folder: daemon.folder },
    }));
    writeOperators(join(network.folder, ".pleiad"), operators);
  });
  beforeEach(async () => {
    execution = await requestRun(network, SLUG);
  });
  after(async () => {
    writeOperators(join(network.folder, ".pleiad"), []);
    for (const daemon of daemons) await daemon.stop();
  });

  const find = (...answers: DaemonExecution[]) => {
    const { chain, requester, deployment } = network;
    const ask = async () => answers;
    return findGivenUp(walletOf(chain, requester), { deployment, execution: BigInt(execution), ask });
  };

  it("is not given up while of one node nothing is known, or it works", async () => {
    expect(await find()).to.equal(undefined);
    expect(await find(said(1n, true))).to.equal(undefined);
    expect(await find(said(1n, true), said(2n, false))).to.equal(undefined);
    expect(await find(said(1n, true), said(3n, true))).to.equal(undefined);
  });

  it("is given up once each node said so by its daemon or on the chain, and not after an answer", async () => {
    const [first, second] = network.nodes;
    await network.passSeconds(2 * WINDOW_SECONDS);
    await reportFailure(second?.key ?? expect.fail(), {
      ...{ deployment: network.deployment, execution: BigInt(execution), task: 0 },
      ...{ node: second?.node ?? 0n, reasonDigest: zeroHash },
    });
    const found = await find(said(first?.node ?? 0n, true));
    expect(found?.task.name).to.equal("read");
    expect(found?.nodes).to.deep.equal([
      { node: first?.node, why: "its daemon says AGENT_FAILED" },
      { node: second?.node, why: "reported so on the chain" },
    ]);
    await network.answer(execution, { 0: "notes" }, 0);
    expect(await find(said(1n, true), said(2n, true))).to.equal(undefined);
  });

  it("execution watch stops waiting, and says what its requester can do", async () => {
    for (const { jobs } of daemons) jobs.set(BigInt(execution), [{ task: 0, failures: [FAILURE] }]);
    const failure = await failing(network, "execution", "watch", `${execution}`);
    expect(failure).to.include({ code: "RUN_GIVEN_UP", exitCode: 1 });
    expect(failure.message)
      .to.include(`task "read" of execution ${execution}`)
      .and.to.include("node 1 (its daemon says AGENT_FAILED), node 2 (its daemon says AGENT_FAILED)");
    expect(failure.hint)
      .to.include(`pleiad execution cancel ${execution}`)
      .and.to.include(`pleiad execution expire ${execution}`);
  });
});
