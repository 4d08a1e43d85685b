import { expect } from "chai";
import { before, describe, it } from "mocha";
import { accountOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, keyFileOf } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

const CLIENT = 9;
const SLUG = "rated";

interface Shown {
  readonly paid: { readonly count: number; readonly mean: string | null };
  readonly trusted: { readonly count: number; readonly mean: string | null } | null;
}

describe("the commands about feedback", () => {
  let network: CliNetwork;
  let by: readonly string[];
  let agent: string;
  const client = accountOf(CLIENT).address;
  const show = (...more: string[]) => network.json<Shown>(["feedback", "show", agent, ...more]);

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    by = ["--key", keyFileOf(network, CLIENT)];
    await applyExample(network, SLUG);
    const { agents } = await network.json<{ agents: { agent: number }[] }>(["cluster", "show", SLUG]);
    agent = `${agents[0]?.agent}`;
  });

  it("give with an execution rates an agent as one who paid, once, and revoke takes it back", async () => {
    const args = ["cluster", "execute", SLUG, "--input", "-", ...by];
    const { executionId } = await network.json<{ executionId: number }>(args, { input: "a document" });
    const give = [
      "feedback",
      "give",
      agent,
      "90.5",
      "--execution",
      `${executionId}`,
      "--tag",
      "starred",
      ...by,
    ];
    const early = await failing(network, ...give);
    expect(early).to.include({ code: "REPUTATION_EXECUTION_NOT_SUCCEEDED", exitCode: 75 });
    await network.answer(executionId, { 0: "notes", 1: "a brief", 2: "a checked brief" });
    const asked = await failing(network, ...give);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.include(
      `Give agent ${agent} 90.5 (starred), which worked in execution ${executionId}?`,
    );
    expect(await network.json([...give, "--yes"])).to.include({ index: 1, value: "90.5", executionId });
    expect((await show()).paid).to.deep.equal({ count: 1, mean: "90.5" });
    expect((await failing(network, ...give)).code).to.equal("REPUTATION_PAID_ALREADY");
    const { stdout } = await network.run(["feedback", "show", agent]);
    expect(stdout).to.include("90.5 of 100, 1 rating");
    await network.json(["feedback", "revoke", agent, "1", ...by, "--yes"]);
    expect((await show()).paid).to.deep.equal({ count: 0, mean: null });
    expect((await failing(network, "feedback", "revoke", agent, "1", ...by)).code).to.equal(
      "FEEDBACK_REVOKED",
    );
  });

  it("give without an execution counts with whoever trusts the client", async () => {
    const given = await network.json(["feedback", "give", agent, "99.77", "--tag", "uptime", ...by, "--yes"]);
    expect(given).to.include({ value: "99.77", executionId: null });
    const trusted = await show("--client", client, "--tag", "uptime");
    expect(trusted.trusted).to.include({ count: 1, mean: "99.77" });
    expect(trusted.paid.count, "nobody paid for it").to.equal(0);
    expect((await show("--client", client, "--tag", "other")).trusted).to.include({ count: 0, mean: null });
    expect((await show()).trusted).to.equal(null);
  });

  it("refuses the owner, strangers' runs, ratings outside of the scale, and what is no number", async () => {
    expect((await failing(network, "feedback", "give", agent, "100")).code).to.equal("FEEDBACK_ON_ONESELF");
    const foreign = await failing(network, "feedback", "give", agent, "50", "--execution", "999", ...by);
    expect(foreign.code).to.equal("EXECUTION_UNKNOWN");
    const words = await failing(network, "feedback", "give", agent, "good", ...by);
    expect(words.code).to.equal("USAGE_INVALID");
    expect((await failing(network, "feedback", "revoke", agent, "99", ...by)).code).to.equal(
      "FEEDBACK_UNKNOWN",
    );
    expect((await failing(network, "feedback", "show", "999")).code).to.equal("AGENT_UNKNOWN");
    for (const paid of [[], ["--execution", "1"]]) {
      const missing = await failing(network, "feedback", "give", "999", "90", ...paid, ...by);
      expect(missing).to.include({ code: "AGENT_UNKNOWN", message: "agent 999 does not exist" });
    }
    expect((await failing(network, "feedback", "show", agent, "--client", "0x12")).code).to.equal(
      "USAGE_INVALID",
    );
  });
});
