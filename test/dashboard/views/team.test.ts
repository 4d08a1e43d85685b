import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { until } from "../../fixtures/until.ts";
import { startBrowser } from "../support/browser.ts";
import { clusterNamed, executionOf, HOSTILE, startWorld, type World } from "../support/daemon.ts";
import { type MadeUpTeam, madeUpTeam } from "../support/madeUpTeam.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { closeSharedTeam, sharedTeam } from "../support/team.ts";

const SERVICES = { coder: { kind: "acp", model: "large" }, chat: { kind: "http", model: "small" } };

after(closeSharedTeam);

describe("dashboard's team, made up", function () {
  this.timeout(60_000);
  let browser: Browser;
  let world: World;
  let team: MadeUpTeam;
  const contexts: BrowserContext[] = [];
  let complaints: string[];

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    await world.close();
  });

  async function open(
    given: MadeUpTeam | undefined,
    { path = "/ui/clusters/1/team", ...options }: BrowserContextOptions & { path?: string } = {},
    role: "view" | "act" = "act",
  ): Promise<Page> {
    world = await startWorld({
      services: SERVICES,
      ...(given === undefined ? {} : { workspace: given.workspace, version: given.version }),
    });
    world.clusters.push(clusterNamed(1n, "site"));
    world.executions.push(executionOf(5n));
    if (given !== undefined) team = given;
    const opened = await openPage(browser, await world.address(role, path), options);
    contexts.push(opened.context);
    complaints = opened.complaints;
    return opened.page;
  }
  const cardOf = (page: Page, id: string) => page.locator(`[data-card="${id}"]`);

  it("draws who is there, tasks from left to right, helpers below who started them, and messages as they travel", async () => {
    const page = await open(madeUpTeam({ agents: 17, messages: 400 }));
    await cardOf(page, "agent:0").waitFor();
    const boxOf = async (id: string) => {
      const box = await cardOf(page, id).boundingBox();
      if (box === null) throw new Error(`${id} is not drawn`);
      return box;
    };
    expect((await boxOf("agent:0")).x).to.be.lessThan((await boxOf("agent:2")).x);
    expect((await boxOf("agent:2")).y).to.be.lessThan((await boxOf("helper:1/helper-002")).y);
    expect(await page.locator(".team-dependency").count()).to.equal(9);
    await cardOf(page, "agent:0").getByText("task of planner, execution 5").waitFor();
    await until("the page listens", () => team.listeners() > 0);
    const before = await boxOf("agent:1");
    team.say("agent:0", "agent:1", "it is on its way");
    await page.locator(".team-travel").waitFor({ state: "attached" });
    await cardOf(page, "agent:0").getByText("→ coder: it is on its way").waitFor();
    await page.locator(".team-travel").waitFor({ state: "detached" });
    team.change("agent:1", { state: "done" });
    world.tell("execution", 5n);
    const helper = cardOf(page, "helper:1/helper-001");
    await helper.getByText("Waiting").waitFor();
    const [member] = team.members.filter(({ id }) => id === "helper:1/helper-001");
    if (member?.program === undefined) throw new Error("it has a program");
    team.change(member.id, { program: { ...member.program, state: "working", note: "works at a message" } });
    await helper.getByText("works at a message").waitFor();
    expect(await boxOf("agent:1"), "nothing is moved where a state changes").to.deep.equal(before);
    expect(complaints).to.deep.equal([]);
  });

  it("is gone through by keyboard, and found by name and state in a graph and in a list", async () => {
    const page = await open(madeUpTeam({ agents: 17 }));
    await cardOf(page, "agent:0").waitFor();
    await cardOf(page, "agent:0").getByRole("link").focus();
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest<HTMLElement>("[data-card]")?.dataset.card);
    await page.keyboard.press("ArrowRight");
    await until("the next has the focus", async () => (await focused()) === "agent:2");
    await page.keyboard.press("ArrowDown");
    await until("the one below has it", async () => (await focused()) === "helper:1/helper-002");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "helper-002", level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole("searchbox").fill("helper-00");
    await page.getByText("9 of 18 found.").waitFor();
    await page.getByLabel("State").selectOption("waiting");
    await page.getByText("2 of 18 found.").waitFor();
    await page.getByRole("button", { name: "List" }).click();
    const list = page.getByRole("list", { name: "Agents" });
    expect(await list.getByRole("listitem").count()).to.equal(2);
    expect(new URL(page.url()).search).to.equal("?q=helper-00&state=waiting&as=list");
    await page.getByRole("searchbox").fill("nobody");
    await page.getByText("Nobody is called that or is in that state.").waitFor();
  });

  it("moves nothing for whoever wants no motion, and shows what was said all the same", async () => {
    const page = await open(madeUpTeam({ agents: 5 }), { reducedMotion: "reduce" });
    await cardOf(page, "agent:0").waitFor();
    await until("the page listens", () => team.listeners() > 0);
    team.say("agent:0", "agent:1", "without a move");
    await cardOf(page, "agent:0").getByText("→ coder: without a move").waitFor();
    expect(await page.locator(".team-travel").count()).to.equal(0);
  });

  it("has what agents say of themselves and to each other be text, on a phone too", async () => {
    const made = madeUpTeam({ agents: 4 });
    const hostile = { name: HOSTILE.name, role: HOSTILE.text, note: HOSTILE.text };
    for (const { id } of made.members) made.change(id, hostile);
    made.say("agent:0", "agent:1", HOSTILE.text);
    const page = await open(made, { viewport: PHONE });
    await page.getByRole("list", { name: "Agents" }).getByRole("listitem").first().waitFor();
    await expectNoWiderThanScreen(page);
    await page.getByRole("button", { name: "Graph" }).click();
    await page.locator(".team-card").first().waitFor();
    await expectNoWiderThanScreen(page);
    await page.locator(".team-card-link").first().press("Enter");
    await page.getByText("What it is", { exact: true }).waitFor();
    await expectNoWiderThanScreen(page);
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    expect(await page.locator("iframe, img, a[href^='javascript'], a[href*='attacker']").count()).to.equal(0);
    expect(complaints).to.deep.equal([]);
  });

  for (const colorScheme of ["dark", "light"] as const) {
    it(`has nothing that axe finds, in ${colorScheme}`, async () => {
      const made = madeUpTeam({ agents: 30, messages: 200 });
      const page = await open(made, { colorScheme, bypassCSP: true });
      await page.locator(".team-card").first().waitFor();
      await expectAccessible(page);
      await picture(page, `team-graph-${colorScheme}`);
      await page.getByRole("button", { name: "List" }).click();
      await expectAccessible(page);
      await picture(page, `team-list-${colorScheme}`);
      await page.getByRole("button", { name: "Start an agent" }).click();
      await page.getByRole("textbox", { name: "Name" }).waitFor();
      await expectAccessible(page);
      await picture(page, `team-spawn-${colorScheme}`);
      await page.keyboard.press("Escape");
      await goTo(page, "/ui/clusters/1/team/helper-003");
      await page.getByRole("button", { name: "End…" }).click();
      await page.getByRole("heading", { name: "End it for good?" }).waitFor();
      await expectAccessible(page);
      await picture(page, `team-end-${colorScheme}`);
      await page.keyboard.press("Escape");
      await expectAccessible(page);
      await picture(page, `team-agent-${colorScheme}`, true);
    });
  }

  it("says what to do where nobody is here, or the team is not open on this node", async () => {
    const page = await open(madeUpTeam({ agents: 0 }));
    await page.getByRole("heading", { name: "Nobody is here yet" }).waitFor();
    await page.getByText("pleiad workspace spawn ada", { exact: false }).waitFor();
    await goTo(page, "/ui/clusters/1/team/nobody");
    await page.getByRole("heading", { name: "nobody is not here" }).waitFor();
    await world.close();
    const other = await open(undefined);
    await other.getByRole("heading", { name: "The team of cluster 1 is not open here" }).waitFor();
    await other.getByText("network.enabled", { exact: false }).first().waitFor();
  });

  it("says why a token that may only look starts and ends nobody", async () => {
    const page = await open(madeUpTeam({ agents: 10 }), {}, "view");
    expect(await page.getByRole("button", { name: "Start an agent" }).isDisabled()).to.equal(true);
    await page.getByText("pleiad dashboard --role act", { exact: false }).first().waitFor();
    await goTo(page, "/ui/clusters/1/team/helper-001");
    expect(await page.getByRole("button", { name: "End…" }).isDisabled()).to.equal(true);
    expect(await page.getByRole("button", { name: "Send" }).isDisabled()).to.equal(true);
    expect(await page.getByRole("heading", { name: "It waits for you" }).count()).to.equal(0);
    const option = { id: "a", label: "Allow", kind: "allowOnce" };
    const waiting = world.books.approvals
      .ask(
        { agent: "helper 1/helper-001", cluster: 1n },
        { title: "remove the house", options: [option] } as never,
        new AbortController().signal,
      )
      .catch(() => undefined);
    await page.getByRole("heading", { name: "It waits for you" }).waitFor();
    await page.getByText("remove the house", { exact: false }).waitFor();
    await world.books.stop();
    await waiting;
  });
});

describe("dashboard's team, of a daemon", function () {
  this.timeout(60_000);

  it("starts an agent with a task and files, writes to it, restarts and ends it, and others see it", async () => {
    const team = await sharedTeam();
    const path = `/ui/clusters/${team.cluster}/team`;
    const { page, context, complaints } = await openPage(team.browser, await team.address("act", path));
    const other = await openPage(team.browser, await team.address("view", `${path}?as=list`));
    await page.getByRole("button", { name: "Start an agent" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("team-ada");
    await page.getByRole("textbox", { name: "Task" }).fill("DO attachments");
    const files = page.getByLabel("Files for the task");
    await files.setInputFiles({ name: "huge.bin", mimeType: "", buffer: Buffer.alloc(1_048_577) });
    await page.getByText("huge.bin has 1.0 MiB", { exact: false }).waitFor();
    await files.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("read me") });
    await page.getByRole("textbox", { name: "Task" }).evaluate((field) => {
      const pasted = new DataTransfer();
      for (let count = 0; count < 2; count += 1)
        pasted.items.add(new File([new Uint8Array([137, 80, 78, 71])], "image.png", { type: "image/png" }));
      const event = { clipboardData: pasted, bubbles: true, cancelable: true };
      field.dispatchEvent(new ClipboardEvent("paste", event));
    });
    await page.getByText("image-2.png", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Leave out image-2.png" }).click();
    await page.getByRole("button", { name: "Start it" }).click();
    await page.getByText("team-ada is started.", { exact: false }).waitFor();
    const link = other.page.getByRole("link", { name: "team-ada" });
    const row = other.page.getByRole("listitem").filter({ has: link });
    await row.waitFor();
    expect(await other.page.getByRole("button", { name: "Start an agent" }).isDisabled()).to.equal(true);
    await page.locator(".team-card", { hasText: "team-ada" }).getByRole("link").press("Enter");
    await page.getByRole("heading", { name: "team-ada", level: 1 }).waitFor();
    const mail = page.getByRole("list", { name: "Messages, the last first" });
    // Its answer names what it was given.
    await mail.getByText("notes.txt", { exact: false }).waitFor();
    expect(await mail.textContent())
      .to.include("image.png")
      .and.to.not.include("image-2");
    await page.getByLabel("Send it a message").fill("DO say thanks");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Sent.").waitFor();
    await mail.getByText(", done with", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Restart…" }).click();
    await page.getByRole("button", { name: "Restart it" }).click();
    await page.getByText("Its program starts again.").waitFor();
    await page.getByRole("button", { name: "End…" }).click();
    await page.getByText("Its session, its private folder and its terminal go.").waitFor();
    await page.getByRole("button", { name: "Leave it as it is" }).click();
    await row.getByText("Waiting").waitFor();
    await page.getByRole("button", { name: "End…" }).click();
    await page.getByRole("button", { name: "End it" }).click();
    await page.getByText("It has ended.", { exact: false }).first().waitFor();
    await row.waitFor({ state: "detached" });
    expect(complaints.concat(other.complaints).filter((text) => !/404/.test(text))).to.deep.equal([]);
    await context.close();
    await other.context.close();
  });
});
