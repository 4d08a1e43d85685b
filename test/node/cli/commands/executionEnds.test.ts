import { execute } from "@pleiad/sdk/actions/execute";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { accountOf, walletOf } from "../../../fixtures/chain.ts";
import { deployArtifact } from "../../../sdk/support/artifact.ts";
import { applyExample, failing, keyFileOf, requestRun } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork, WINDOW_SECONDS } from "../support/network.ts";

const SLUG = "ended";
const STRANGER = 9;
const OUTPUTS = { 0: "notes", 1: "a brief", 2: "a checked brief" };

describe("execution cancel and execution deliver", () => {
  let network: CliNetwork;

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    await applyExample(network, SLUG);
  });

  it("cancel waits for the nodes' windows, then gives the escrow back to the requester", async () => {
    const execution = await requestRun(network, SLUG);
    const cancel = ["execution", "cancel", `${execution}`];
    const early = await failing(network, ...cancel, "--yes");
    expect(early).to.include({ code: "EXECUTION_NOT_CANCELLABLE", exitCode: 75 });
    await network.passSeconds(2 * WINDOW_SECONDS);
    const stranger = await failing(network, ...cancel, "--key", keyFileOf(network, STRANGER));
    expect(stranger.code).to.equal("EXECUTION_NOT_YOURS");
    const asked = await failing(network, ...cancel);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.match(new RegExp(`Cancel execution ${execution}, of which .+ not spent`));
    const { chain, deployment, requester } = network;
    const client = walletOf(chain, requester);
    const credit = { deployment, kind: "Account", account: requester.address } as const;
    const before = await getCredit(client, credit);
    const cancelled = await network.json<{ refundWei: string }>([...cancel, "--yes"]);
    expect(cancelled).to.include({
      executionId: execution,
      state: "Cancelled",
      requester: requester.address,
    });
    expect((await getCredit(client, credit)) - before).to.equal(BigInt(cancelled.refundWei));
    expect(BigInt(cancelled.refundWei) > 0n).to.equal(true);
    expect((await failing(network, ...cancel, "--yes")).code).to.equal("EXECUTION_HAS_ENDED");
  });

  it("cancel tells a person where the money is", async () => {
    const execution = await requestRun(network, SLUG);
    await network.passSeconds(2 * WINDOW_SECONDS);
    const { code, stdout } = await network.run(["execution", "cancel", `${execution}`, "--yes"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("cancelled").and.to.include("pleiad credit withdraw account");
  });

  it("deliver tells the consumer of the end, once, and earns the budget", async () => {
    const { chain, deployment, requester } = network;
    const client = walletOf(chain, requester);
    const consumer = await deployArtifact(client, "contracts/test/Consumer__MockForExecutions.sol");
    const cluster = 1n;
    const { execution } = await execute(client, {
      ...{ deployment, cluster, input: "a document" },
      callback: { consumer, gas: 200_000, budgetWei: 77n },
    });
    const deliver = ["execution", "deliver", `${execution}`];
    expect(await failing(network, ...deliver)).to.include({ code: "EXECUTION_IS_RUNNING", exitCode: 75 });
    await network.answer(Number(execution), OUTPUTS);
    const asked = await failing(network, ...deliver);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.include(`Call ${consumer} with 200,000 gas`).and.to.include("for 77 wei");
    const by = ["--key", keyFileOf(network, STRANGER)];
    const delivered = await network.json([...deliver, ...by, "--yes"]);
    expect(delivered).to.include({ consumer, success: true, budgetWei: "77", state: "Succeeded" });
    const account = accountOf(STRANGER).address;
    expect(await getCredit(client, { deployment, kind: "Account", account })).to.equal(77n);
    expect((await getExecution(client, { deployment, execution })).callbackBudgetWei).to.equal(0n);
    expect((await failing(network, ...deliver, ...by)).code).to.equal("CALLBACK_UNKNOWN");
  });

  it("both refuse ids that are none, and executions that are not there", async () => {
    for (const verb of ["cancel", "deliver"]) {
      expect((await failing(network, "execution", verb, "first")).code, verb).to.equal("USAGE_INVALID");
      expect((await failing(network, "execution", verb, "999")).code, verb).to.equal("EXECUTION_UNKNOWN");
    }
  });
});
