import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { execute } from "@pleiad/sdk/actions/execute";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { waitForResponse } from "@pleiad/sdk/actions/waitForResponse";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { type Address, sha256, stringToBytes } from "viem";
import {
  getBalance,
  getBlock,
  getTransactionReceipt,
  mine,
  waitForTransactionReceipt,
  writeContract,
} from "viem/actions";
import { accountOf, testClientOf, walletOf } from "../../fixtures/chain.ts";
import { REQUESTER } from "../../fixtures/operator.ts";
import { expectAccessible, expectNoWiderThanScreen, openPage, PHONE, picture } from "../support/page.ts";
import { closeSharedTeam, sharedTeam, type Team } from "../support/team.ts";
import { testWallet } from "../support/testWallet.ts";

/** Owns the operator's clusters. */
const OWNER = accountOf(1);
const STRANGER = accountOf(8);
/** That the daemon lends its page. */
const LENT = accountOf(6);
const FEE_WEI = 250_000_000_000_000_000n;

after(closeSharedTeam);

describe("withdrawing by a wallet", function () {
  this.timeout(60_000);
  let team: Team;

  before(async () => {
    team = await sharedTeam();
  });

  /** A cluster that has earned its fee once. */
  async function earning(slug: string): Promise<bigint> {
    const { chain, operator } = team.world;
    const { deployment, models } = operator;
    const owner = walletOf(chain, OWNER);
    const digest = sha256(stringToBytes(slug));
    const { agent } = await registerAgent(owner, { deployment, digest, model: models.get("talker") ?? 0n });
    const { cluster } = await createAndPublish(owner, {
      deployment,
      blueprint: {
        slug,
        name: slug,
        description: "",
        agents: [{ agent, name: "agent" }],
        tasks: [{ agent, name: "task", prompt: "Answer." }],
      },
      windowSeconds: 5,
      feeWei: FEE_WEI,
    });
    const payer = walletOf(chain, REQUESTER);
    const { execution } = await execute(payer, { deployment, cluster, input: "A document." });
    await waitForResponse(payer, { deployment, execution });
    return cluster;
  }

  const creditOf = (cluster: bigint) =>
    getCredit(walletOf(team.world.chain, OWNER), {
      deployment: team.world.operator.deployment,
      kind: "Cluster",
      id: cluster,
    });
  const balanceOf = (address: Address) => getBalance(walletOf(team.world.chain, OWNER), { address });
  const articleOf = (page: Page, cluster: bigint) =>
    page.getByRole("article", { name: new RegExp(`^Cluster ${cluster} `) });

  /** What the last block's only transaction cost its sender. */
  async function lastCostWei(): Promise<bigint> {
    const client = walletOf(team.world.chain, OWNER);
    const { transactions } = await getBlock(client);
    expect(transactions).to.have.length(1);
    const { gasUsed, effectiveGasPrice } = await getTransactionReceipt(client, {
      hash: transactions[0] ?? "0x",
    });
    return gasUsed * effectiveGasPrice;
  }

  it("tells a stranger whose it is, takes a no, pays the owner, and all pages see it gone", async () => {
    const { chain } = team.world;
    const cluster = await earning("wallet-credits");
    const wallet = testWallet(chain, STRANGER, "A <i>wallet</i>");
    const looking = await openPage(team.browser, await team.address("view", "/ui/credits"));
    await articleOf(looking.page, cluster).getByText("0.25 ether").waitFor();
    const { page, context, asked, complaints } = await openPage(
      team.browser,
      await team.address("view", "/ui/credits"),
      {},
      wallet.install,
    );
    const credit = articleOf(page, cluster);
    await credit.waitFor();
    expect(asked.filter((url) => url.includes("CreditsWallet"))).to.deep.equal([]);
    await page.getByRole("button", { name: "Choose a wallet" }).click();
    await page.getByRole("button", { name: "Use A <i>wallet</i>" }).click();
    await page.getByText("Nothing is credited to this account").waitFor();
    await credit.getByText("The wallet's account is not its owner", { exact: false }).waitFor();
    await credit.getByRole("button", { name: "Withdraw with the wallet" }).click();
    await credit.getByRole("alert").getByText("does not belong to", { exact: false }).waitFor();
    await credit.getByText("ask its owner to name a delegate", { exact: false }).waitFor();
    await picture(page, "credits-wallet-refused", true);
    expect(wallet.asked).to.not.include("eth_sendTransaction");

    await page.getByRole("button", { name: "Use another" }).click();
    wallet.account = OWNER;
    await page.getByRole("button", { name: "Use A <i>wallet</i>" }).click();
    await credit.getByText("It is tried first.").waitFor();
    expect(await credit.getByRole("alert").count()).to.equal(0);
    await credit.getByRole("button", { name: "Withdraw with the wallet" }).click();
    await credit.getByText("which is the wallet's account", { exact: false }).waitFor();
    await picture(page, "credits-wallet-review", true);
    wallet.saysNo = true;
    await credit.getByRole("button", { name: "Sign and withdraw" }).click();
    await page.getByText("You said no in the wallet").waitFor();
    expect(await creditOf(cluster)).to.equal(FEE_WEI);

    wallet.saysNo = false;
    const beforeWei = await balanceOf(OWNER.address);
    await credit.getByRole("button", { name: "Withdraw with the wallet" }).click();
    await credit.getByRole("button", { name: "Sign and withdraw" }).click();
    await page.getByRole("listitem").filter({ hasText: "Withdraw 0.25 ether" }).getByText("Mined").waitFor();
    await credit.waitFor({ state: "detached" });
    await articleOf(looking.page, cluster).waitFor({ state: "detached" });
    expect(await creditOf(cluster)).to.equal(0n);
    expect(await balanceOf(OWNER.address)).to.equal(beforeWei + FEE_WEI - (await lastCostWei()));
    await mine(testClientOf(chain), { blocks: 7 });
    await page.getByText("Final", { exact: true }).waitFor();
    await picture(page, "credits-wallet-done", true);
    // The page asks through the wallet alone.
    expect(asked.filter((url) => url.endsWith("/chain/rpc"))).to.deep.equal([]);
    expect([...complaints, ...looking.complaints]).to.deep.equal([]);
    await context.close();
    await looking.context.close();
  });

  it("pays what the local network's account owns to it, on a phone, once whoever may act says so", async () => {
    const { chain, operator } = team.world;
    const cluster = await earning("lent-credits");
    const owner = walletOf(chain, OWNER);
    const hash = await writeContract(owner, {
      chain: null,
      address: operator.deployment.clusterRegistry,
      abi: clusterRegistryAbi,
      functionName: "transferFrom",
      args: [OWNER.address, LENT.address, cluster],
    });
    await waitForTransactionReceipt(owner, { hash });
    const { page, context, complaints } = await openPage(
      team.browser,
      await team.address("act", "/ui/credits?with=wallet"),
      { viewport: PHONE, bypassCSP: true, colorScheme: "dark" },
    );
    await page.getByRole("button", { name: "Use this local network's account" }).click();
    const credit = page
      .getByRole("region", { name: "Of the wallet's account" })
      .getByRole("article", { name: new RegExp(`^Cluster ${cluster} `) });
    await credit.getByText("0.25 ether").waitFor();
    await expectNoWiderThanScreen(page);
    await expectAccessible(page);
    const beforeWei = await balanceOf(LENT.address);
    // By the keyboard alone.
    await credit.getByRole("button", { name: "Withdraw with the wallet" }).press("Enter");
    await credit.getByRole("button", { name: "Withdraw it" }).waitFor();
    await expectAccessible(page);
    await expectNoWiderThanScreen(page);
    await picture(page, "credits-wallet-phone-dark", true);
    await credit.getByRole("button", { name: "Withdraw it" }).press("Enter");
    await page.getByText("Nothing is credited to this account").waitFor();
    expect(await creditOf(cluster)).to.equal(0n);
    expect(await balanceOf(LENT.address)).to.equal(beforeWei + FEE_WEI - (await lastCostWei()));
    await page.emulateMedia({ colorScheme: "light" });
    await expectAccessible(page);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});
