import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { createFloodGauge } from "../../../dashboard/src/views/terminals/flood.ts";
import {
  FLOOD_AGAIN_CHARACTERS_MAX,
  FLOOD_CHARACTERS_MAX,
  FLOOD_WAITING_CHARACTERS_MAX,
  FLOOD_WINDOW_MS,
  INPUT_CHARACTERS_MAX,
  PASTE_CHARACTERS_MAX,
} from "../../../dashboard/src/views/terminals/limits.ts";
import { createTyping, pasteOf } from "../../../dashboard/src/views/terminals/typing.ts";
import { until } from "../../fixtures/until.ts";
import { type TestSource, testSource } from "../../node/agents/terminals/support.ts";
import { startBrowser } from "../support/browser.ts";
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

const PATH = "/ui/clusters/1/terminals";
const ESC = "\u001b";
/** A cluster's workspace, as far as terminals ask it. */
const WORKSPACE = {
  as: () => ({ readRules: async () => ({}) }),
  clusters: () => [],
  onChange: () => () => {},
};

after(closeSharedTeam);

describe("dashboard's terminals", function () {
  this.timeout(60_000);
  let browser: Browser;
  let world: World;
  let opened: OpenPage[] = [];

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    world = await startWorld({ workspace: WORKSPACE });
  });
  afterEach(async () => {
    for (const { context } of opened) await context.close();
    opened = [];
    await world.close();
  });

  async function terminal(
    name: string,
    text = "",
    more: { readonly isViewOnly?: boolean } = {},
  ): Promise<TestSource> {
    const source = testSource();
    await world.api().terminals.open({ cluster: 1n, name, source, size: { columns: 80, rows: 24 }, ...more });
    source.print(text);
    return source;
  }
  async function open(
    role: "view" | "act",
    path = PATH,
    options: BrowserContextOptions = {},
  ): Promise<OpenPage> {
    const page = await openPage(browser, await world.address(role, path), options);
    opened.push(page);
    return page;
  }
  const pane = (page: Page, name: string): Locator => page.getByRole("region", { name, exact: true });
  const shown = (page: Page, name: string): Locator => pane(page, name).locator(".xterm-rows");
  const viewers = (name: string) => world.api().terminals.find(1n, name)?.viewers();

  it("show whoever joins late the exact screen, in its colours, then all that follows, without a breach of the policy", async () => {
    const source = await terminal(
      "ada",
      `one\r\n${ESC}[31mred${ESC}[0m ${ESC}[38;2;1;200;3mgreen${ESC}[0m\r\n`,
    );
    await terminal("ben", "of ben");
    const { page, complaints } = await open("act", `${PATH}?show=ada`, { colorScheme: "dark" });
    await shown(page, "ada").getByText("green").waitFor();
    const colour = (text: string) =>
      shown(page, "ada")
        .getByText(text)
        .evaluate((element) => getComputedStyle(element).color);
    expect(await colour("red")).to.equal("rgb(255, 143, 135)");
    expect(await colour("green")).to.equal("rgb(1, 200, 3)");
    await page.keyboard.press("t");
    await until("the light theme is drawn", async () => (await colour("red")) === "rgb(163, 29, 22)");
    // On a light ground that green could not be read.
    expect(await colour("green")).to.not.equal("rgb(1, 200, 3)");
    source.print(`${ESC}[?1049h${ESC}[H${ESC}[2Jthe other screen`);
    await shown(page, "ada").getByText("the other screen").waitFor();
    await terminal("cleo", "of cleo");
    await page.getByRole("list", { name: "Terminals" }).getByRole("link", { name: "cleo" }).click();
    await shown(page, "cleo").getByText("of cleo").waitFor();
    expect(new URL(page.url()).search).to.equal("?show=cleo");
    // What nobody sees is not asked for.
    await until("ada has no viewer", () => viewers("ada") === 0);
    expect(await page.locator("style, [style='']").count()).to.equal(0);
    expect(complaints).to.deep.equal([]);
  });

  it("take what a person types who turned it on, show a paste of several lines first, and say how it ended", async () => {
    const source = await terminal("ada", "ready");
    const { page, context } = await open("act");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await shown(page, "ada").getByText("ready").waitFor();
    await pane(page, "ada").locator(".xterm-screen").click();
    await page.keyboard.type("x");
    await pane(page, "ada").getByRole("button", { name: "Type here, to ada" }).click();
    await pane(page, "ada").getByText("What you type goes to ada").waitFor();
    await page.keyboard.type("gt");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await until("it was typed", () => source.typed.join("") === "gt\t\r");
    expect(page.url()).to.include(PATH);
    // Several lines are shown before they are keys; a clipboard's own sequences are none.
    await page.evaluate((text) => navigator.clipboard.writeText(text), `first${ESC}[201~\nsecond`);
    await page.keyboard.press("Control+v");
    const question = page.getByRole("alertdialog", { name: "Paste into ada?" });
    await question.getByText("Paste 2 lines into ada?").waitFor();
    expect(source.typed.join("")).to.equal("gt\t\r");
    await question.getByRole("button", { name: "Paste" }).click();
    await until("it was pasted", () => source.typed.join("") === "gt\t\rfirst[201~\rsecond");
    await page.keyboard.press("F6");
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal("Stop typing");
    await page.keyboard.press("Enter");
    await pane(page, "ada").getByRole("button", { name: "Type here, to ada" }).waitFor();
    source.print("\r\nlast words");
    source.finish({ why: "failed", exitCode: 3 });
    await pane(page, "ada").getByText("Ended: failed, exit code 3").waitFor();
    await shown(page, "ada").getByText("last words").waitFor();
    expect(await pane(page, "ada").getByRole("button", { name: "Type here, to ada" }).isDisabled()).to.equal(
      true,
    );
    // Its agent works again: the page joins by itself.
    await terminal("ada", "a second life");
    await shown(page, "ada").getByText("a second life").waitFor();
  });

  it("say whom the token lets look alone why they cannot type, and send nothing of theirs", async () => {
    const source = await terminal("ada", "ready");
    const { page } = await open("view");
    await shown(page, "ada").getByText("ready").waitFor();
    await page.getByText("You can look and not type.").waitFor();
    const button = pane(page, "ada").getByRole("button", { name: "Type here, to ada" });
    expect(await button.isDisabled()).to.equal(true);
    await pane(page, "ada").locator(".xterm-screen").click();
    await page.keyboard.type("rm");
    await page.getByRole("heading", { name: "Terminals", level: 1 }).waitFor();
    expect(await pane(page, "ada").getByText("Give it the size").count()).to.equal(0);
    expect(source.typed).to.deep.equal([]);
    expect(source.sizes).to.have.length(1);
  });

  it("find text with how often it is there, copy, pause, show plain text, and take the size of a pane", async () => {
    const lines = Array.from(
      { length: 100 },
      (_, index) => `line ${index}${index % 10 === 0 ? " needle" : ""}`,
    );
    const source = await terminal("ada", `${lines.join("\r\n")}\r\n`);
    const { page, context } = await open("act");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const ada = pane(page, "ada");
    await shown(page, "ada").getByText("line 99").waitFor();
    await ada.getByRole("button", { name: "Find in ada" }).click();
    await page.keyboard.type("needle");
    await ada.getByText("of 10").waitFor();
    const before = await ada.getByText("of 10").textContent();
    await page.keyboard.press("Enter");
    await until("the next is found", async () => (await ada.getByText("of 10").textContent()) !== before);
    await page.keyboard.press("Escape");
    const more = async (name: string) => {
      await ada.getByText("More").click();
      await ada.getByRole("button", { name }).click();
    };
    await more("Copy all of its text");
    await ada.getByText("Copied all text").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied.split("\n")).to.deep.equal(lines);
    await more("Show it as plain text");
    await ada.getByRole("region", { name: "Text of ada's terminal" }).getByText("line 10 needle").waitFor();
    await until("it is not drawn meanwhile", () => viewers("ada") === 0);
    await more("Show it as a terminal");
    await ada.getByText("Live").waitFor();
    await ada.getByRole("button", { name: "Pause ada" }).click();
    await ada.getByText("Paused").first().waitFor();
    // What the daemon heeds after the pause says that it heeded that.
    const other = await open("view", `${PATH}?show=ada`);
    await shown(other.page, "ada").getByText("line 99").waitFor();
    source.print("while it was paused\r\n");
    await shown(other.page, "ada").getByText("while it was paused").waitFor();
    expect(await shown(page, "ada").getByText("while it was paused").count()).to.equal(0);
    await ada.getByRole("button", { name: "Go on with ada" }).click();
    await shown(page, "ada").getByText("while it was paused").waitFor();
    await ada.getByText("21 characters left out").waitFor();
    expect(source.sizes).to.have.length(1);
    await more("Give it the size of this pane");
    await until("it has the size", () => source.sizes.length === 2);
    const { columns, rows } = source.sizes[1] ?? { columns: 0, rows: 0 };
    await ada.getByText(`${columns}×${rows}`).waitFor();
  });

  it("are shown beside each other, chosen and left by keys and links, and not drawn while nobody sees them", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `agent-${index}`);
    const sources = [];
    for (const name of names) sources.push(await terminal(name, `of ${name}`));
    const { page, complaints } = await open("act", `${PATH}?show=agent-1,agent-0`, {
      viewport: { width: 1280, height: 600 },
    });
    await shown(page, "agent-0").getByText("of agent-0").waitFor();
    await shown(page, "agent-1").getByText("of agent-1").waitFor();
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest("section")?.querySelector("h2")?.textContent);
    await page.keyboard.press("2");
    expect(await focused()).to.equal("agent-0");
    await page.keyboard.press("]");
    expect(await focused()).to.equal("agent-1");
    const widthOf = async (name: string) => (await pane(page, name).boundingBox())?.width ?? 0;
    const before = await widthOf("agent-1");
    await page.getByRole("separator", { name: "Width of column 1" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await widthOf("agent-1")).to.be.greaterThan(before);
    await page.getByRole("button", { name: "Show agent-2 beside" }).click();
    await shown(page, "agent-2").getByText("of agent-2").waitFor();
    expect(new URL(page.url()).searchParams.get("show")).to.equal("agent-1,agent-0,agent-2");
    await pane(page, "agent-1").getByRole("button", { name: "Take agent-1 away" }).click();
    await pane(page, "agent-1").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Show one" }).click();
    await pane(page, "agent-2").waitFor({ state: "detached" });
    await page.keyboard.press("[");
    await shown(page, "agent-11").getByText("of agent-11").waitFor();
    await goTo(page, `${PATH}?show=${names.join(",")}`);
    await shown(page, "agent-0").getByText("of agent-0").waitFor();
    expect(viewers("agent-11")).to.equal(0);
    await pane(page, "agent-11").scrollIntoViewIfNeeded();
    await shown(page, "agent-11").getByText("of agent-11").waitFor();
    await until("what is above is not drawn", () => viewers("agent-0") === 0);
    await pane(page, "agent-11").getByRole("link", { name: "agent-11" }).click();
    expect(new URL(page.url()).pathname).to.equal("/ui/clusters/1/team/agent-11");
    await until("nobody looks any more", () => viewers("agent-11") === 0);
    // Another tab of the browser is in front.
    await goTo(page, `${PATH}?show=agent-3`);
    await shown(page, "agent-3").getByText("of agent-3").waitFor();
    const setHidden = (isHidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isHidden);
    await setHidden(true);
    await until("nobody looks", () => viewers("agent-3") === 0);
    sources[3]?.print(" and what came meanwhile");
    await setHidden(false);
    await shown(page, "agent-3").getByText("and what came meanwhile").waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it("draw no flood: they say so, say how much was left out, and end at the exact screen", async () => {
    const source = await terminal("ada", "calm\r\n");
    const { page, complaints } = await open("act");
    await shown(page, "ada").getByText("calm").waitFor();
    const chunk = `${"y".repeat(70)}\r\n`.repeat(800);
    const ada = world.api().terminals.find(1n, "ada");
    let isOver = false;
    const flood = (async () => {
      while (!isOver) {
        source.print(chunk);
        await ada?.changed();
        while (source.paused()) await ada?.changed();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await pane(page, "ada").getByText("Too fast to draw").waitFor();
    await pane(page, "ada").getByText("left out so far").waitFor();
    await page.keyboard.press("t");
    isOver = true;
    await flood;
    source.print("the very end");
    await shown(page, "ada").getByText("the very end").waitFor();
    await pane(page, "ada").getByText("Live").waitFor();
    await pane(page, "ada").getByText("left out while it was not drawn").waitFor();
    await pane(page, "ada").getByRole("button", { name: "Fine" }).click();
    await pane(page, "ada").getByText("left out while it was not drawn").waitFor({ state: "detached" });
    expect(complaints).to.deep.equal([]);
  });

  it("join again by themselves when the daemon and then the agent are back", async () => {
    await terminal("ada", "before");
    const { page } = await open("act");
    await shown(page, "ada").getByText("before").waitFor();
    await world.goAway();
    await pane(page, "ada").getByText("Connecting again").waitFor();
    await shown(page, "ada").getByText("before").waitFor();
    await world.comeBack();
    await pane(page, "ada").getByText("has no terminal on this node now").waitFor();
    await terminal("ada", "after");
    await shown(page, "ada").getByText("after").waitFor();
    await pane(page, "ada").getByText("Live").waitFor();
  });

  it("let nothing act that an agent prints or is called, be the daemon's filter there or not", async () => {
    const name = HOSTILE.name.slice(0, 60);
    const source = await terminal(name, HOSTILE.text);
    await terminal(HOSTILE.name, HOSTILE.text);
    const evil = [
      `${ESC}]52;c;ZXZpbA==\u0007`,
      `${ESC}]2;evil title\u0007`,
      `${ESC}]8;;javascript:globalThis.canary=1\u0007click me${ESC}]8;;\u0007`,
      `${ESC}]11;#ff0000\u0007${ESC}]11;?\u0007`,
      `${ESC}[c${ESC}[>c${ESC}[6n${ESC}[5n${ESC}[?6n${ESC}[18t${ESC}[21t${ESC}P$qm${ESC}\\`,
      `https://attacker.example/ `,
    ].join("");
    source.print(evil);
    const forged = await terminal("forged", "");
    const sent: string[] = [];
    const { page, context, asked, complaints } = await open(
      "act",
      `${PATH}?show=${encodeURIComponent(encodeURIComponent(name))}`,
    );
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.evaluate(() => navigator.clipboard.writeText("mine"));
    // As if the daemon let everything through.
    await page.routeWebSocket(/terminals\/forged$/, (socket) => {
      socket.onMessage((message) => void sent.push(String(message)));
      const told = {
        name: "forged",
        kind: "program",
        columns: 80,
        rows: 24,
        viewers: 0,
        mayType: true,
        state: "running",
      };
      socket.send(JSON.stringify({ kind: "open", terminal: told }));
      socket.send(
        JSON.stringify({
          kind: "screen",
          columns: 80,
          rows: 24,
          data: `${ESC}cforged ${evil}done`,
          leftOut: 0,
        }),
      );
    });
    await page.locator(".xterm-rows").getByText("attacker.example").first().waitFor();
    await goTo(page, `${PATH}?show=forged`);
    await pane(page, "forged").getByRole("button", { name: "Type here, to forged" }).click();
    await shown(page, "forged").getByText("click me").waitFor();
    await shown(page, "forged")
      .getByText("click me")
      .click({ force: true, modifiers: ["Control"] });
    await page.keyboard.type("k");
    await until("a key was sent", () => sent.length > 0);
    expect(sent.map((text) => JSON.parse(text))).to.deep.equal([{ kind: "input", data: "k" }]);
    expect(forged.typed).to.deep.equal([]);
    expect(await page.evaluate(() => navigator.clipboard.readText())).to.equal("mine");
    expect(await page.title()).to.not.include("evil");
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    expect(
      await page
        .locator("main a[href*='attacker'], main a[href^='javascript'], main img, main iframe")
        .count(),
    ).to.equal(0);
    expect(asked.filter((url) => new URL(url).host !== new URL(world.url()).host)).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
    await expectNoWiderThanScreen(page);
  });

  it("have the graphics processor draw the one with the focus, and go on without where it is lost", async () => {
    const source = await terminal("ada", "of ada");
    await terminal("ben", "of ben");
    const graphics = await startBrowser({ hasGraphics: true });
    try {
      const { page, complaints } = await openPage(
        graphics,
        await world.address("act", `${PATH}?show=ada,ben`),
      );
      // What the graphics processor draws has no rows in the document.
      const isDrawnFast = (name: string) => shown(page, name).waitFor({ state: "detached" });
      await shown(page, "ben").getByText("of ben").waitFor();
      await isDrawnFast("ada");
      await page.clock.install();
      await page.keyboard.press("2");
      await isDrawnFast("ben");
      await shown(page, "ada").getByText("of ada").waitFor();
      const isLost = await pane(page, "ben")
        .locator("canvas")
        .evaluateAll((all) => {
          const context = (all as HTMLCanvasElement[])
            .map((one) => one.getContext("webgl2"))
            .find((one) => one !== null);
          context?.getExtension("WEBGL_lose_context")?.loseContext();
          return context?.isContextLost();
        });
      expect(isLost).to.equal(true);
      // It may come back by itself for so long.
      await page.clock.fastForward(5_000);
      await shown(page, "ben").getByText("of ben").waitFor();
      source.print(" goes on");
      await shown(page, "ada").getByText("of ada goes on").waitFor();
      expect(complaints).to.deep.equal([]);
    } finally {
      await graphics.close();
    }
  });

  for (const colorScheme of ["dark", "light"] as const) {
    it(`have nothing that axe finds, in ${colorScheme}`, async () => {
      const colours = Array.from(
        { length: 16 },
        (_, index) => `${ESC}[38;5;${index}mcolour ${index}${ESC}[0m`,
      );
      const prompt = `${ESC}[32mada${ESC}[0m:${ESC}[34m~/app${ESC}[0m$ `;
      await terminal(
        "ada",
        `${prompt}npm test\r\n\r\n  ${colours.join("\r\n  ")}\r\n\r\n${ESC}[1;42;30m PASS ${ESC}[0m 41 tests\r\n${prompt}`,
      );
      const done = await terminal("ben", `${prompt}git push\r\n`);
      await terminal("cleo", "thinking…\r\n");
      done.finish({ why: "failed", exitCode: 1 });
      const { page } = await open("act", `${PATH}?show=ada,ben,cleo`, { colorScheme, bypassCSP: true });
      await shown(page, "ada").getByText("41 tests").waitFor();
      await pane(page, "ben").getByText("Ended: failed").waitFor();
      await pane(page, "ada").getByRole("button", { name: "Type here, to ada" }).click();
      await pane(page, "ada").getByText("More").click();
      await page.getByRole("button", { name: "Screen reader" }).click();
      await expectAccessible(page);
      await picture(page, `terminals-${colorScheme}`);
      await goTo(page, `${PATH}?show=ada`);
      await pane(page, "ben").waitFor({ state: "detached" });
      await picture(page, `terminals-one-${colorScheme}`);
    });
  }

  it("fit a phone, and say what to do where there are none", async () => {
    const { page } = await open("act", PATH, { viewport: PHONE });
    await page.getByText("No agent of this node has a terminal").waitFor();
    await picture(page, "terminals-none-phone");
    await terminal("ada", `${"0123456789".repeat(8)}\r\nof ada`);
    await terminal("ben", "of ben");
    await shown(page, "ada").getByText("of ada").waitFor();
    await expectNoWiderThanScreen(page);
    await picture(page, "terminals-phone");
    await page.getByLabel("Terminal", { exact: true }).selectOption("ben");
    await shown(page, "ben").getByText("of ben").waitFor();
  });
});

describe("typing into a terminal from the page", () => {
  it("reaches the agent that works, whose answer is shown", async function () {
    this.timeout(60_000);
    const team = await sharedTeam();
    await team.spawn("typist");
    const path = `/ui/clusters/${team.cluster}/terminals?show=typist`;
    const { page, context } = await openPage(team.browser, await team.address("act", path));
    const typist = page.getByRole("region", { name: "typist", exact: true });
    await typist.getByText("Live").waitFor();
    await typist.locator(".xterm-rows").getByText("waits for messages").waitFor();
    await typist.getByRole("button", { name: "Type here, to typist" }).click();
    await page.keyboard.type("DO say heard you");
    await page.keyboard.press("Enter");
    await until("it answered", async () => {
      const rows = ((await typist.locator(".xterm-rows").textContent()) ?? "").split("heard you");
      return rows.length > 2;
    });
    await context.close();
  });

  it("goes out in pieces that the daemon takes, and cuts no sign in two", async () => {
    const sent: string[] = [];
    const done = Promise.withResolvers<void>();
    const text = `${"x".repeat(INPUT_CHARACTERS_MAX - 1)}😀end`;
    createTyping((piece) => {
      sent.push(piece);
      if (sent.join("") === text) done.resolve();
    }).type(text);
    await done.promise;
    expect(sent.map(({ length }) => length)).to.deep.equal([INPUT_CHARACTERS_MAX - 1, 5]);
  });

  it("takes of a paste its text and no keys, and so much of it", () => {
    expect(pasteOf("a\r\nb\rc\td\u001b[201~\u0003")).to.deep.equal({
      text: "a\nb\nc\td[201~",
      lines: 3,
      isCut: false,
    });
    expect(pasteOf("y".repeat(PASTE_CHARACTERS_MAX + 1))).to.include({ isCut: true });
  });
});

describe("flood of a terminal", () => {
  it("is what comes too fast, or waits to be drawn", () => {
    const gauge = createFloodGauge();
    expect(gauge.isFlood(FLOOD_CHARACTERS_MAX, 0, 0)).to.equal(false);
    expect(gauge.isFlood(1, 0, FLOOD_WINDOW_MS - 1)).to.equal(true);
    expect(gauge.isFlood(1, 0, FLOOD_WINDOW_MS)).to.equal(false);
    expect(gauge.isFlood(1, FLOOD_WAITING_CHARACTERS_MAX + 1, FLOOD_WINDOW_MS + 1)).to.equal(true);
    expect(
      gauge.isFlood(FLOOD_AGAIN_CHARACTERS_MAX, 0, 3 * FLOOD_WINDOW_MS, FLOOD_AGAIN_CHARACTERS_MAX),
    ).to.equal(false);
    expect(gauge.isFlood(1, 0, 3 * FLOOD_WINDOW_MS, FLOOD_AGAIN_CHARACTERS_MAX)).to.equal(true);
    gauge.forget();
    expect(gauge.isFlood(1, 0, FLOOD_WINDOW_MS + 2)).to.equal(false);
  });
});
