import { postToThread } from "@pleiad/sdk/workspace/postToThread";
import { readThread } from "@pleiad/sdk/workspace/readThread";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { until } from "../../fixtures/until.ts";
import { HOSTILE } from "../support/daemon.ts";
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

describe("dashboard's threads", function () {
  this.timeout(60_000);
  let team: Team;
  let path: string;
  let opened: OpenPage;
  let page: Page;

  const row = (text: string) => page.getByRole("article").filter({ hasText: text });

  before(async () => {
    team = await sharedTeam();
    path = `/ui/clusters/${team.cluster}/threads`;
    opened = await openPage(team.browser, await team.address("act", path));
    page = opened.page;
  });
  after(() => opened.context.close());

  it("begin with a first post, and show each line with its author as it comes", async () => {
    await page.getByLabel("New thread").fill("words-plans");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("Nothing was posted to this thread.").waitFor();
    await page.getByLabel("Post", { exact: true }).fill("let us begin");
    await page.keyboard.press("Control+Enter");
    await row("let us begin").getByText(`Operator of node ${team.world.operator.node}`).waitFor();
    await page.getByText("Posted.", { exact: true }).waitFor();
    await postToThread(team.client, { thread: "words-plans", text: HOSTILE.text });
    await row("<iframe").waitFor();
    const { messages } = await readThread(team.client, { thread: "words-plans" });
    expect(messages.map(({ text }) => text)).to.deep.equal(["let us begin", HOSTILE.text]);
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    // That there was no such thread before.
    expect(opened.complaints.filter((one) => !one.includes("404"))).to.deep.equal([]);
    await picture(page, "threads-desktop");
  });

  it("say how many posts are new in one that is not looked at", async () => {
    await postToThread(team.client, { thread: "words-other", text: "hello" });
    const other = page
      .getByRole("navigation", { name: "Threads" })
      .getByRole("link", { name: "words-other" });
    await other.getByText("hello").waitFor();
    for (const text of ["and one", "and two"])
      await postToThread(team.client, { thread: "words-other", text });
    await other.getByText("2 new").waitFor();
    await other.click();
    await row("and two").waitFor();
    await until("nothing is new any more", async () => (await other.getByText("new").count()) === 0);
    expect(new URL(page.url()).pathname).to.equal(`${path}/words-other`);
  });

  it("can be read and not written by whoever may only look, on a phone, with nothing that axe finds in both themes", async () => {
    const looker = await openPage(team.browser, await team.address("view", `${path}/words-plans`), {
      colorScheme: "light",
      viewport: PHONE,
      bypassCSP: true,
    });
    await looker.page.getByRole("article").getByText("let us begin").waitFor();
    expect(await looker.page.getByRole("button", { name: "Post" }).isDisabled()).to.equal(true);
    await expectNoWiderThanScreen(looker.page);
    await expectAccessible(looker.page);
    await picture(looker.page, "threads-phone");
    await looker.page.getByRole("link", { name: "All threads" }).click();
    await looker.page.getByRole("link", { name: "words-other" }).waitFor();
    await expectNoWiderThanScreen(looker.page);
    await looker.page.emulateMedia({ colorScheme: "dark" });
    await looker.page.setViewportSize({ width: 1280, height: 860 });
    await goTo(looker.page, `${path}/words-plans`);
    await looker.page.getByRole("article").getByText("let us begin").waitFor();
    await expectAccessible(looker.page);
    await picture(looker.page, "threads-dark");
    await looker.context.close();
  });
});
