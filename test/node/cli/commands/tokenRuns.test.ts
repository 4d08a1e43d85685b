import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { type Address, hexToString, parseAbi, parseEther, parseGwei } from "viem";
import { waitForTransactionReceipt, writeContract } from "viem/actions";
import { accountOf, testClientOf, walletOf } from "../../../fixtures/chain.ts";
import { until } from "../../../fixtures/until.ts";
import { deployArtifact } from "../../../sdk/support/artifact.ts";
import { failing, keyFileOf } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

/** Owns node 1, see the network's fixture. */
const OPERATOR = 2;
const SLUG = "tokened";

interface Listed {
  readonly totals: readonly { readonly currency: string; readonly totalWei: string }[];
  readonly credits: readonly {
    readonly kind: string;
    readonly currency: string;
    readonly creditWei: string;
  }[];
}

describe("a cluster that is paid in a token and names its inputs", () => {
  let network: CliNetwork;
  let token: Address;
  let operator: readonly string[];
  let model: number;

  const execute = (...more: string[]) => ["cluster", "execute", SLUG, ...more];
  const named = ["--input", "question=question.txt", "--input", "document=-"];

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    const { chain, folder, requester } = network;
    operator = ["--key", keyFileOf(network, OPERATOR)];
    const client = walletOf(chain, requester);
    token = await deployArtifact(client, "contracts/test/Token__MockForRouter.sol");
    const abi = parseAbi(["function mint(address to, uint256 amount)"]);
    const args = [requester.address, parseEther("10")] as const;
    const call = {
      address: token,
      abi,
      functionName: "mint",
      args,
      account: requester,
      chain: null,
    } as const;
    await waitForTransactionReceipt(client, { hash: await writeContract(client, call) });
    const register = ["model", "register", "paid", "--price", "0.5", "--currency", token];
    const terms = ["--node-share-bps", "8000", ...operator, "--yes"];
    ({ modelId: model } = await network.json<{ modelId: number }>([...register, ...terms]));
    await network.json(["model", "serve", `${model}`, "1", ...operator, "--yes"]);
    await network.passSeconds(1);
    writeFileSync(join(folder, "question.txt"), "Who was it?");
    writeFileSync(
      join(folder, "tokened.yaml"),
      [
        `slug: ${SLUG}`,
        ...["name: Tokened", "description: Answers.", "fee: 0 wei", "windowSeconds: 10", "attempts: 2"],
        "inputs: [question, document]",
        ...["models:", "  paid:", `    id: ${model}`],
        ...["agents:", "  - name: reader", "    model: paid", "    tokensMax: 4096", "    temperature: 0.25"],
        ...["tasks:", "  - name: read", "    agent: reader", "    prompt: Read it."],
        ...["    tool: library", "    toolArguments: '{\"shelf\":3}'"],
        "",
      ].join("\n"),
    );
    await network.json(["cluster", "apply", "tokened.yaml", "--yes"]);
  });

  it("model register and model show tell the price in the token", async () => {
    const shown = await network.json(["model", "show", `${model}`]);
    expect(shown).to.include({ priceWei: parseEther("0.5").toString(), currency: token });
    const { stdout } = await network.run(["model", "show", `${model}`]);
    expect(stdout).to.match(/0\.5 TEST \(0x\w+…\w+\) an answer, of which 80 % to the node/);
    const bad = ["model", "register", "x", "--currency", token, "--node-share-bps", "1", "--price"];
    expect((await failing(network, ...bad, "1gwei")).code).to.equal("USAGE_INVALID");
    expect((await failing(network, ...bad, "0.1234567890123456789")).code).to.equal("USAGE_INVALID");
    const account = ["--price", "1", "--currency", network.requester.address, "--node-share-bps", "1"];
    expect((await failing(network, "model", "register", "x", ...account)).code).to.equal(
      "MODEL_CURRENCY_UNSUPPORTED",
    );
  });

  it("cluster show tells inputs, attempts, tool arguments, tokens and temperature", async () => {
    const shown = await network.json<{ tasks: object[]; agents: object[] }>(["cluster", "show", SLUG]);
    expect(shown).to.deep.include({ inputs: ["question", "document"], attempts: 2, currency: token });
    expect(shown.tasks[0]).to.include({ tool: "library", toolArguments: '{"shelf":3}', quorum: 1 });
    expect(shown.agents[0]).to.include({ tokensMax: 4096, temperature: 0.25 });
    const { stdout } = await network.run(["cluster", "show", SLUG]);
    expect(stdout)
      .to.match(/inputs +question, document/)
      .and.to.match(/a run costs +0\.5 TEST/)
      .and.to.include("after 2 reports");
    expect((await network.run(["cluster", "show", SLUG, "--task", "read"])).stdout).to.match(
      /arguments +\{"shelf":3\}/,
    );
    expect((await network.run(["cluster", "show", SLUG, "--agent", "reader"])).stdout)
      .to.include("at most 4,096 tokens")
      .and.to.match(/temperature +0\.25/);
    expect((await network.run(["quote", SLUG])).stdout).to.match(/in all +0\.5 TEST/);
  });

  it("execute needs a text for each input, and says which are missing or too many", async () => {
    const run = async (...inputs: string[]) => {
      const { stdout } = await network.run(execute(...inputs, "--json"), { input: "a document" });
      return (JSON.parse(stdout) as { error: { code: string; message: string } }).error;
    };
    const missing = await run("--input", "question=question.txt");
    expect(missing.code).to.equal("INPUTS_INVALID");
    expect(missing.message).to.include('"document" is missing');
    expect((await run(...named, "--input", "other=question.txt")).message).to.include('"other"');
    expect((await run("--input", "-", "--input", "question=question.txt")).code).to.equal("USAGE_INVALID");
    expect((await run(...named, ...named)).code).to.equal("USAGE_INVALID");
    expect((await run("--input", "question=nowhere.txt")).code).to.equal("DOCUMENT_UNREADABLE");
  });

  it("execute takes the quote by an allowance, credits are listed and withdrawn in the token", async () => {
    const early = await network.run(execute(...named, "--json"), { input: "a document" });
    expect(JSON.parse(early.stdout).error.code).to.equal("ALLOWANCE_TOO_LOW");
    const args = execute(...named, "--approve");
    const { executionId } = await network.json<{ executionId: number }>(args, { input: "a document" });
    const { deployment, chain, requester } = network;
    const about = { deployment, execution: BigInt(executionId) };
    const { created, currency } = await getExecution(walletOf(chain, requester), about);
    expect(currency).to.equal(token);
    expect(JSON.parse(hexToString(created.input))).to.deep.equal({
      question: "Who was it?",
      document: "a document",
    });
    await network.answer(executionId, { 0: "It was the keeper." });
    const story = await network.run(["execution", "show", `${executionId}`, "--why"]);
    expect(story.stdout)
      .to.match(/0\.5 TEST \(\S+\) went into escrow/)
      .and.to.match(/Node 1 earned 0\.4 TEST/);
    const listed = await network.json<Listed>(["credit", "list", ...operator]);
    const inToken = listed.credits.filter((credit) => credit.currency === token);
    expect(inToken.map(({ kind, creditWei }) => [kind, creditWei])).to.deep.equal([
      ["node", parseEther("0.4").toString()],
      ["model", parseEther("0.1").toString()],
    ]);
    expect(listed.totals).to.deep.include({ currency: token, totalWei: parseEther("0.5").toString() });
    const { stdout } = await network.run(["credit", "list", ...operator]);
    expect(stdout).to.match(/in all +0\.5 TEST/);
    const withdraw = ["credit", "withdraw", "model", `${model}`, ...operator];
    const asked = await failing(network, ...withdraw);
    expect(asked.message).to.match(/Withdraw 0\.1 TEST .* of model \d+ \(paid\)\?/);
    const to = requester.address;
    expect(await network.json([...withdraw, "--to", to, "--yes"])).to.include({
      ...{ currency: token, amountWei: parseEther("0.1").toString(), to },
    });
    expect((await failing(network, ...withdraw, "--currency", token)).code).to.equal("CREDIT_EMPTY");
    expect((await failing(network, ...withdraw)).code).to.equal("CREDIT_EMPTY");
    const left = await network.json<Listed>(["credit", "list", ...operator]);
    expect(left.credits.filter((credit) => credit.currency === token).map(({ kind }) => kind)).to.deep.equal([
      "node",
    ]);
  });

  it("cluster apply tells prices and fee in the token, and takes a fee in whole units of it", async () => {
    const file = join(network.folder, "tokened.yaml");
    const before = readFileSync(file, "utf8");
    const withFee = (fee: string) => writeFileSync(file, before.replace("fee: 0 wei", `fee: ${fee}`));
    withFee("5 gwei");
    expect((await failing(network, "cluster", "apply", file, "--dry-run")).code).to.equal(
      "BLUEPRINT_FEE_UNIT",
    );
    withFee("0.25 token");
    const { stdout } = await network.run(["cluster", "apply", file, "--dry-run"]);
    expect(stdout)
      .to.match(/~ fee: 0 TEST \(0x\w+…\w+\) → 0\.25 TEST/)
      .and.to.match(/version 2: window 10 s, fee 0\.25 TEST/)
      .and.to.match(/A run of the new version will cost 0\.75 TEST \(0x/)
      .and.not.to.include("ether");
    const applied = await network.json<object>(["cluster", "apply", file, "--yes"]);
    expect(applied).to.include({
      ...{ version: 2, currency: token, quoteWei: parseEther("0.75").toString(), quoteAsPlanned: true },
    });
  });

  it("cluster apply says loudly where a model's owner changed the price just before the publication", async () => {
    const file = join(network.folder, "tokened.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("0.25 token", "0.125 token"));
    const { chain, deployment } = network;
    const client = testClientOf(chain);
    const pending = async () => Object.keys((await client.getTxpoolContent()).pending).length;
    await client.setAutomine(false);
    try {
      const applying = network.run(["cluster", "apply", file, "--yes"]);
      await until("the publication waits for its block", async () => (await pending()) === 1);
      const owner = walletOf(chain, accountOf(OPERATOR));
      await writeContract(owner, {
        address: deployment.modelRegistry,
        abi: modelRegistryAbi,
        functionName: "setTerms",
        args: [
          BigInt(model),
          { priceWei: parseEther("3"), nodeShareBps: 8_000, open: true, currency: token },
        ],
        // Ahead of the publication in the block.
        maxPriorityFeePerGas: parseGwei("50"),
        maxFeePerGas: parseGwei("100"),
        account: owner.account,
        chain: null,
      });
      await client.mine({ blocks: 1 });
      const { code, stdout, stderr } = await applying;
      expect(code, stderr).to.equal(1);
      expect(stdout)
        .to.match(/will cost 0\.625 TEST/)
        .and.to.include("version 3");
      expect(stderr)
        .to.match(/a run of version 3 costs 3\.125 TEST \(\S+\), not 0\.625 TEST/)
        .and.to.include("No requester pays more than the quote")
        .and.to.include(`pleiad cluster stop ${SLUG} --version 3`);
    } finally {
      await client.setAutomine(true);
    }
  });

  it("cluster apply registers models in a token at a price in its whole units, changes it, and checks its currency before it sends", async () => {
    const file = (price: string, currency: string, other = "own") =>
      writeFileSync(
        join(network.folder, "own-model.yaml"),
        [
          ...["slug: own-model", "name: Own", "fee: 0.25 token", "windowSeconds: 10"],
          ...[
            "models:",
            `  own: { price: ${price}, currency: "${currency}", nodeShareBps: 7000 }`,
            "  one: { id: 1 }",
          ],
          ...["agents:", "  - { name: reader, model: own }", `  - { name: writer, model: ${other} }`],
          ...["tasks:", "  - { name: read, agent: reader, prompt: Read it. }"],
          ...["  - name: write", "    agent: writer", "    prompt: Write it.", ""],
        ].join("\n"),
      );
    const dry = ["cluster", "apply", "own-model.yaml", "--dry-run"];
    file("1.5 token", token);
    const planned = await network.run(dry);
    expect(planned.stdout).to.match(/\+ model own at 1\.5 TEST \(0x\w+…\w+\), node's share 70 %/);
    expect(planned.stdout).to.match(/will cost 3\.25 TEST/);
    await network.json(["cluster", "apply", "own-model.yaml", "--yes"]);
    expect(await network.json(["model", "show", "own"])).to.include({
      ...{ priceWei: parseEther("1.5").toString(), currency: token },
    });
    expect((await network.json<{ transactions: number }>(dry)).transactions).to.equal(0);
    file("0.75 token", token);
    expect((await network.run(dry)).stdout).to.match(/~ model \d+ \(own\): 1\.5 TEST .* → 0\.75 TEST/);

    file("0.0000000000000000001 token", token);
    expect((await failing(network, ...dry)).code).to.equal("BLUEPRINT_PRICE_UNIT");
    file("1 token", network.requester.address);
    expect((await failing(network, ...dry)).code).to.equal("MODEL_CURRENCY_UNSUPPORTED");
    file("1 token", token, "one");
    const mixed = await failing(network, ...dry);
    expect(mixed.code).to.equal("CLUSTER_CURRENCIES_DIFFER");
    expect(mixed.message).to.match(
      /^own-model\.yaml:14:12 tasks\[1\]\.agent: task write would be paid in the chain's own/,
    );
  });
});
