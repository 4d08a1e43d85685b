import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { readRegistration } from "../../../../node/src/local/manager/registrations.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";
import type { Ran } from "../support/run.ts";

interface ShownAgent {
  readonly agentId: number;
  readonly owner: string;
  readonly name?: string;
  readonly capabilities: readonly string[];
  readonly modelId: number | null;
  readonly modelName?: string;
  readonly uri: string | null;
  readonly clusterId: number | null;
}

function errorOf({ stdout }: Ran) {
  return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error;
}

describe("the commands about agents", () => {
  let network: CliNetwork;
  const register = (...args: string[]) => network.json<ShownAgent>(["agent", "register", ...args, "--yes"]);
  const show = (agent: number) => network.json<ShownAgent>(["agent", "show", `${agent}`]);
  const failing = async (...args: string[]) => errorOf(await network.run(["agent", ...args, "--json"]));

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
  });

  it("register puts an agent on a model, with the digest of its file", async () => {
    writeFileSync(join(network.folder, "agent.json"), '{"name":"poet"}');
    const { agentId } = await register("--file", "agent.json", "--model", "1");
    const shown = await show(agentId);
    expect(shown).to.include({
      owner: network.requester.address,
      modelId: 1,
      modelName: "reader",
      clusterId: null,
    });
    expect(shown.uri).to.match(/^ipfs:\/\//);
    // A file of other bytes has another digest.
    writeFileSync(join(network.folder, "agent.json"), '{"name":"painter"}');
    const other = await register("--file", "agent.json", "--model", "1");
    expect(other.uri).not.to.equal(shown.uri);
    expect(other.agentId).to.be.greaterThan(agentId);
  });

  it("register takes a URI instead, or nothing at all", async () => {
    const uri = "https://example.org/agent.json";
    expect(await register("--uri", uri)).to.include({ uri, modelId: null });
    expect(await register()).to.include({ uri: null, modelId: null });
  });

  it("register says what it can do in words that a manager finds it by, and puts it on a model in the same go", async () => {
    const said = ["--name", "poet", "--capability", "Writing", "--capability", "checking"];
    const made = await register(...said, "--model", "1");
    expect(made).to.deep.include({ name: "poet", capabilities: ["writing", "checking"], modelId: 1 });
    const { name, capabilities } = readRegistration(made.uri ?? "");
    expect({ name, capabilities }).to.deep.equal({ name: "poet", capabilities: ["writing", "checking"] });
    const { stdout } = await network.run(["agent", "show", `${made.agentId}`]);
    expect(stdout)
      .to.match(/says it can do +writing, checking/)
      .and.to.match(/registration file +on the chain itself/);
    // Nothing is sent where the second transaction could not go through.
    expect(await failing("register", ...said, "--model", "999", "--yes")).to.include({
      code: "AGENT_MODEL_UNKNOWN",
    });
    expect((await register()).agentId).to.equal(made.agentId + 1);
  });

  it("change puts an agent on another model and says anew what it can do", async () => {
    const { agentId } = await register();
    const change = (...args: string[]) =>
      network.json<ShownAgent>(["agent", "change", `${agentId}`, ...args, "--yes"]);
    expect(await change("--model", "2")).to.deep.include({ modelId: 2, capabilities: [] });
    expect(await change("--capability", "reading", "--model", "1")).to.deep.include({
      modelId: 1,
      capabilities: ["reading"],
    });
    expect(await change("--model", "0")).to.deep.include({ modelId: null, capabilities: ["reading"] });
    expect((await failing("change", `${agentId}`)).code).to.equal("USAGE_INVALID");
    expect((await failing("change", `${agentId}`, "--model", "999")).code).to.equal("AGENT_MODEL_UNKNOWN");
    expect((await failing("change", "99999", "--model", "1")).code).to.equal("AGENT_UNKNOWN");
    expect((await failing("change", `${agentId}`, "--model", "1")).code).to.equal("PROMPT_IMPOSSIBLE");
  });

  it("show tells it to a person, text by strangers made harmless", async () => {
    const { agentId } = await register("--uri", "https://example.org/\u001b[31mred");
    const { stdout } = await network.run(["agent", "show", `${agentId}`]);
    expect(stdout)
      .to.match(new RegExp(`agent +${agentId}`))
      .and.to.match(/model +none yet/)
      .and.to.match(/cluster +none/)
      .and.not.to.include("\u001b");
  });

  it("register asks first, and refuses what cannot be", async () => {
    expect((await failing("register")).code).to.equal("PROMPT_IMPOSSIBLE");
    expect((await failing("register", "--uri", "https://x", "--file", "a.json")).code).to.equal(
      "USAGE_INVALID",
    );
    expect((await failing("register", "--uri", "https://x", "--name", "poet")).code).to.equal(
      "USAGE_INVALID",
    );
    expect((await failing("register", "--capability", "<b>")).code).to.equal("USAGE_INVALID");
    expect((await failing("register", "--model", "reader")).code).to.equal("USAGE_INVALID");
    expect((await failing("register", "--model", "999")).code).to.equal("AGENT_MODEL_UNKNOWN");
    expect((await failing("register", "--file", "missing.json")).code).to.equal("FILE_UNREADABLE");
    expect((await failing("register", "--uri", `https://${"x".repeat(2_100)}`)).code).to.equal(
      "AGENT_URI_TOO_LONG",
    );
  });

  it("show refuses an id that is unknown or none", async () => {
    expect((await failing("show", "99999")).code).to.equal("AGENT_UNKNOWN");
    expect((await failing("show", "poet")).code).to.equal("USAGE_INVALID");
    expect((await failing("show")).code).to.equal("USAGE_ARGUMENT_MISSING");
  });
});
