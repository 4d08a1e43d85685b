import { expect } from "chai";
import { before, describe, it } from "mocha";
import { applyExample, failing, keyFileOf } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";
import { callCli } from "../support/run.ts";

/** Owns the models, see the network's fixture. */
const OWNER = 2;
const STRANGER = 9;
const SLUG = "stopped";

describe("model stop", () => {
  let network: CliNetwork;
  let by: readonly string[];

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    by = ["--key", keyFileOf(network, OWNER)];
    await applyExample(network, SLUG);
  });

  it("lets the model get into no new version until it is reopened, and says so to who asks", async () => {
    const closed = async () => (await network.json<{ closed: boolean }>(["model", "show", "1"])).closed;
    expect(await network.json(["model", "stop", "1", ...by, "--yes"])).to.include({
      modelId: 1,
      closed: true,
    });
    expect(await closed()).to.equal(true);
    const { stdout } = await network.run(["model", "show", "1"]);
    expect(stdout).to.include("gets into no new version");
    const again = await network.run(["model", "stop", "1", "--reopen", ...by, "--yes"]);
    expect(again.stdout).to.match(/state +gets into new versions/);
    expect(await closed()).to.equal(false);
  });

  it("ends new executions of a version that has the model, for ever", async () => {
    const stop = ["model", "stop", "1", "--version", `${SLUG}:1`, ...by];
    const asked = await failing(network, ...stop);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.include(`End new executions of version 1 of ${SLUG} for ever`);
    expect(await network.json([...stop, "--yes"])).to.include({ slug: SLUG, version: 1, stopped: true });
    const run = await failing(network, "cluster", "execute", SLUG, "--input", "cluster-that-is-not-read");
    expect(run.code).to.equal("DOCUMENT_UNREADABLE");
    const { stdout } = await network.run(["cluster", "execute", SLUG, "--input", "-", "--json"], {
      input: "a",
    });
    expect(JSON.parse(stdout).error.code).to.equal("CLUSTER_VERSION_STOPPED");
    expect((await failing(network, ...stop)).code).to.equal("CLUSTER_VERSION_STOPPED");
  });

  it("refuses strangers, versions without the model and names that are none", async () => {
    const stranger = ["--key", keyFileOf(network, STRANGER)];
    expect((await failing(network, "model", "stop", "1", ...stranger)).code).to.equal("MODEL_NOT_OWNED");
    const foreign = await failing(network, "model", "stop", "1", "--version", `${SLUG}:1`, ...stranger);
    expect(foreign.code).to.equal("CLUSTER_MODEL_NOT_OWNED");
    const terms = ["--price", "1gwei", "--node-share-bps", "0"];
    const { modelId } = await network.json<{ modelId: number }>([
      ...["model", "register", "unused", ...terms, ...by, "--yes"],
    ]);
    const unused = await failing(network, "model", "stop", `${modelId}`, "--version", `${SLUG}:1`, ...by);
    expect(unused.code).to.be.oneOf(["CLUSTER_VERSION_WITHOUT_MODEL", "CLUSTER_VERSION_STOPPED"]);
    const slip = await failing(network, "model", "stop", "1", "--version", `${SLUG}x:1`, ...by);
    expect(slip).to.include({ code: "CLUSTER_SLUG_UNKNOWN", hint: `did you mean ${SLUG}?` });
    const nowhere = await callCli(["model", "stop", "1", "--version", "2", "--json"]);
    expect(JSON.parse(nowhere.stdout).error).to.include({ code: "USAGE_INVALID" });
    const both = await callCli(["model", "stop", "1", "--version", "a:2", "--reopen", "--json"]);
    expect(JSON.parse(both.stdout).error).to.include({ code: "USAGE_INVALID" });
  });
});
