import { expect } from "chai";
import { before, describe, it } from "mocha";
import { accountOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, failureOf, keyFileOf, requestRun } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

const STRANGER = 9;
const SLUG = "switched";

describe("cluster stop, open and restrict", () => {
  let network: CliNetwork;
  let stranger: readonly string[];

  const quoted = (...more: string[]) =>
    network.json<{ accepting: boolean; status: string }>(["quote", SLUG, ...more]);
  /** The code with which a run of the stranger's is refused. */
  const refusedBy = async (): Promise<string> => {
    const args = ["cluster", "execute", SLUG, "--input", "-", ...stranger, "--json"];
    return failureOf(await network.run(args, { input: "a document" })).code;
  };

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    stranger = ["--key", keyFileOf(network, STRANGER)];
    await applyExample(network, SLUG);
  });

  it("stop takes no new executions until open, and quote and show say so", async () => {
    expect(await quoted()).to.include({ accepting: true, status: "Accepting" });
    const asked = await failing(network, "cluster", "stop", SLUG);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.include(`Let ${SLUG} take no new executions until it is opened?`);
    expect(await network.json(["cluster", "stop", SLUG, "--yes"])).to.include({ slug: SLUG, closed: true });
    expect(await quoted()).to.include({ accepting: false, status: "Closed" });
    expect((await network.run(["quote", SLUG])).stdout).to.include("But the cluster is closed");
    expect((await network.run(["cluster", "show", SLUG])).stdout).to.include("the cluster is closed");
    expect(await refusedBy()).to.equal("CLUSTER_IS_CLOSED");
    expect(await network.json(["cluster", "open", SLUG, "--yes"])).to.include({ closed: false });
    expect(await quoted()).to.include({ accepting: true });
    expect((await network.run(["quote", SLUG])).stdout).to.not.include("But ");
  });

  it("restrict leaves the cluster to its owner and who has a grant, and --lift to everybody", async () => {
    await network.json(["cluster", "restrict", SLUG, "--yes"]);
    expect(await quoted()).to.include({ accepting: true, status: "Restricted" });
    expect((await network.run(["quote", SLUG])).stdout).to.include("who has a grant may run it");
    expect(await refusedBy()).to.equal("GRANT_MISSING");
    await requestRun(network, SLUG);
    await network.json(["grant", "give", "cluster", SLUG, accountOf(STRANGER).address, "--yes"]);
    const args = ["cluster", "execute", SLUG, "--input", "-", ...stranger];
    await network.json(args, { input: "a document" });
    expect(await refusedBy(), "the grant was for one run").to.equal("GRANT_MISSING");
    expect(await network.json(["cluster", "restrict", SLUG, "--lift", "--yes"])).to.include({
      restricted: false,
    });
    expect(await quoted()).to.include({ status: "Accepting" });
  });

  it("stop of a version is for ever, and says so before", async () => {
    const stop = ["cluster", "stop", SLUG, "--version", "1"];
    const asked = await failing(network, ...stop);
    expect(asked.message).to.include(`End new executions of version 1 of ${SLUG} for ever?`);
    expect(await network.json([...stop, "--yes"])).to.include({ version: 1, stopped: true });
    expect(await quoted()).to.include({ accepting: false, status: "Stopped" });
    expect(await refusedBy()).to.equal("CLUSTER_VERSION_STOPPED");
    expect((await failing(network, ...stop)).code).to.equal("CLUSTER_VERSION_STOPPED");
    expect((await failing(network, "cluster", "stop", SLUG, "--version", "9")).code).to.equal(
      "CLUSTER_VERSION_UNKNOWN",
    );
  });

  it("all refuse strangers before anybody is asked, and name the slug that was meant", async () => {
    for (const verb of ["stop", "open", "restrict"]) {
      expect((await failing(network, "cluster", verb, SLUG, ...stranger)).code, verb).to.equal(
        "CLUSTER_NOT_OWNED",
      );
      expect(await failing(network, "cluster", verb, `${SLUG}x`), verb).to.include({
        code: "CLUSTER_SLUG_UNKNOWN",
        hint: `did you mean ${SLUG}?`,
        exitCode: 1,
      });
    }
  });
});
