import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { PermissionAnswer, PermissionRequest } from "../../../node/src/agents/session.ts";
import { until } from "../../fixtures/until.ts";
import { HOSTILE, startWorld, type World } from "../support/daemon.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  type OpenPage,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { closeSharedTeam, sharedTeam } from "../support/team.ts";

const OPTIONS = [
  { id: "once", label: "Yes", kind: "allowOnce" },
  { id: "always", label: "Yes, and don't ask again", kind: "allowAlways" },
  { id: "no", label: "No", kind: "rejectOnce" },
] as const;
const PRICES = {
  currency: "USD",
  inputMicrosPerMillion: 3_000_000n,
  outputMicrosPerMillion: 15_000_000n,
  cachedMicrosPerMillion: 300_000n,
};

after(closeSharedTeam);

describe("dashboard's approvals and budgets", function () {
  this.timeout(60_000);
  let browser: Browser;
  let world: World;
  const open: OpenPage[] = [];

  before(async () => {
    ({ browser } = await sharedTeam());
  });
  beforeEach(async () => {
    world = await startWorld({
      budgets: { agent: "1", cluster: "20", day: "5" },
      rules: [{ tool: "Read", answer: "allowOnce" }],
    });
  });
  afterEach(async () => {
    for (const { context } of open.splice(0)) await context.close();
    await world.close();
  });

  async function show(
    path: string,
    role: "view" | "act" = "act",
    options: BrowserContextOptions = {},
  ): Promise<Page> {
    const opened = await openPage(browser, await world.address(role, path), options);
    open.push(opened);
    return opened.page;
  }

  function ask(
    agent: string,
    title: string,
    change: Partial<PermissionRequest> = {},
  ): { readonly answer: Promise<PermissionAnswer>; readonly end: () => void } {
    const ending = new AbortController();
    const request = { title, tool: "Bash", input: '{"command":"git push"}', options: OPTIONS, ...change };
    const answer = world.books.approvals.ask({ agent, cluster: 1n }, request, ending.signal);
    return { answer, end: () => ending.abort() };
  }

  const question = (page: Page, agent: string) =>
    page.getByRole("listitem", { name: `Question of ${agent}` });

  it("shows what an agent asks with its exact options, answered in one page and seen in another at once", async () => {
    const [here, there] = [await show("/ui/approvals"), await show("/ui/approvals", "view")];
    for (const page of [here, there]) await page.getByText("Nothing waits").waitFor();
    const { answer } = ask("ada", "Push to the shared branch");
    await question(here, "ada").getByText("Push to the shared branch").waitFor();
    await question(here, "ada").getByText("git push").waitFor();
    await here.getByRole("link", { name: "Approvals" }).getByText("1").waitFor();
    const labels = await question(here, "ada").getByRole("button").allInnerTexts();
    expect(labels.map((text) => text.split("\n")[0]?.trim())).to.deep.equal([
      "1 Yes",
      "2 Yes, and don't ask again",
      "3 No",
      "None of these",
    ]);
    // A token that may look sees why it may not answer.
    await question(there, "ada").getByText("This token may look and not act").waitFor();
    expect(await question(there, "ada").getByRole("button", { name: "3 No" }).isDisabled()).to.equal(true);
    await question(here, "ada").getByRole("button", { name: "3 No" }).click();
    expect(await answer).to.deep.equal({ option: "no" });
    await question(there, "ada").getByText("Refused").waitFor();
    await there.getByRole("region", { name: "Answered before" }).getByText("by the operator").waitFor();
    await here.getByRole("button", { name: "Put away those that are over" }).click();
    await here.getByText("Nothing waits").waitFor();
  });

  it("answers by rule: once for good, revoked, and by the configuration", async () => {
    const page = await show("/ui/approvals");
    const first = ask("ada", "Push");
    await question(page, "ada").getByRole("button", { name: "2 Yes, and don't ask again" }).click();
    expect(await first.answer).to.deep.equal({ option: "always" });
    const remembered = page.getByRole("region", { name: "Answered for good" });
    await remembered.getByText("ada: Push").waitFor();
    expect(await ask("ada", "Push").answer).to.deep.equal({ option: "once" });
    await page.getByText("by an answer for good").waitFor();
    await remembered.getByRole("button", { name: "Revoke the answer to Push" }).click();
    await remembered.getByText("Nothing yet.").waitFor();
    const again = ask("ada", "Push");
    await question(page, "ada").nth(1).getByRole("button", { name: "None of these" }).click();
    expect(await again.answer).to.deep.equal({ cancelled: true });
    expect(await ask("ada", "Look", { tool: "Read" }).answer).to.deep.equal({ option: "once" });
    await page.getByText("by the rule approvals.rules 1").waitFor();
    await page.getByRole("region", { name: "Rules of the configuration" }).getByText("Allow: Read").waitFor();
  });

  it("is answered by keyboard, and by no key alone; what is over stays where it stood", async () => {
    const page = await show("/ui/approvals");
    const first = ask("ada", "First");
    await question(page, "ada").waitFor();
    const second = ask("bob", "Second");
    await question(page, "bob").waitFor();
    for (const key of ["1", "2", "Enter"]) await page.keyboard.press(key);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.keyboard.press("3");
    expect((await world.books.approvals.waiting()).length).to.equal(2);
    await page.keyboard.press("Enter");
    expect(await first.answer).to.deep.equal({ option: "no" });
    await question(page, "ada").getByText("Refused").waitFor();
    const order = await page
      .getByRole("listitem", { name: /^Question of/ })
      .evaluateAll((items) => items.map((item) => item.getAttribute("aria-label")));
    expect(order).to.deep.equal(["Question of ada", "Question of bob"]);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).to.equal(
      "Question of ada",
    );
    await page.keyboard.press("j");
    await page.keyboard.press("1");
    await page.keyboard.press("Enter");
    expect(await second.answer).to.deep.equal({ option: "once" });
  });

  it("counts down, and says that nobody answered in time, by itself", async () => {
    await world.close();
    world = await startWorld({ waitMs: 2_500 });
    const page = await show("/ui/approvals");
    await page.getByText("Nothing waits").waitFor();
    const { answer } = ask("ada", "Push");
    await question(page, "ada")
      .getByText(/^[12]\.\d s left$/)
      .waitFor();
    expect(await answer).to.deep.equal({ cancelled: true });
    await question(page, "ada").getByText("Timed out").waitFor();
    await page.getByRole("region", { name: "Answered before" }).getByText("nobody answered").waitFor();
    expect(await question(page, "ada").getByRole("button", { name: "1 Yes" }).isDisabled()).to.equal(true);
  });

  it("has hostile words be text, says what an option does whatever it is called, and fits a phone in both themes", async () => {
    const page = await show("/ui/approvals", "act", { bypassCSP: true, colorScheme: "dark" });
    const hostile = ask(HOSTILE.name, HOSTILE.text, {
      tool: HOSTILE.name,
      input: HOSTILE.text.repeat(20),
      options: [
        { id: "a", label: "Deny\u202e", kind: "allowAlways" },
        { id: "b", label: HOSTILE.name, kind: "rejectAlways" },
      ],
    });
    const last = ask("ada", "Push to the shared branch");
    await page.getByText("Push to the shared branch").waitFor();
    await page.getByRole("button", { name: /Deny/ }).getByText("Allows it, and the very same").waitFor();
    await ask("bob", "Look", { tool: "Read" }).answer;
    await picture(page, "approvals-dark");
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await picture(page, "approvals-light", true);
    await expectAccessible(page);
    await page.setViewportSize(PHONE);
    await expectNoWiderThanScreen(page);
    await picture(page, "approvals-phone", true);
    expect(await page.evaluate(() => (globalThis as { canary?: number }).canary)).to.equal(undefined);
    expect(open.at(-1)?.asked.filter((url) => url.includes("attacker"))).to.deep.equal([]);
    hostile.end();
    last.end();
    await page.getByText("the agent's turn or session ended").first().waitFor();
  });

  it("shows limits, what is used of each, what was stopped by which, and each turn's prices", async () => {
    const page = await show("/ui/budgets", "view", { bypassCSP: true, colorScheme: "dark" });
    await page.getByText("No agent has used anything yet.").waitFor();
    await page.getByText("No turn yet.").waitFor();
    const start = { service: "claude", user: undefined, prices: PRICES } as const;
    const task = { execution: 9n, index: 1 };
    const turn = { model: "large-1", inputTokens: 100_000, outputTokens: 50_000, cachedTokens: 10_000 };
    const meter = await world.books.ledger.begin({ ...start, agent: "ada", cluster: 3n, task });
    await meter.spend({ ...turn, reportedMicros: undefined, isWhole: true });
    await page.getByRole("region", { name: "Used" }).getByText("1.053 USD of 1 USD, 105 %").waitFor();
    await page
      .getByRole("region", { name: "Stopped" })
      .getByText('the budget of agent "ada" is used up: 1.053 of 1 USD')
      .waitFor();
    const own = await world.books.ledger.begin({
      ...start,
      agent: "bob",
      cluster: undefined,
      task: undefined,
    });
    await own.spend({ ...turn, outputTokens: undefined, reportedMicros: undefined, isWhole: false });
    await page.getByText("of 1 turn: more was used than is counted").first().waitFor();
    const turns = page.getByRole("region", { name: "Turns", exact: true });
    await turns.getByText("3 / 0.3 / 15 USD per million tokens").first().waitFor();
    await turns.getByText("not told").waitFor();
    await page.getByText("BUDGET_USED_UP: what to do").click();
    await page.getByText("Raise the budget under").waitFor();
    await picture(page, "budgets-dark", true);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await expectAccessible(page);
    await picture(page, "budgets-light");
    await page.setViewportSize(PHONE);
    await expectNoWiderThanScreen(page);
    await picture(page, "budgets-phone", true);
    expect(open.at(-1)?.complaints).to.deep.equal([]);
  });
});

describe("dashboard's approvals of a real agent", function () {
  this.timeout(60_000);

  it("lets an agent that asks go on once somebody has answered in a page", async () => {
    const team = await sharedTeam();
    const opened = await openPage(team.browser, await team.address("act", "/ui/approvals"));
    const { page } = opened;
    await team.spawn("asker");
    const destination = { kind: "direct", to: "asker" } as const;
    await sendMessage(team.client, { destination, text: "DO ask may I touch it?", requestId: "asker-asks" });
    const asked = page.getByRole("listitem", { name: /^Question of .*asker$/ });
    await asked.getByText("may I touch it?").waitFor();
    await asked.getByText("/etc/passwd").waitFor();
    await asked.getByRole("button", { name: /^1 / }).click();
    await asked.getByText("Allowed").waitFor();
    await goTo(page, `/ui/budgets`);
    await page.getByRole("region", { name: "Turns", exact: true }).getByText(/asker/).first().waitFor();
    await until("nothing waits", async () => (await asked.count()) === 0);
    expect(opened.complaints).to.deep.equal([]);
    await opened.context.close();
  });
});
