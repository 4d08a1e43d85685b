import { expect } from "chai";
import { before, describe, it } from "mocha";
import { keccak256, stringToHex } from "viem";
import { accountOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, keyFileOf, requestRun } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

const VALIDATOR = 9;
const SLUG = "validated";

interface Shown {
  readonly requests: number;
  readonly answers: number;
  readonly mean: number | null;
  readonly newest: readonly { readonly request: string; readonly response: number | null }[];
}

describe("the commands about validations", () => {
  let network: CliNetwork;
  let agent: string;
  let by: readonly string[];
  let execution: number;
  let request: string;
  const validator = accountOf(VALIDATOR).address;
  const ask = (...more: string[]) => ["validation", "request", agent, validator, ...more];

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    by = ["--key", keyFileOf(network, VALIDATOR)];
    await applyExample(network, SLUG);
    const { agents } = await network.json<{ agents: { agent: number }[] }>(["cluster", "show", SLUG]);
    agent = `${agents[0]?.agent}`;
    execution = await requestRun(network, SLUG);
  });

  it("request asks about an agent's answer, before and after the run has ended, once or again", async () => {
    const about = ask("--execution", `${execution}`);
    expect(await failing(network, ...about)).to.include({ code: "TASK_UNANSWERED", exitCode: 75 });
    await network.answer(execution, { 0: "notes" });
    const asked = await failing(network, ...about);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.include(
      `Ask ${validator} to check the work of agent ${agent} in execution ${execution}?`,
    );
    const early = await network.json<{ request: string; task: number }>([...about, "--yes"]);
    expect(early).to.include({ task: 0, executionId: execution });
    await network.answer(execution, { 1: "a brief", 2: "a checked brief" });
    expect((await failing(network, ...about)).code).to.equal("VALIDATION_EXISTS");
    const named = [...about, "--task", "read", "--again", "--yes"];
    ({ request } = await network.json<{ request: string }>(named));
    expect(request).not.to.equal(early.request);
    expect((await failing(network, ...about, "--task", "reed")).hint).to.include("read");
    expect((await failing(network, ...about, "--task", "write")).code).to.equal(
      "VALIDATION_TASK_NOT_OF_AGENT",
    );
  });

  it("respond answers as the validator that was asked, and show tells it", async () => {
    const respond = ["validation", "respond", request];
    expect((await failing(network, ...respond, "90")).code).to.equal("VALIDATION_NOT_YOURS");
    expect((await failing(network, ...respond, "101", ...by)).code).to.equal("USAGE_INVALID");
    const before = await network.json(["validation", "show", request]);
    expect(before).to.include({ request, validator, executionId: execution, task: 0, response: null });
    const answered = await network.json([...respond, "90", "--tag", "reproduced", ...by, "--yes"]);
    expect(answered).to.include({ request, response: 90, validator });
    expect(await network.json(["validation", "show", request])).to.include({
      response: 90,
      tag: "reproduced",
    });
    const { stdout } = await network.run(["validation", "show", request]);
    expect(stdout)
      .to.match(
        new RegExp(`about +execution ${execution}, task 1, output ${keccak256(stringToHex("notes"))}`),
      )
      .and.to.match(/answer +90 of 100/);
  });

  it("show tells an agent's requests with the mean of the answers, and a validator's", async () => {
    const shown = await network.json<Shown>(["validation", "show", agent]);
    expect(shown).to.include({ requests: 2, answers: 1, mean: 90 });
    expect(shown.newest.map(({ response }) => response)).to.deep.equal([90, null]);
    const strangers = ["--validator", accountOf(7).address];
    expect(await network.json<Shown>(["validation", "show", agent, ...strangers])).to.include({ answers: 0 });
    const asked = await network.json<Shown>(["validation", "show", validator]);
    expect(asked.newest[0]?.request).to.equal(request);
    const { stdout } = await network.run(["validation", "show", agent]);
    expect(stdout).to.include("90 of 100, mean of 1 answer").and.to.include("reproduced");
    const { stdout: none } = await network.run(["validation", "show", accountOf(7).address]);
    expect(none).to.include("No requests.");
  });

  it("request asks about other work by its hash, and says what is missing or too much", async () => {
    const hash = keccak256(stringToHex("work"));
    const other = ask("--hash", hash, "--uri", "https://example.org/work");
    expect(await network.json([...other, "--yes"])).to.include({ request: hash, executionId: null });
    const wrong = [
      ask(),
      ask("--hash", "0x12"),
      ask("--hash", hash, "--execution", "1"),
      ask("--hash", hash, "--again"),
      ["validation", "show", "0x12"],
      ["validation", "respond", "0x12", "5"],
    ];
    for (const args of wrong)
      expect((await failing(network, ...args)).code, args.join(" ")).to.equal("USAGE_INVALID");
    expect((await failing(network, ...other, ...by)).code).to.be.oneOf([
      "AGENT_NOT_AUTHORIZED",
      "VALIDATION_EXISTS",
    ]);
    expect((await failing(network, "validation", "show", `0x${"00".repeat(32)}`)).code).to.equal(
      "VALIDATION_UNKNOWN",
    );
  });
});
