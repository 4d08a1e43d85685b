import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { until } from "../fixtures/until.ts";
import { startBrowser } from "./support/browser.ts";
import { answered, clusterNamed, executionOf, HOSTILE, startWorld, type World } from "./support/daemon.ts";
import { expectAccessible, expectNoWiderThanScreen, goTo, openPage, PHONE, picture } from "./support/page.ts";

/** From the daemon's knowing of a change to the page's showing it. Milliseconds. */
const SHOWN_MS_MAX = 1_000;

describe("dashboard's page", function () {
  this.timeout(60_000);
  let browser: Browser;
  let world: World;
  let context: BrowserContext;
  /** Addresses that were asked for, and what the page complained of. */
  let asked: string[];
  let complaints: string[];

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    world = await startWorld();
    world.clusters.push(clusterNamed(1n, HOSTILE.name));
    world.executions.push(answered(1n), executionOf(2n));
  });
  afterEach(async () => {
    await context.close();
    await world.close();
  });

  async function open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const opened = await openPage(browser, address, options);
    ({ context, asked, complaints } = opened);
    return opened.page;
  }

  it("opens with the token of its address, which is then nowhere but in its memory", async () => {
    const address = await world.address();
    const token = address.split("token=")[1] ?? "";
    const page = await open(address);
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(page.url()).to.equal(`${world.url()}/`);
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.body.outerHTML]),
    );
    expect(kept).to.not.include(token);
    expect(asked.filter((url) => url.includes(token) && !url.startsWith("ws:"))).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
    await page.reload();
    await page.getByRole("heading", { name: "Open this page with a token" }).waitFor();
  });

  it("shows whoever has no token, a wrong or an ended one a calm page that says what to do", async () => {
    const page = await open(`${world.url()}/#token=wrong`);
    await page.getByRole("heading", { name: "This token does not open this daemon" }).waitFor();
    await page.getByText("pleiad dashboard", { exact: true }).waitFor();
    await page.getByLabel("Or paste the address, or a token").fill(await world.address());
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    const [given] = await world.tokens.list();
    await world.tokens.revoke(given?.id ?? "");
    world.tell("block", 13n);
    await page.getByRole("heading", { name: "This token does not open this daemon" }).waitFor();
    expect(await page.getByText("Overview").count()).to.equal(0);
  });

  it("keeps what it showed while the daemon is gone, and is live again when it is back", async () => {
    const page = await open(await world.address());
    await page.getByText("Live", { exact: true }).waitFor();
    await world.goAway();
    await page.getByText("The daemon does not answer.", { exact: false }).waitFor();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    world.executions.push(executionOf(77n));
    await world.comeBack();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Execution 77" }).first().waitFor();
    expect(await page.getByText("The daemon does not answer.").count()).to.equal(0);
  });

  it("says calmly that things are not here any more when the daemon comes back with another chain", async () => {
    const page = await open(await world.address("view", "/ui/executions/1"));
    await page.getByRole("heading", { name: "Execution 1", level: 1 }).waitFor();
    await world.goAway();
    world.executions.length = 0;
    world.clusters.length = 0;
    await world.comeBack();
    await page.getByRole("heading", { name: "That is not here" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await page.getByText("There is no cluster on this chain yet", { exact: false }).waitFor();
    await page.getByText("No execution has ended yet", { exact: false }).waitFor();
  });

  it("shows what changed as soon as the daemon knows it", async () => {
    const page = await open(await world.address());
    await page.getByText("Live", { exact: true }).waitFor();
    world.executions.push(executionOf(78n));
    const toldAtMs = performance.now();
    world.tell("execution", 78n);
    await page.getByRole("link", { name: "Execution 78" }).first().waitFor();
    expect(performance.now() - toldAtMs).to.be.lessThan(SHOWN_MS_MAX);
  });

  it("puts problems first, and says what to do about each", async () => {
    world.status.value = {
      ...world.status.value,
      ready: { ready: false, checks: {}, warnings: [{ code: "ACCOUNT_EMPTY", message: "no ether" }] },
    };
    const late = BigInt(Math.floor(Date.now() / 1_000)) - 10n;
    world.executions.push(executionOf(5n, { deadline: late }));
    const page = await open(await world.address());
    const problems = page.getByRole("region", { name: "Problems" });
    await problems.getByText("The account is empty").waitFor();
    await problems.getByRole("link", { name: "Execution 5 is lost" }).waitFor();
    await problems.getByText("pleiad execution expire 5", { exact: false }).waitFor();
  });

  it("has what chain, agents and peers say be text: no script runs, and nothing leaves for elsewhere", async () => {
    world.status.value = {
      ...world.status.value,
      errors: [{ atMs: Date.now(), level: "error", code: null, message: HOSTILE.text }],
    };
    const waiting = world.books.approvals
      .ask(
        { agent: HOSTILE.name, cluster: 1n },
        { title: HOSTILE.text, options: [{ id: "a", label: HOSTILE.name, kind: "allowOnce" }] } as never,
        new AbortController().signal,
      )
      .catch(() => undefined);
    const page = await open(await world.address());
    await page.getByText("asks for leave").first().waitFor();
    for (const path of [
      "/ui/executions/1",
      "/ui/executions/2",
      "/ui/clusters/1",
      "/ui/executions",
      "/ui/clusters",
    ]) {
      await goTo(page, path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      for (const summary of await page.locator("summary").all()) await summary.click();
    }
    await page.waitForLoadState("networkidle");
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    const elsewhere = asked.filter((url) => new URL(url).host !== new URL(world.url()).host);
    expect(elsewhere).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
    expect(await page.locator("iframe, img, a[href^='javascript'], a[href*='attacker']").count()).to.equal(0);
    // A name of 10 kB makes nothing wider than the screen.
    await expectNoWiderThanScreen(page);
    await world.books.stop();
    await waiting;
  });

  it("would not run a script that got into it all the same: its policy forbids it", async () => {
    const page = await open(await world.address());
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      try {
        script.text = "globalThis.canary = 1";
      } catch {
        // The browser refuses text that becomes a script already here.
      }
      document.body.append(script);
      const reached = await fetch("http://127.0.0.1:9/").then(
        () => true,
        () => false,
      );
      // Whoever could make a policy, the default one above all, could have any text become markup or a script.
      const policies = ["default", "another"].filter((name) => {
        const { trustedTypes } = globalThis as unknown as {
          trustedTypes: { createPolicy(name: string, rules: object): unknown };
        };
        try {
          trustedTypes.createPolicy(name, { createHTML: (text: string) => text });
          return true;
        } catch {
          return false;
        }
      });
      return { canary: "canary" in globalThis, reached, policies };
    });
    expect(ran).to.deep.equal({ canary: false, reached: false, policies: [] });
    expect(complaints.join(" ")).to.match(/Content Security Policy|TrustedScript/);
  });

  for (const colorScheme of ["dark", "light"] as const) {
    for (const [name, path, heading] of [
      ["overview", "/", "Overview"],
      ["execution", "/ui/executions/1", "Execution 1"],
      ["running execution", "/ui/executions/2", "Execution 2"],
    ] as const) {
      it(`has nothing that axe finds, on the ${name} in ${colorScheme}`, async () => {
        const page = await open(await world.address("act", path), { colorScheme, bypassCSP: true });
        await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
        await page.getByText("Live", { exact: true }).waitFor();
        await expectAccessible(page);
        await picture(page, `${name.replace(" ", "-")}-${colorScheme}`, true);
      });
    }
  }

  it("fits a phone", async () => {
    const page = await open(await world.address("view", "/ui/executions/1"), { viewport: PHONE });
    await page.getByRole("heading", { name: "Execution 1", level: 1 }).waitFor();
    await expectNoWiderThanScreen(page);
    await picture(page, "execution-phone");
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await expectNoWiderThanScreen(page);
    await picture(page, "overview-phone");
  });

  it("can be used with the keyboard alone", async () => {
    const page = await open(await world.address());
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal("main");
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByRole("heading", { name: "Executions", level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("1");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Execution 1", level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Executions", level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Escape");
    await until("the palette is closed", async () => (await page.getByRole("combobox").count()) === 0);
  });

  it("says calmly that a thing is not here, and that a link leads nowhere", async () => {
    const page = await open(await world.address("view", "/ui/executions/999"));
    await page.getByRole("heading", { name: "That is not here" }).waitFor();
    await goTo(page, "/ui/elsewhere");
    await page.getByRole("heading", { name: "That page is not here" }).waitFor();
    await page.getByRole("link", { name: "To the overview" }).click();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  });
});
