import { ackMessage } from "@pleiad/sdk/workspace/ackMessage";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { subscribeTopic } from "@pleiad/sdk/workspace/subscribeTopic";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { createTokenStore } from "../../../node/src/workspace/tokens/tokenStore.ts";
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

const USER = `0x${"a1".repeat(20)}` as const;
const ALL = { kind: "broadcast" } as const;

after(closeSharedTeam);

describe("dashboard's messages", function () {
  this.timeout(60_000);
  let team: Team;
  let path: string;
  /** The only agent of the chain here, as itself. */
  let agent: Team["client"];
  let opened: OpenPage;
  let page: Page;

  const row = (text: string, on = page) => on.getByRole("article").filter({ hasText: text });
  const say = async (text: string, destination: Parameters<typeof sendMessage>[1]["destination"] = ALL) =>
    (await sendMessage(agent, { destination, text })).message;

  before(async () => {
    team = await sharedTeam();
    path = `/ui/clusters/${team.cluster}/messages`;
    const tokens = createTokenStore({ dataFolder: team.world.data });
    const credential = { kind: "agent", agent: 0n, user: USER, cluster: team.world.cluster } as const;
    agent = team.world.client(team.daemon, (await tokens.create(credential, "words")).token);
    opened = await openPage(team.browser, await team.address("act", path));
    page = opened.page;
  });
  after(() => opened.context.close());

  it("show what is said as it is said, to whom, and what became of it", async () => {
    await page.getByRole("heading", { name: "Messages", level: 1 }).waitFor();
    await page.getByLabel("Name of whom it is for").fill("agent-0");
    await page.getByLabel("Message", { exact: true }).fill("is the door red?");
    await page.keyboard.press("Control+Enter");
    await page.getByText("queued until it is handed over").waitFor();
    const sent = row("is the door red?");
    await sent.getByText("queued").waitFor();
    await sent.getByText("to agent-0").waitFor();
    expect(await page.getByLabel("Message", { exact: true }).inputValue()).to.equal("");
    const message = (await readMessages(agent)).messages.find(({ text }) => text === "is the door red?");
    await sent.getByText("delivered").waitFor();
    await ackMessage(agent, { ids: message === undefined ? [] : [message.id] });
    await sent.getByText("acknowledged").waitFor();
    // Of two who hear it one acknowledges it.
    await team.spawn("hearer");
    await say("it is green");
    await row("it is green").getByText("to everyone").waitFor();
    await row("it is green").getByRole("button", { name: "Acknowledge" }).click();
    await row("it is green").getByText("acknowledged by 1").click();
    await row("it is green").getByText("acknowledged it").waitFor();
    expect(await row("it is green").getByRole("button", { name: "Acknowledge" }).count()).to.equal(0);
    await picture(page, "messages-desktop");
    expect(opened.complaints).to.deep.equal([]);
  });

  it("are answered in their conversation, narrowed by address, and each has a link", async () => {
    await subscribeTopic(team.client, { topic: "words" });
    await say("a topic's", { kind: "topic", topic: "words" });
    const { id } = await say("what next?", { kind: "direct", to: `node:${team.world.operator.node}` });
    await page
      .getByRole("option", { name: /^For you, not acknowledged \(\d+\)$/ })
      .waitFor({ state: "attached" });
    await row("what next?").getByRole("button", { name: "Reply" }).click();
    await page.getByText("answers what next?").waitFor();
    await page.getByLabel("Message", { exact: true }).fill("rest");
    await page.getByRole("button", { name: "Send" }).click();
    await row("rest").getByText("to agent-0").waitFor();
    await row("rest").getByRole("link", { name: "Its conversation" }).click();
    expect(new URL(page.url()).searchParams.get("thread")).to.equal(id);
    await row("what next?").waitFor();
    expect(await row("it is green").count()).to.equal(0);
    await page.getByRole("link", { name: "Show everything" }).click();
    await page.getByLabel("Topic", { exact: true }).selectOption("words");
    await row("a topic's").waitFor();
    await until("only the topic's are left", async () => (await page.getByRole("article").count()) === 1);
    await goTo(page, `${path}?box=sent&agent=agent-0`);
    await row("rest").waitFor();
    expect(await row("what next?").count()).to.equal(0);
    await goTo(page, `${path}?agent=nobody`);
    await page.getByText("No message fits that.").waitFor();
    await goTo(page, `${path}?message=0x${"ab".repeat(32)}`);
    await page.getByRole("heading", { name: "That message is not here" }).waitFor();
  });

  it("are read on as one scrolls up, stay where they are when more come, and lead back to the newest", async () => {
    const { id } = await say("the first of many", { kind: "topic", topic: "words" });
    const many = Array.from({ length: 84 }, (_, at) =>
      say(`number ${at}.`, { kind: "topic", topic: "words" }),
    );
    await Promise.all(many);
    await say("the last of many", { kind: "topic", topic: "words" });
    await goTo(page, `${path}?topic=words`);
    await row("the last of many").waitFor();
    await page.getByRole("button", { name: /^To the / }).waitFor({ state: "detached" });
    const scroller = page.getByRole("region", { name: /^Messages, / });
    await scroller.focus();
    const top = page.getByText("This is the first message.");
    const placeOf = async () => (await row("the first of many").boundingBox())?.y ?? 0;
    const edge = (await scroller.boundingBox())?.y ?? 0;
    await until("the first is reached", async () => {
      await page.keyboard.press("Home");
      if ((await top.count()) === 0 || (await row("the first of many").count()) === 0) return false;
      const place = await placeOf();
      // Drawn and measured: where it is to stay.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
      return place > edge && place === (await placeOf());
    });
    const before = await placeOf();
    await say("one more", { kind: "topic", topic: "words" });
    await page.getByRole("button", { name: "1 new one" }).waitFor();
    expect(await placeOf()).to.equal(before);
    expect(await row("one more").count()).to.equal(0);
    await page.getByRole("button", { name: "1 new one" }).click();
    await row("one more").waitFor();
    await goTo(page, `${path}?topic=words&message=${id}`);
    await row("the first of many").waitFor();
    // What is only on its way is not drawn: of 87 messages those on the screen, and some around them.
    expect(await page.getByRole("article").count()).to.be.lessThan(40);
  });

  it("keep what somebody began to write while another view is shown", async () => {
    await page.getByLabel("Message", { exact: true }).fill("half a letter");
    await goTo(page, "/ui/executions");
    await page.getByRole("heading", { name: "Executions", level: 1 }).waitFor();
    await goTo(page, path);
    expect(await page.getByLabel("Message", { exact: true }).inputValue()).to.equal("half a letter");
    await page.getByLabel("Message", { exact: true }).fill("");
    await page.getByLabel("To", { exact: true }).selectOption("a topic");
    await page.getByLabel("Name of the topic").fill("nobodys");
    await page.getByLabel("Message", { exact: true }).fill("hello");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("That was refused").waitFor();
    expect(await page.getByLabel("Message", { exact: true }).inputValue()).to.equal("hello");
  });

  it("are text, whatever they say, and long ones are folded", async () => {
    await say(HOSTILE.text);
    await say(`long\n${"a line of many\n".repeat(200)}the end`);
    await goTo(page, path);
    await row("the end").waitFor({ state: "detached" });
    await row("long")
      .getByRole("button", { name: /^Show all / })
      .click();
    await row("the end").waitFor();
    await row("<iframe").waitFor();
    expect(await page.locator("iframe, a[href*='attacker']").count()).to.equal(0);
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    expect(opened.complaints.filter((one) => !one.includes("404"))).to.deep.equal([]);
  });

  it("show whoever may only look all but a way to write, on a phone, with nothing that axe finds in both themes", async () => {
    const looker = await openPage(team.browser, await team.address("view", path), {
      colorScheme: "light",
      viewport: PHONE,
      bypassCSP: true,
    });
    await row("long", looker.page).waitFor();
    expect(await looker.page.getByRole("button", { name: "Send" }).isDisabled()).to.equal(true);
    await looker.page.getByText("This token may look and not act").waitFor();
    expect(await looker.page.getByRole("button", { name: "Reply" }).count()).to.equal(0);
    await expectNoWiderThanScreen(looker.page);
    await expectAccessible(looker.page);
    await picture(looker.page, "messages-phone");
    await looker.page.emulateMedia({ colorScheme: "dark" });
    await looker.page.setViewportSize({ width: 1280, height: 860 });
    await expectAccessible(looker.page);
    await picture(looker.page, "messages-dark");
    await looker.context.close();
  });
});
