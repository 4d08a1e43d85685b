import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { decodeFunctionData, encodeFunctionResult } from "viem";
import {
  answered,
  clusterNamed,
  executionOf,
  HOSTILE,
  operatorToken,
  place,
  startWorld,
  type World,
} from "../support/daemon.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { closeSharedTeam, sharedTeam } from "../support/team.ts";

/** From a page's asking for a list of a thousand to its first rows. Milliseconds. */
const LIST_MS_MAX = 2_000;
const HASH = `0x${"9".repeat(64)}` as const;

after(closeSharedTeam);

describe("dashboard's views of the chain, in states that are hard to reach", function () {
  this.timeout(60_000);
  let browser: Browser;
  let world: World;
  let context: BrowserContext;
  let complaints: string[];

  before(async () => {
    ({ browser } = await sharedTeam());
  });
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(async () => {
    await context.close();
    await world.close();
  });

  async function open(address: string, options = {}): Promise<Page> {
    const opened = await openPage(browser, address, options);
    ({ context, complaints } = opened);
    await opened.page.getByText("Live", { exact: true }).waitFor();
    return opened.page;
  }

  it("say what the chain took back, where it was and where it is now, while one looks", async () => {
    const now = BigInt(Math.floor(Date.now() / 1_000));
    world.clusters.push(clusterNamed(1n, "a cluster"));
    world.executions.push(executionOf(5n));
    const page = await open(await world.address("view", "/ui/executions/5"), { bypassCSP: true });
    await page.getByRole("heading", { name: "Execution 5", level: 1 }).waitFor();
    world.reorgs.before({ number: 9n, hash: HASH });
    world.executions[0] = executionOf(5n, { createdIn: place(11n, now) });
    world.tell("execution", 5n);
    await page.getByText("The chain took back its creation").waitFor();
    await page.getByText("It was in block 10; it is in block 11 now.").waitFor();
    world.reorgs.before({ number: 10n, hash: HASH });
    const [there] = world.executions.splice(0);
    world.tell("execution", 5n);
    await page.getByRole("heading", { name: "The chain took it back" }).waitFor();
    await page
      .getByText("execution 5 was in block 11, which the chain took back", { exact: false })
      .waitFor();
    await goTo(page, "/ui/network?show=chain");
    await page.getByRole("heading", { name: "Reorganisations (2)" }).waitFor();
    await page.getByText("was in block 11, is in no block now").waitFor();
    await expectAccessible(page);
    await picture(page, "chain-reorganisations");
    if (there !== undefined) world.executions.push({ ...there, createdIn: place(12n, now) });
    world.tell("block", 12n);
    await page.getByText("was in block 11, is in block 12 now").waitFor();
    await page.getByRole("link", { name: "Execution 5" }).first().click();
    await page.getByText("It was in block 11; it is in block 12 now.").waitFor();
    await expectAccessible(page);
    await picture(page, "chain-taken-back", true);
    expect(complaints.filter((text) => !text.includes("404"))).to.deep.equal([]);
  });

  it("say of a credit who may withdraw it, why not, and why it could not be sent", async () => {
    world.calls.answer = (_to, data) => {
      const { functionName, args } = decodeFunctionData({ abi: clusterExecutionsAbi, data });
      if (functionName !== "creditOf") return "0x";
      const amount = args[0] === 0 ? 1_500_000_000_000_000_000n : 0n;
      return encodeFunctionResult({ abi: clusterExecutionsAbi, functionName, result: amount });
    };
    const looking = await open(await world.address("act", "/ui/credits"));
    const withdraw = { name: "Withdraw", exact: true } as const;
    expect(await looking.getByRole("button", withdraw).isDisabled()).to.equal(true);
    await looking.getByText("This wants the API's own token", { exact: false }).waitFor();
    const acting = await openPage(browser, `${world.url()}/ui/credits#token=${operatorToken(world)}`);
    const { page } = acting;
    await page.getByRole("button", withdraw).press("Enter");
    await page.getByRole("button", { name: "Withdraw 1.5 ether now" }).press("Enter");
    await page.getByRole("alert").getByText("nothing can be sent").waitFor();
    // Whoever only looks sees what became of it.
    await looking.getByText("not paid", { exact: true }).waitFor();
    world.calls.answer = () => {
      throw new Error("not reached");
    };
    await acting.context.close();
  });

  it("say to whoever has a token of one cluster what is the operator's alone, and show the rest", async () => {
    world.clusters.push(clusterNamed(1n, "a cluster"));
    world.executions.push(answered(1n));
    const user = `0x${"aa".repeat(20)}` as const;
    const { token } = await world.tokens.create({ kind: "user", cluster: 1n, user }, "a user");
    const page = await open(`${world.url()}/ui/executions/1#token=${token}`);
    await page.getByText("This is for the operator's tokens", { exact: false }).first().waitFor();
    expect(await page.getByRole("button", { name: "Verify now" }).isDisabled()).to.equal(true);
    expect(await page.getByRole("button", { name: "Download the receipt" }).isDisabled()).to.equal(true);
    await goTo(page, "/ui/network/nodes/1");
    await page.getByRole("heading", { name: "Node 1", level: 1 }).waitFor();
    await goTo(page, "/ui/credits");
    await page.getByRole("heading", { name: "That is for the operator" }).waitFor();
  });

  it("keep texts of others text, whoever is asked about is not there, and the chain's endpoint silent", async () => {
    const two = clusterNamed(1n, HOSTILE.name);
    const [version] = two.versions;
    if (version === undefined) throw new Error("the cluster has no version");
    world.clusters.push({ ...two, versions: [version, { ...version, version: 2n }] });
    world.executions.push(answered(1n));
    const page = await open(await world.address("view", "/ui/clusters/1/versions"), { viewport: PHONE });
    await page.getByText("Not asked", { exact: true }).first().waitFor();
    await page.getByRole("heading", { name: "What changed from version 1 to 2" }).waitFor();
    for (const [path, heading] of [
      ["/ui/network?show=models", "Network"],
      ["/ui/network/models/1", HOSTILE.name.slice(0, 20)],
      ["/ui/network/agents/0", "<img"],
      ["/ui/network/nodes/1", "Node 1"],
      ["/ui/clusters/1", "<img"],
    ] as const) {
      await goTo(page, path);
      await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      await expectNoWiderThanScreen(page);
    }
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    expect(await page.locator("iframe, img, a[href^='javascript'], a[href*='attacker']").count()).to.equal(0);
    expect(complaints).to.deep.equal([]);
    await goTo(page, "/ui/clusters/77/versions");
    await page.getByRole("heading", { name: "That is not here" }).waitFor();
    await goTo(page, "/ui/executions/77");
    await page.getByRole("heading", { name: "That is not here" }).waitFor();
  });

  it("show lists of a thousand at once, in pages, and find one of them", async () => {
    world.clusters.push(clusterNamed(1n, "a cluster"));
    for (let id = 1n; id <= 1_000n; id += 1n) world.executions.push(executionOf(id));
    const page = await open(await world.address("view", "/"));
    const askedAtMs = performance.now();
    await goTo(page, "/ui/executions");
    await page.getByRole("link", { name: "Execution 1000" }).waitFor();
    expect(performance.now() - askedAtMs).to.be.lessThan(LIST_MS_MAX);
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByRole("link", { name: "Execution 950" }).waitFor();
    await page.getByRole("button", { name: "Newer" }).click();
    await page.getByRole("link", { name: "Execution 1000" }).waitFor();
    await page.getByLabel("Search").fill("77");
    await page.getByRole("link", { name: "Execution 577" }).waitFor();
    expect(await page.getByRole("link", { name: /^Execution \d+$/ }).count()).to.equal(19);
    await page.getByRole("link", { name: "Ended" }).click();
    await page.getByText("None of those that this node remembers is like that.").waitFor();
    expect(new URL(page.url()).search).to.equal("?show=ended&q=77");
  });
});
