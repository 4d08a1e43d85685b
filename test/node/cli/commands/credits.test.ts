import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { getBalance } from "viem/actions";
import { accountOf, walletOf } from "../../../fixtures/chain.ts";
import { type CliNetwork, keyOf, PRICE_WEI, sharedNetwork } from "../support/network.ts";
import { callCli, type Ran } from "../support/run.ts";

const SLUG = "credited";
const FEE_WEI = 10_000_000_000n;
/** Of each answer; the node keeps 70 %. */
const NODE_WEI = (PRICE_WEI * 7n) / 10n;
/** Owns node 1 and the models, see the network's fixture. */
const OPERATOR = 2;

interface Listed {
  readonly account: string;
  readonly totalWei: string;
  readonly credits: readonly {
    readonly kind: string;
    readonly id?: number;
    readonly account?: string;
    readonly name?: string;
    readonly creditWei: string;
  }[];
}

function errorOf({ stdout }: Ran) {
  return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error;
}

describe("the commands about credits", () => {
  let network: CliNetwork;
  let operatorKey: string;

  const list = (...args: string[]) => network.json<Listed>(["credit", "list", ...args]);
  const creditOf = ({ credits }: Listed, kind: string, id?: number) =>
    credits.find((credit) => credit.kind === kind && credit.id === id)?.creditWei;

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    operatorKey = join(network.folder, "operator.key");
    writeFileSync(operatorKey, keyOf(accountOf(OPERATOR)), { mode: 0o600 });
    await network.run(["init", SLUG]);
    const file = join(network.folder, SLUG, "cluster.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("slug: my-brief", `slug: ${SLUG}`));
    await network.json(["cluster", "apply", file, "--yes"]);
  });

  const runOnce = async (): Promise<void> => {
    const execute = ["cluster", "execute", SLUG, "--input", "-"];
    const { executionId } = await network.json<{ executionId: number }>(execute, { input: "a document" });
    await network.answer(executionId, { 0: "notes", 1: "a brief", 2: "a checked brief" });
  };

  it("list tells what the account and each of its nodes, models and clusters has", async () => {
    const [ownerBefore, requesterBefore] = [await list("--key", operatorKey), await list()];
    await runOnce();
    const [owner, requester] = [await list("--key", operatorKey), await list()];
    expect(owner.account).to.equal(accountOf(OPERATOR).address);
    for (const model of [1, 2, 3]) {
      const earned =
        BigInt(creditOf(owner, "model", model) ?? 0) - BigInt(creditOf(ownerBefore, "model", model) ?? 0);
      expect(earned, `model ${model}`).to.equal(PRICE_WEI - NODE_WEI);
    }
    expect(owner.credits.map(({ kind, id = 0 }) => `${kind} ${id}`)).to.include.members([
      "account 0",
      "node 1",
      "model 1",
      "model 2",
      "model 3",
    ]);
    expect(owner.credits.find(({ kind, id }) => kind === "model" && id === 1)?.name).to.equal("reader");
    const cluster = ({ credits }: Listed) => credits.find(({ name }) => name === SLUG);
    expect(
      BigInt(cluster(requester)?.creditWei ?? 0) - BigInt(cluster(requesterBefore)?.creditWei ?? 0),
    ).to.equal(FEE_WEI);
    const sum = owner.credits.reduce((total, { creditWei }) => total + BigInt(creditWei), 0n);
    expect(owner.totalWei).to.equal(String(sum));
  });

  it("list needs no key for an account that is named, and shows a table with the sum", async () => {
    const { code, stdout } = await network.run(["credit", "list", "--account", accountOf(OPERATOR).address]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/model +1 +reader +[\d,.]+ gwei/);
    expect(stdout)
      .to.match(/in all +[\d,.]+ (gwei|ether)/)
      .and.to.match(/pleiad credit withdraw \w+ \d+/);
    const nobody = await list("--account", accountOf(9).address);
    expect(nobody).to.deep.include({ totalWei: "0" });
    expect(nobody.credits).to.have.length(1);
  });

  it("list refuses what is no address", async () => {
    const ran = await network.run(["credit", "list", "--account", "0x1234", "--json"]);
    expect(ran.code).to.equal(1);
    expect(errorOf(ran)).to.include({ code: "USAGE_INVALID" });
    expect(errorOf(ran).message).to.include("40 hex digits");
  });

  it("withdraw sends nothing without a person's word or --yes", async () => {
    await runOnce();
    const ran = await network.run(["credit", "withdraw", "model", "1", "--key", operatorKey, "--json"]);
    expect(ran.code).to.equal(1);
    expect(errorOf(ran).code).to.equal("PROMPT_IMPOSSIBLE");
    expect(errorOf(ran).message).to.match(/Withdraw .+ of model 1 \(reader\)\?/);
    expect(BigInt(creditOf(await list("--key", operatorKey), "model", 1) ?? 0) > 0n).to.equal(true);
  });

  it("withdraw pays a model's credit to its owner, once", async () => {
    await runOnce();
    const client = walletOf(network.chain, accountOf(OPERATOR));
    const held = creditOf(await list("--key", operatorKey), "model", 2) ?? "";
    const before = await getBalance(client, { address: client.account.address });
    const withdraw = ["credit", "withdraw", "model", "2", "--key", operatorKey, "--yes"];
    const answer = await network.json<{
      kind: string;
      id: number;
      amountWei: string;
      costWei: string;
      to: string;
    }>(withdraw);
    expect(answer).to.include({ kind: "model", id: 2, amountWei: held, to: client.account.address });
    const after = await getBalance(client, { address: client.account.address });
    expect(after - before).to.equal(BigInt(answer.amountWei) - BigInt(answer.costWei));
    const again = await network.run([...withdraw, "--json"]);
    expect(again.code).to.equal(1);
    expect(errorOf(again).code).to.equal("CREDIT_EMPTY");
  });

  it("withdraw takes a cluster by its slug, and says in words what was paid", async () => {
    await runOnce();
    const { code, stdout } = await network.run(["credit", "withdraw", "cluster", SLUG, "--yes"]);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(new RegExp(`cluster \\d+ \\(${SLUG}\\)`))
      .and.to.include("gwei, to ")
      .and.to.include("gas");
  });

  it("withdraw refuses the credit of what belongs to somebody else, before anybody is asked", async () => {
    await runOnce();
    const ran = await network.run(["credit", "withdraw", "model", "1", "--json"]);
    expect(errorOf(ran).code).to.equal("CREDIT_NOT_YOURS");
  });

  it("withdraw looks at its arguments before it looks for a chain", async () => {
    const ran = await callCli(["credit", "withdraw", "node", "--json"]);
    expect(errorOf(ran)).to.include({
      code: "USAGE_ARGUMENT_MISSING",
      hint: "pleiad credit list tells the ids",
    });
  });

  it("withdraw names the kind, the slug and the id that were meant", async () => {
    const failing = async (...args: string[]) =>
      errorOf(await network.run(["credit", "withdraw", ...args, "--yes", "--json"]));
    expect(await failing("nod", "1")).to.include({ code: "CREDIT_KIND_UNKNOWN", hint: "did you mean node?" });
    expect((await failing("xyzzy", "1")).hint).to.equal("there is node, model, cluster and account");
    expect(await failing("cluster", `${SLUG}x`)).to.include({
      code: "CLUSTER_SLUG_UNKNOWN",
      hint: `did you mean ${SLUG}?`,
    });
    expect((await failing("node")).code).to.equal("USAGE_ARGUMENT_MISSING");
    expect((await failing("node", "first")).code).to.equal("USAGE_INVALID");
    expect((await failing("account", "1")).code).to.equal("USAGE_INVALID");
    expect((await failing("node", "999")).code).to.equal("NODE_UNKNOWN");
    expect((await failing("model", "999")).code).to.equal("MODEL_UNKNOWN");
    const empty = await failing("account", "--key", operatorKey);
    expect(empty.code).to.equal("CREDIT_EMPTY");
    expect(empty.message).to.match(/^Account 0x\w{40} has no credit in the chain's own currency$/i);
  });
});
