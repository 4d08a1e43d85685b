import { expect } from "chai";
import { before, describe, it } from "mocha";
import { createPublicClient, http } from "viem";
import { accountOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, keyFileOf } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";
import { callCli } from "../support/run.ts";

/** Owns node 1 and the models, see the network's fixture. */
const OWNER = 2;
const [DELEGATE, STRANGER] = [8, 9] as const;
const SLUG = "delegated";

interface Listed {
  readonly kind: string;
  readonly id: number;
  readonly delegates: readonly {
    readonly delegate: string;
    readonly roles: readonly string[];
    readonly until: number | null;
    readonly expired: boolean;
  }[];
}

describe("the commands about delegates", () => {
  let network: CliNetwork;
  let owner: readonly string[];
  const delegate = accountOf(DELEGATE).address;
  const list = async (...token: string[]) =>
    (await network.json<Listed>(["delegate", "list", ...token])).delegates;

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    owner = ["--key", keyFileOf(network, OWNER)];
    await applyExample(network, SLUG);
  });

  it("add names a delegate by its roles, list shows it, and it may do just that", async () => {
    const roles = ["--roles", "edit,withdraw"];
    const added = await network.json([
      "delegate",
      "add",
      "model",
      "1",
      delegate,
      ...roles,
      ...owner,
      "--yes",
    ]);
    expect(added).to.deep.include({ kind: "model", id: 1, name: "reader", delegate, until: null });
    expect(await list("model", "1")).to.deep.equal([
      { delegate, roles: ["edit", "withdraw"], until: null, expired: false },
    ]);
    const asDelegate = ["--key", keyFileOf(network, DELEGATE)];
    const stop = await network.json(["model", "stop", "1", ...asDelegate, "--yes"]);
    expect(stop).to.include({ closed: true });
    await network.json(["model", "stop", "1", "--reopen", ...asDelegate, "--yes"]);
    const grant = ["grant", "give", "model", "1", accountOf(STRANGER).address];
    expect((await failing(network, ...grant, ...asDelegate)).code).to.equal("PERMISSION_ROLE_MISSING");
  });

  it("add keeps a time, and list says when it is over", async () => {
    const until = Math.floor(Date.parse("2300-01-31T23:59:59Z") / 1_000);
    const add = ["delegate", "add", "cluster", SLUG, delegate, "--roles", "grant", "--until", "2300-01-31"];
    expect(await network.json([...add, "--yes"])).to.include({ until });
    expect(await list("cluster", SLUG)).to.deep.equal([
      { delegate, roles: ["grant"], until, expired: false },
    ]);
    const { timestamp } = await latestBlock(network);
    const soon = new Date(Number(timestamp + 60n) * 1_000).toISOString().slice(0, 19);
    await network.json([...add.slice(0, -1), `${soon}Z`, "--yes"]);
    await network.passSeconds(120);
    expect((await list("cluster", SLUG))[0]).to.include({ expired: true });
    const { stdout } = await network.run(["delegate", "list", "cluster", SLUG]);
    expect(stdout)
      .to.include(`cluster 1 (${SLUG})`)
      .and.to.match(/grant +2\d{3}-\d\d-\d\d .+ UTC, over/);
    const past = await failing(network, ...add.slice(0, -1), "2001-01-01");
    expect(past.code).to.equal("PERMISSION_EXPIRY_PASSED");
  });

  it("remove takes all roles away, also by the delegate itself", async () => {
    const add = ["delegate", "add", "node", "1", delegate, "--roles", "submit", ...owner, "--yes"];
    for (const by of [owner, ["--key", keyFileOf(network, DELEGATE)]]) {
      await network.json(add);
      await network.json(["delegate", "remove", "node", "1", delegate, ...by, "--yes"]);
      expect(await list("node", "1")).to.deep.equal([]);
    }
    const { stdout } = await network.run(["delegate", "list", "node", "1"]);
    expect(stdout).to.include("Nobody but the owner may act for it.");
    const again = await failing(network, "delegate", "remove", "node", "1", delegate, ...owner);
    expect(again).to.include({ code: "PERMISSION_UNKNOWN", exitCode: 1 });
  });

  it("asks before it sends, and warns of what the role withdraw may take", async () => {
    const add = ["delegate", "add", "node", "1", delegate, "--roles", "withdraw", ...owner];
    const asked = await failing(network, ...add);
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.include(`Let ${delegate} withdraw for node 1, which may then take all`);
    expect(await list("node", "1")).to.deep.equal([]);
  });

  it("refuses strangers and the owner itself before anybody is asked", async () => {
    const add = ["delegate", "add", "node", "1"];
    const stranger = ["--key", keyFileOf(network, STRANGER)];
    const foreign = await failing(network, ...add, delegate, "--roles", "edit", ...stranger);
    expect(foreign.code).to.equal("PERMISSION_NOT_OWNER");
    const own = await failing(network, ...add, accountOf(OWNER).address, "--roles", "edit", ...owner);
    expect(own.code).to.equal("PERMISSION_ACCOUNT_INVALID");
  });

  it("names the kind, the role and the slug that were meant, and needs no chain for the first two", async () => {
    const nowhere = async (...args: string[]) =>
      (JSON.parse((await callCli(["delegate", ...args, "--json"])).stdout) as { error: object }).error;
    expect(await nowhere("list", "nodes", "1")).to.include({
      code: "TOKEN_KIND_UNKNOWN",
      hint: "did you mean node?",
    });
    expect(await nowhere("add", "node", "1", delegate, "--roles", "sumbit")).to.include({
      code: "ROLE_UNKNOWN",
      hint: "did you mean submit?",
    });
    expect(await nowhere("remove", "node", "first", delegate)).to.include({ code: "USAGE_INVALID" });
    expect(await nowhere("remove", "node", "1", "0x1234")).to.include({ code: "USAGE_INVALID" });
    expect(await nowhere("add", "node", "1", delegate)).to.include({ code: "USAGE_ARGUMENT_MISSING" });
    expect(await nowhere("add", "node", "1", delegate, "--roles", "edit", "--until", "soon")).to.include({
      code: "USAGE_INVALID",
    });
    expect(await failing(network, "delegate", "list", "cluster", `${SLUG}x`)).to.include({
      code: "CLUSTER_SLUG_UNKNOWN",
      hint: `did you mean ${SLUG}?`,
    });
    expect((await failing(network, "delegate", "list", "agent", "999")).code).to.equal("AGENT_UNKNOWN");
  });
});

function latestBlock({ chain }: CliNetwork) {
  return createPublicClient({ transport: http(chain.rpcUrl) }).getBlock();
}
