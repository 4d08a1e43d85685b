import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Browser } from "playwright-core";
import { ALPHA, Net, type TestNode, tidyUp } from "../../node/workspace/support.ts";
import { startBrowser } from "../support/browser.ts";
import { HOSTILE, startWorld, type World } from "../support/daemon.ts";
import { expectNoWiderThanScreen, goTo, type OpenPage, openPage, PHONE } from "../support/page.ts";

const VIEWS = [
  ["messages", "Nobody has said anything yet."],
  ["threads", "There is no thread yet."],
  ["context", "Nothing is written here yet."],
  ["memory", "Nothing is remembered yet."],
  ["rules", "There are no rules yet."],
] as const;

describe("dashboard's views of what agents share", function () {
  this.timeout(60_000);
  let browser: Browser;
  let net: Net;
  let one: TestNode;
  let world: World;
  let opened: OpenPage;

  const path = (view: string) => `/ui/clusters/${ALPHA}/${view}`;

  before(async () => {
    browser = await startBrowser();
    net = new Net();
    // Its owner gave it a name of 10 kB, with markup and signs that turn the order of what stands around them.
    net.chain.agents.set(1n, { name: HOSTILE.name, node: 1n, clusters: [ALPHA] });
    one = await net.open(1n);
    world = await startWorld({ workspace: one.workspace });
    opened = await openPage(browser, await world.address("act", path("messages")), { viewport: PHONE });
  });
  after(async () => {
    await opened.context.close();
    await world.close();
    await tidyUp();
    await browser.close();
  });

  it("say what to do where nothing is yet", async () => {
    for (const [view, words] of VIEWS) {
      await goTo(opened.page, path(view));
      await opened.page.getByText(words).waitFor();
      await expectNoWiderThanScreen(opened.page);
    }
  });

  it("show names of whatever kind as names, on a phone, and no more of them than has room", async () => {
    const { page } = opened;
    const agent = one.agent(1n);
    await agent.sendMessage({ destination: { kind: "broadcast" }, text: "named so" });
    await agent.postToThread({ thread: "t".repeat(80), text: "named so" });
    await agent.writeContext({ key: "k".repeat(128), value: "named so" });
    await agent.remember({ text: "named so", tags: ["t".repeat(48)] });
    await agent.updateRules({ text: "named so" });
    const deep = [`threads/${"t".repeat(80)}`, `context/${"k".repeat(128)}`];
    for (const view of [...VIEWS.map(([name]) => name), ...deep]) {
      await goTo(page, path(view));
      await page.locator("main bdi:visible").filter({ hasText: "<img src=x" }).first().waitFor();
      await expectNoWiderThanScreen(page);
      expect(await page.locator("iframe, img, script:not([src])").count(), view).to.equal(0);
    }
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    expect(opened.complaints).to.deep.equal([]);
  });
});
