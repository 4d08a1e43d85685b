import { approveCurrency } from "@pleiad/sdk/actions/approveCurrency";
import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { setModelTerms } from "@pleiad/sdk/actions/setModelTerms";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { type Address, erc20Abi, parseAbi, sha256, stringToBytes, zeroAddress } from "viem";
import { readContract, waitForTransactionReceipt, writeContract } from "viem/actions";
import { accountOf, walletOf } from "../../fixtures/chain.ts";
import { deployArtifact } from "../../sdk/support/artifact.ts";
import { expectNoWiderThanScreen, goTo, openPage, PHONE, picture } from "../support/page.ts";
import { closeSharedTeam, sharedTeam, type Team } from "../support/team.ts";
import { testWallet } from "../support/testWallet.ts";

/** Owns the operator's models and clusters. */
const OWNER = accountOf(1);
/** Whose browser has a wallet. */
const PAYER = accountOf(7);
const PRICE = 1_500_000n;
const FEE = 250_000n;
const QUOTE = PRICE + FEE;

after(closeSharedTeam);

describe("a run that is paid in a token of six decimals", function () {
  this.timeout(60_000);
  let team: Team;
  let token: Address;
  let cluster: bigint;

  before(async () => {
    team = await sharedTeam();
    const { chain, operator } = team.world;
    const { deployment, models } = operator;
    const owner = walletOf(chain, OWNER);
    token = await deployArtifact(owner, "contracts/test/Token__MockForDashboard.sol");
    const model = models.get("talker") ?? 0n;
    await setModelTerms(owner, { deployment, model, nodeShareBps: 7_000, priceWei: PRICE, currency: token });
    const { agent } = await registerAgent(owner, {
      deployment,
      digest: sha256(stringToBytes("token")),
      model,
    });
    const blueprint = {
      slug: "paid-in-a-token",
      name: "Paid in a token",
      description: "",
      agents: [{ agent, name: "agent" }],
      tasks: [{ agent, name: "task", prompt: "Answer." }],
    };
    cluster = (await createAndPublish(owner, { deployment, blueprint, windowSeconds: 5, feeWei: FEE }))
      .cluster;
  });

  after(async () => {
    // Clusters that are published later are paid in ether again.
    const { chain, operator } = team.world;
    const { deployment, models } = operator;
    const terms = { nodeShareBps: 7_000, priceWei: 1_000n, currency: zeroAddress };
    await setModelTerms(walletOf(chain, OWNER), { deployment, model: models.get("talker") ?? 0n, ...terms });
  });

  const read = (functionName: "balanceOf" | "allowance", ...args: Address[]) =>
    readContract(walletOf(team.world.chain, OWNER), {
      address: token,
      abi: erc20Abi,
      functionName,
      args: args as never,
    });
  const allowance = () => read("allowance", PAYER.address, team.world.operator.deployment.clusterExecutions);

  async function mint(to: Address, amount: bigint): Promise<void> {
    const client = walletOf(team.world.chain, OWNER);
    const hash = await writeContract(client, {
      chain: null,
      address: token,
      abi: parseAbi(["function mint(address to, uint256 amount)"]),
      functionName: "mint",
      args: [to, amount],
    });
    await waitForTransactionReceipt(client, { hash });
  }

  const sendsOf = (asked: readonly string[]) =>
    asked.filter((method) => method === "eth_sendTransaction").length;

  async function answered(page: Page, text: string): Promise<void> {
    await page.getByLabel("Text of the response").getByText(text).waitFor();
  }

  it("is shown in whole tokens, refused where there are too few, allowed exactly, and goes on after a no", async () => {
    const wallet = testWallet(team.world.chain, PAYER, "Wallet");
    const { page, context, complaints } = await openPage(
      team.browser,
      await team.address("act", `/ui/clusters/${cluster}/run`),
      {},
      wallet.install,
    );
    await page.getByText("1,750,000 units of token").waitFor();
    await page.getByRole("button", { name: "Use Wallet" }).click();
    await page.getByText(/^1\.75 TUSD \(token 0x/).waitFor();
    await page.getByText(/^0\.25 TUSD \(token 0x/).waitFor();
    await page.getByText(/^0 TUSD \(token 0x/).waitFor();
    await page.getByLabel("Document", { exact: true }).fill("A lighthouse is a tower with a light.");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("alert").getByText("the account has less of the token").waitFor();
    await page.getByText(`pleiad cluster execute ${cluster} --input FILE --approve --wait`).waitFor();
    await page.getByText("The account has less than that.").waitFor();
    await picture(page, "run-token-poor", true);
    expect(wallet.asked).to.not.include("eth_sendTransaction");

    await mint(PAYER.address, 10_000_000n);
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("You will sign 2 transactions", { exact: false }).waitFor();
    await page.getByText("The account has less than that.").waitFor({ state: "detached" });
    await picture(page, "run-token-review", true);
    wallet.yesesLeft = 1;
    await page.getByRole("button", { name: "Sign and run it" }).click();
    await page.getByText("You said no in the wallet").waitFor();
    const allowing = page.getByRole("listitem").filter({ hasText: "Let the contract take 1.75 TUSD" });
    await allowing.getByText("Mined", { exact: true }).waitFor();
    expect(await allowance()).to.equal(QUOTE);

    // What the contract may take already is not asked for again.
    wallet.yesesLeft = 1;
    await page.getByRole("button", { name: "Sign and run it" }).click();
    await answered(page, "A lighthouse is a tower");
    expect(sendsOf(wallet.asked)).to.equal(3);
    expect([await read("balanceOf", PAYER.address), await allowance()]).to.deep.equal([8_250_000n, 0n]);
    await picture(page, "run-token-done", true);

    // Of an allowance that is too low, some tokens want the way over none.
    await approveCurrency(walletOf(team.world.chain, PAYER), {
      deployment: team.world.operator.deployment,
      currency: token,
      amountWei: 1n,
    });
    wallet.yesesLeft = 3;
    await goTo(page, `/ui/clusters/${cluster}/run`);
    await page.getByLabel("Document", { exact: true }).fill("Another lighthouse.");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("You will sign 3 transactions", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Sign and run it" }).click();
    await answered(page, "Another lighthouse");
    expect(sendsOf(wallet.asked)).to.equal(6);
    expect([await read("balanceOf", PAYER.address), await allowance()]).to.deep.equal([6_500_000n, 0n]);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it("pays its cluster's owner, who withdraws the tokens with a wallet", async () => {
    const { chain, operator } = team.world;
    const credit = {
      deployment: operator.deployment,
      kind: "Cluster",
      id: cluster,
      currency: token,
    } as const;
    const earned = await getCredit(walletOf(chain, OWNER), credit);
    expect(earned).to.equal(2n * FEE);
    const { page, context } = await openPage(
      team.browser,
      await team.address("view", "/ui/credits?with=wallet"),
      { viewport: PHONE },
      testWallet(chain, OWNER, "Wallet").install,
    );
    await page.getByRole("button", { name: "Use Wallet" }).click();
    const article = page.getByRole("article", { name: new RegExp(`^Cluster ${cluster} `) });
    await article.getByRole("button", { name: "Withdraw with the wallet" }).click();
    await article.getByText(/^0\.5 TUSD \(token 0x/).waitFor();
    await expectNoWiderThanScreen(page);
    await article.getByRole("button", { name: "Sign and withdraw" }).click();
    await article.waitFor({ state: "detached" });
    expect(await getCredit(walletOf(chain, OWNER), credit)).to.equal(0n);
    expect(await read("balanceOf", OWNER.address)).to.equal(earned);
    await context.close();
  });
});
