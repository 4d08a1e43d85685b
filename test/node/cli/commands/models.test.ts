import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { accountOf } from "../../../fixtures/chain.ts";
import { type CliNetwork, keyOf, sharedNetwork } from "../support/network.ts";
import type { Ran } from "../support/run.ts";

/** Own node 1 and node 2, see the network's fixture. */
const [FIRST, SECOND] = [2, 3] as const;
/** Owns nothing. */
const STRANGER = 8;

interface ShownModel {
  readonly modelId: number;
  readonly name: string;
  readonly owner: string;
  readonly priceWei: string;
  readonly nodeShareBps: number;
  readonly open: boolean;
  readonly nodes: readonly { readonly node: number; readonly active: boolean; readonly status: string }[];
}

function errorOf({ stdout }: Ran) {
  return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error;
}

describe("the commands about models", () => {
  let network: CliNetwork;
  const key = (account: number) => join(network.folder, `account-${account}.key`);

  /** Registers a model of the first operator's. */
  const register = async (name: string, ...more: string[]): Promise<number> => {
    const terms = ["--price", "100gwei", "--node-share-bps", "7000", "--key", key(FIRST), "--yes", ...more];
    return (await network.json<{ modelId: number }>(["model", "register", name, ...terms])).modelId;
  };
  const serve = (model: number, node: number, account: number) =>
    network.json<{ joined: boolean; place: number | null }>([
      ...["model", "serve", `${model}`, `${node}`],
      ...["--key", key(account), "--yes"],
    ]);
  const show = (model: number) => network.json<ShownModel>(["model", "show", `${model}`]);
  const failing = async (...args: string[]) => errorOf(await network.run([...args, "--json"]));

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    for (const account of [FIRST, SECOND, STRANGER])
      writeFileSync(key(account), keyOf(accountOf(account)), { mode: 0o600 });
  });

  it("register makes a model on the terms that were given, for the account that signs", async () => {
    const model = await register("poet", "--closed");
    expect(await show(model)).to.deep.include({
      name: "poet",
      owner: accountOf(FIRST).address,
      priceWei: "100000000000",
      nodeShareBps: 7_000,
      open: false,
      nodes: [],
    });
    const { stdout } = await network.run(["model", "show", `${model}`]);
    expect(stdout)
      .to.include("100 gwei an answer, of which 70 % to the node")
      .and.to.include("its owner's agents and who has a grant")
      .and.to.include("No node has ever served it");
  });

  it("register asks first, and refuses terms that cannot be", async () => {
    const base = ["model", "register", "poet"];
    const terms = ["--price", "100gwei", "--node-share-bps", "7000"];
    expect((await failing(...base, ...terms)).code).to.equal("PROMPT_IMPOSSIBLE");
    const price = await failing(...base, "--price", "100", "--node-share-bps", "7000");
    expect(price).to.include({ code: "USAGE_INVALID" });
    expect(price.message).to.include("100gwei");
    expect((await failing(...base, "--price", "1wei", "--node-share-bps", "10001")).code).to.equal(
      "USAGE_INVALID",
    );
    expect((await failing(...base, "--price", "1wei")).code).to.equal("USAGE_ARGUMENT_MISSING");
    const long = await failing("model", "register", "x".repeat(32), ...terms, "--yes");
    expect(long.code).to.equal("MODEL_NAME_LENGTH");
  });

  it("serve joins at once where one account owns both", async () => {
    const model = await register("own");
    expect(await serve(model, 1, FIRST)).to.include({ joined: true, place: 0 });
    const { nodes } = await show(model);
    expect(nodes).to.have.length(1);
    expect(nodes[0]).to.include({ node: 1, active: true, status: "Active" });
    expect((await failing("model", "serve", `${model}`, "1", "--key", key(FIRST), "--yes")).code).to.equal(
      "MODEL_ALREADY_SERVED",
    );
  });

  it("serve by one side is an offer, and tells what the other side types; by both it joins", async () => {
    const model = await register("shared");
    const { stdout } = await network.run([
      ...["model", "serve", `${model}`, "2"],
      ...["--key", key(FIRST), "--yes"],
    ]);
    expect(stdout)
      .to.match(/state +offered/)
      .and.to.include(`The owner of the node, ${accountOf(SECOND).address},`)
      .and.to.include(`pleiad model serve ${model} 2`);
    expect(await serve(model, 2, SECOND)).to.include({ joined: true, place: 0 });
    const shown = await network.run(["model", "show", `${model}`]);
    expect(shown.stdout).to.match(new RegExp(`0 +2 +serves +.+UTC +${accountOf(SECOND).address}`));
  });

  it("leave takes the node out and keeps its place", async () => {
    const model = await register("left");
    await serve(model, 1, FIRST);
    const leave = ["model", "leave", `${model}`, "1", "--key", key(FIRST)];
    expect((await failing(...leave)).code).to.equal("PROMPT_IMPOSSIBLE");
    await network.json([...leave, "--yes"]);
    expect((await show(model)).nodes[0]).to.include({ node: 1, active: false });
    expect((await failing(...leave, "--yes")).code).to.equal("MODEL_NOT_SERVED");
  });

  it("serve and leave refuse strangers and unknown ids, before anybody is asked", async () => {
    const model = `${await register("guarded")}`;
    for (const verb of ["serve", "leave"]) {
      const by = ["--key", key(STRANGER)];
      expect((await failing("model", verb, model, "1", ...by)).code, verb).to.equal(
        "MODEL_SERVING_NOT_YOURS",
      );
      expect((await failing("model", verb, "999", "1", ...by)).code, verb).to.equal("MODEL_UNKNOWN");
      expect((await failing("model", verb, model, "999", ...by)).code, verb).to.equal("NODE_UNKNOWN");
      expect((await failing("model", verb, "poet", "1", ...by)).code, verb).to.equal("USAGE_INVALID");
    }
  });

  it("show finds a model by its name, where it is the only one of that name", async () => {
    const model = await register("unicorn");
    expect((await network.json<ShownModel>(["model", "show", "unicorn"])).modelId).to.equal(model);
    expect(await failing("model", "show", "unicrn")).to.include({
      code: "MODEL_NAME_UNKNOWN",
      hint: "did you mean unicorn?",
    });
    const other = await register("unicorn");
    expect(await failing("model", "show", "unicorn")).to.include({
      code: "MODEL_NAME_AMBIGUOUS",
      hint: `name it by its id: ${model} or ${other}`,
    });
    expect((await failing("model", "show", "999")).code).to.equal("MODEL_UNKNOWN");
  });
});
