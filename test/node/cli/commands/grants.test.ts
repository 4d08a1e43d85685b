import { expect } from "chai";
import { before, describe, it } from "mocha";
import { accountOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, keyFileOf } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

/** Owns node 1 and the models, see the network's fixture. */
const OWNER = 2;
const [GRANTEE, STRANGER] = [8, 9] as const;
const SLUG = "granted";

interface Shown {
  readonly uses: number | null;
  readonly until: number | null;
}

describe("the commands about grants", () => {
  let network: CliNetwork;
  const grantee = accountOf(GRANTEE).address;
  const show = (...token: string[]) => network.json<Shown>(["grant", "show", ...token, grantee]);

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    await applyExample(network, SLUG);
  });

  it("give lets somebody use a model so many times, revoke takes it back", async () => {
    const by = ["--key", keyFileOf(network, OWNER), "--yes"];
    const given = await network.json(["grant", "give", "model", "2", grantee, "--uses", "3", ...by]);
    expect(given).to.include({ kind: "model", id: 2, name: "writer", grantee, uses: 3, until: null });
    expect(await show("model", "2")).to.include({ uses: 3, until: null });
    await network.json(["grant", "give", "model", "2", grantee, "--uses", "any", ...by]);
    expect(await show("model", "2"), "not counted").to.include({ uses: null });
    const { stdout } = await network.run(["grant", "show", "model", "2", grantee]);
    expect(stdout).to.include("model 2 (writer)").and.to.include("as often as it likes");
    expect(await network.json(["grant", "revoke", "model", "2", grantee, ...by])).to.include({ uses: 0 });
    expect(await show("model", "2")).to.include({ uses: 0 });
    const again = await failing(network, "grant", "revoke", "model", "2", grantee, ...by);
    expect(again).to.include({ code: "PERMISSION_UNKNOWN", exitCode: 1 });
  });

  it("give takes a cluster by its slug, once and with an end", async () => {
    const until = Math.floor(Date.parse("2300-01-31T18:00:00Z") / 1_000);
    const give = ["grant", "give", "cluster", SLUG, grantee, "--until", "2300-01-31T18:00Z"];
    const { stdout } = await network.run([...give, "--yes"]);
    expect(stdout)
      .to.match(/may use it +1 time/)
      .and.to.match(/until +2300-01-31 18:00:00 UTC/);
    expect(await show("cluster", SLUG)).to.include({ uses: 1, until });
  });

  it("asks before it sends, and refuses strangers before that", async () => {
    const give = ["grant", "give", "cluster", SLUG, grantee];
    const asked = await failing(network, ...give);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.include(`Let ${grantee} use cluster 1 (${SLUG}) 1 time?`);
    const stranger = ["--key", keyFileOf(network, STRANGER)];
    expect((await failing(network, ...give, ...stranger)).code).to.equal("PERMISSION_ROLE_MISSING");
  });

  it("has no grants of nodes, and names the kind that was meant", async () => {
    expect(await failing(network, "grant", "show", "node", "1", grantee)).to.include({
      code: "TOKEN_KIND_UNKNOWN",
    });
    expect(await failing(network, "grant", "show", "modle", "1", grantee)).to.include({
      code: "TOKEN_KIND_UNKNOWN",
      hint: "did you mean model?",
    });
    const uses = await failing(network, "grant", "give", "model", "1", grantee, "--uses", "0");
    expect(uses.code).to.equal("USAGE_INVALID");
    expect((await failing(network, "grant", "show", "model", "999", grantee)).code).to.equal("MODEL_UNKNOWN");
  });
});
