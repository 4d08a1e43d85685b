import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { BrowserContextOptions, Page } from "playwright-core";
import { liveJobsSchema, statusSchema } from "../../../node/src/local/dashboard/daemonSchemas.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { testClientOf, walletOf } from "../../fixtures/chain.ts";
import { REQUESTER } from "../../fixtures/operator.ts";
import { until } from "../../fixtures/until.ts";
import { fakeManager } from "../../node/local/manager/fakeManager.ts";
import { clusterNamed, HOSTILE, startWorld, type World } from "../support/daemon.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  type OpenPage,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { closeSharedTeam, sharedTeam, type Team } from "../support/team.ts";

after(closeSharedTeam);

describe("dashboard's manager and operator", function () {
  this.timeout(60_000);
  let team: Team;
  const worlds: World[] = [];
  const open: OpenPage[] = [];

  before(async () => {
    team = await sharedTeam();
  });
  afterEach(async () => {
    for (const { context } of open.splice(0)) await context.close();
  });
  after(async () => {
    for (const world of worlds) await world.close();
  });

  async function show(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const opened = await openPage(team.browser, address, options);
    open.push(opened);
    return opened.page;
  }

  /** Looks at a view in both themes and on a phone. */
  async function look(page: Page, name: string): Promise<void> {
    await picture(page, `${name}-dark`, true);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await picture(page, `${name}-light`, true);
    await expectAccessible(page);
    await page.setViewportSize(PHONE);
    await expectNoWiderThanScreen(page);
    await picture(page, `${name}-phone`, true);
    expect(open.at(-1)?.complaints).to.deep.equal([]);
  }

  async function managed(fake = fakeManager()) {
    const world = await startWorld({ manager: fake.manager });
    worlds.push(world);
    return { world, fake };
  }

  it("says how to have a manager where there is none", async () => {
    const page = await show(await team.address("view", "/ui/manager"));
    await page.getByText("This daemon runs no manager.").waitFor();
    await page.getByText("cp examples/cluster-manager.yaml").waitFor();
  });

  it("shows a manager's clusters with their scores, alerts, requests and plans; acknowledges and drops", async () => {
    const { world, fake } = await managed();
    const page = await show(await world.address("act", "/ui/manager"), {
      bypassCSP: true,
      colorScheme: "dark",
    });
    await page.getByRole("heading", { name: "Manager Night watch" }).waitFor();
    const brief = page.getByRole("region", { name: "Cluster 7" });
    await brief.getByText("0.41 × 1 × 1 × 1 × 1 = 0.41").waitFor();
    await brief.getByText("4 places", { exact: true }).waitFor();
    await brief.getByText("Why it is as it is").click();
    await brief.getByText("cluster/7 is as it is").waitFor();
    await brief.getByText("Routes to its members").click();
    await brief.getByText("1.5 ms there and back").waitFor();
    await page
      .getByRole("region", { name: "Plans that wait for a yes" })
      .getByText("Give brief more places")
      .waitFor();
    const alerts = page.getByRole("region", { name: "Alerts" });
    await alerts.getByText("0.41, where the threshold is 0.9").first().waitFor();
    await look(page, "manager");
    await alerts.getByRole("button", { name: "I know of it" }).first().click();
    await page.getByRole("button", { name: "Try no more to form weekly" }).click();
    await until("it was asked", () => fake.asked.length >= 2);
    expect(fake.asked.map(([what, id]) => [what, id])).to.deep.equal([
      ["acknowledge", "stability_score/cluster/7"],
      ["drop", "weekly"],
    ]);
  });

  it("has a plan applied in one page and seen in another, and says why a token that may look may not", async () => {
    const { world, fake } = await managed();
    const here = await show(await world.address("act", "/ui/manager/plans/p1"), {
      bypassCSP: true,
      colorScheme: "dark",
    });
    const there = await show(await world.address("view", "/ui/manager/plans/p1"));
    await here.getByText("Places of node 1: 4 → 8").waitFor();
    await here.getByText("twelve tasks wait").waitFor();
    await here.getByText("set-places is not among the acts that need no yes").waitFor();
    await there.getByText("This token may look and not act").waitFor();
    expect(await there.getByRole("button", { name: /^Apply/ }).isDisabled()).to.equal(true);
    await picture(here, "plan-dark", true);
    await here.getByRole("button", { name: "Apply: costs nothing" }).click();
    await here.getByText("Its steps are being done.").waitFor();
    fake.change();
    await there.getByText("Its steps are being done.").waitFor();
    await fake.manager.carriedOut("p1", 0, `0x${"ab".repeat(32)}`, "operator");
    fake.change();
    for (const page of [here, there]) await page.getByText("1 of 1 step", { exact: true }).waitFor();
    await expectAccessible(here);
    await goTo(here, "/ui/manager/plans/none");
    await here.getByRole("heading", { name: "That is not here" }).waitFor();
  });

  it("refuses a plan, and asks for a cluster, a message and places with forms", async () => {
    const { world, fake } = await managed();
    const page = await show(await world.address("act", "/ui/manager"));
    const ask = page.getByRole("region", { name: "Ask for something" });
    await ask.getByLabel("Goal").fill("Sum up the week");
    await ask.getByLabel("Slug").fill("weekly");
    await ask.getByLabel("Capability 1", { exact: true }).fill("writing");
    await ask.getByRole("button", { name: "One more" }).click();
    await ask.getByLabel("Capability 2", { exact: true }).fill("reading");
    await ask.getByLabel("How many of capability 2").fill("2");
    await ask.getByLabel("One run, at most").fill("0.02");
    await ask.getByLabel("Owner").fill(`0x${"aa".repeat(20)}`);
    await ask.getByRole("button", { name: "Ask for a plan" }).click();
    await page.getByRole("heading", { name: "Give brief more places" }).waitFor();
    await page.getByRole("button", { name: "Refuse" }).click();
    await page.getByText("Somebody, or the policy, said no.").waitFor();
    await goTo(page, "/ui/manager");
    await ask.getByText("Tell its members").click();
    await ask.getByLabel("To", { exact: true }).selectOption("topic");
    await ask.getByLabel("Topic").fill("news");
    await ask.getByLabel("Text").fill("Noon");
    await ask.getByRole("button", { name: "Ask for a plan" }).click();
    await page.getByRole("heading", { name: "Give brief more places" }).waitFor();
    await goTo(page, "/ui/manager");
    await ask.getByText("Places", { exact: true }).click();
    await ask.getByLabel("Places on the own nodes").fill("6");
    await ask.getByRole("button", { name: "Ask for a plan" }).click();
    await page.getByRole("heading", { name: "Give brief more places" }).waitFor();
    const [formation, , message, places] = fake.asked.map(([, request]) => request) as Record<
      string,
      unknown
    >[];
    expect(formation).to.deep.include({
      kind: "FORMATION",
      slug: "weekly",
      budgetWei: 20_000_000_000_000_000n,
    });
    expect(formation?.needs).to.deep.equal([
      { capability: "writing", count: 1 },
      { capability: "reading", count: 2 },
    ]);
    expect(message).to.deep.equal({
      kind: "COMMUNICATION",
      cluster: 7n,
      to: { how: "topic", topic: "news" },
      text: "Noon",
    });
    expect(places).to.deep.equal({ kind: "SCALING", cluster: 7n, places: 6 });
  });

  it("shows the daemon as it is, and a job of a real run from the event to its settlement, live", async () => {
    const { chain, operator, cluster } = team.world;
    const page = await show(await team.address("view", "/ui/daemon"), {
      bypassCSP: true,
      colorScheme: "dark",
    });
    await page.getByText("Ready", { exact: true }).waitFor();
    const asked = async (path: string) =>
      (await fetch(new URL(path, team.daemon.apiUrl), { headers: team.daemon.headers })).json();
    const { execution } = await execute(walletOf(chain, REQUESTER), {
      deployment: operator.deployment,
      cluster,
      input: "hi",
    });
    const id = `${execution}.0`;
    const jobs = page.getByRole("region", { name: "Jobs" });
    await jobs.getByRole("link", { name: `Job ${id}` }).click();
    const story = page.getByRole("region", { name: "From event to settlement" });
    await story.getByText("Created on the chain").waitFor();
    // The chain goes on by what is sent alone.
    const time = testClientOf(chain);
    await until("it is final", async () => {
      await time.mine({ blocks: 1 });
      return (await page.getByText("final", { exact: true }).count()) > 0;
    });
    const moments = await story.getByRole("listitem").locator("strong").allInnerTexts();
    expect(moments).to.include.members([
      "Seen by this node",
      "Taken up",
      "Answered",
      "Signed",
      "Sent",
      "Accepted",
      "Final",
    ]);
    expect(await story.getByText(/^\+ \d/).count()).to.be.at.least(6);
    const log = page.getByRole("region", { name: "Log", exact: true });
    await log.getByText("job ended").waitFor();
    await page.getByRole("region", { name: "Attempts" }).getByText("answered", { exact: true }).waitFor();
    await page
      .getByRole("region", { name: "Transaction" })
      .getByText(/1 answer in it/)
      .waitFor();
    await look(page, "job");
    await page.getByRole("link", { name: "This node", exact: true }).last().click();
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.getByRole("region", { name: "Jobs" }).getByText("final", { exact: true }).first().waitFor();
    await page.emulateMedia({ colorScheme: "dark" });
    await look(page, "daemon");
    statusSchema.parse(await asked("/status"));
    liveJobsSchema.parse(await asked("/jobs"));
    await goTo(page, "/ui/daemon/jobs/999.0");
    await page.getByRole("heading", { name: "That is not here" }).waitFor();
  });

  it("says what is wrong with a daemon and what each code means, and has hostile words be text", async () => {
    const { world } = await managed();
    world.clusters.push(clusterNamed(1n, HOSTILE.name));
    const chain = {
      ...(world.status.value.chain as object),
      lagBlocks: 9,
      error: { code: "RPC_TIMEOUT", message: HOSTILE.text },
    };
    world.status.value = {
      ...world.status.value,
      chain,
      account: {
        ...(world.status.value.account as object),
        nonce: 3,
        readAtMs: null,
        inFlight: 1,
        waiting: 2,
        alert: { code: "FEE_TOO_HIGH", message: HOSTILE.text },
      },
      ready: { ready: false, checks: { disk: { ok: false, reason: "the disk is full" } }, warnings: [] },
      errors: [{ atMs: Date.now(), level: "error", code: "RPC_TIMEOUT", message: HOSTILE.name }],
      jobs: {
        live: { leased: 0, running: 1, signed: 0, sent: 0, mined: 0 },
        ended: { final: 1, failed: 0, dropped: 0 },
      },
      activeJobs: 1,
      waitingJobs: 0,
      places: 4,
      draining: true,
      models: ["1"],
      nodesUp: [],
      peerAddresses: [],
      sandbox: { about: "none", notKept: "everything" },
    };
    const page = await show(await world.address("view", "/ui/daemon"), { bypassCSP: true });
    await page.getByText("the disk is full").waitFor();
    await page.getByText("9 blocks").waitFor();
    await page
      .getByRole("region", { name: "Last warnings and errors" })
      .getByText("RPC_TIMEOUT: what to do")
      .click();
    await page.getByText("pleiad explain RPC_TIMEOUT").waitFor();
    await page.setViewportSize(PHONE);
    await expectNoWiderThanScreen(page);
    await expectAccessible(page);
    expect(await page.evaluate(() => (globalThis as { canary?: number }).canary)).to.equal(undefined);
  });
});
