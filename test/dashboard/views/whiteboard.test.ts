import { deleteContext } from "@pleiad/sdk/workspace/deleteContext";
import { readContext } from "@pleiad/sdk/workspace/readContext";
import { writeContext } from "@pleiad/sdk/workspace/writeContext";
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

describe("dashboard's whiteboard", function () {
  this.timeout(60_000);
  let team: Team;
  let path: string;
  let opened: OpenPage;
  let page: Page;

  const at = (key: string) => `${path}/${encodeURIComponent(key)}`;
  const standing = async (key: string) => (await readContext(team.client, { key })).values[0]?.value;
  const editor = (on: Page, key: string) => on.getByRole("textbox", { name: `Value of ${key}` });

  before(async () => {
    team = await sharedTeam();
    path = `/ui/clusters/${team.cluster}/context`;
    opened = await openPage(team.browser, await team.address("act", path));
    page = opened.page;
  });
  after(() => opened.context.close());

  it("writes a new key, shows it with who wrote it, its history and what changed, and deletes it once one is sure", async () => {
    await page.getByLabel("New key").fill("words/plan");
    await page.getByLabel("New key").press("Enter");
    await editor(page, "words/plan").fill("first\nsecond");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByLabel("The value").getByText("second").waitFor();
    expect(await standing("words/plan")).to.equal("first\nsecond");
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await editor(page, "words/plan").fill("first\nthird");
    await page.getByRole("button", { name: "Save" }).click();
    const changed = page.getByLabel("What changed", { exact: true });
    await changed.getByText("third").waitFor();
    await changed.getByText("second").waitFor();
    await page.getByText("These are all versions that there were.").waitFor();
    await picture(page, "whiteboard-history");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Yes, delete it" }).click();
    await page.getByText("deleted by").first().waitFor();
    await page.getByRole("button", { name: "Write a value" }).waitFor();
    expect(opened.complaints).to.deep.equal([]);
  });

  it("tells two people who edit one key of each other at once, and lets the later decide, without any loss", async () => {
    await writeContext(team.client, { key: "words/both", value: "base" });
    const other = await openPage(team.browser, await team.address("act", at("words/both")));
    await goTo(page, at("words/both"));
    for (const on of [page, other.page]) {
      await on.getByRole("button", { name: "Edit", exact: true }).click();
    }
    await editor(page, "words/both").fill("mine");
    await editor(other.page, "words/both").fill("theirs");
    await other.page.getByRole("button", { name: "Save" }).click();
    await page.getByText("wrote another version while you edit").waitFor();
    // Not what was written is in the way, but the decision: nothing is written over unasked.
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByLabel("What they wrote").getByText("theirs").waitFor();
    await page.getByLabel("What you wrote").getByText("mine").waitFor();
    expect(await standing("words/both")).to.equal("theirs");
    await picture(page, "whiteboard-conflict", true);
    await page.getByRole("button", { name: "Go on editing" }).click();
    expect(await editor(page, "words/both").textContent()).to.contain("mine");
    await page.getByRole("button", { name: "Look at both" }).click();
    await page.getByRole("button", { name: "Take theirs" }).click();
    expect(await editor(page, "words/both").textContent()).to.contain("theirs");
    await page.getByRole("button", { name: "Change it for what is here" }).click();
    expect(await editor(page, "words/both").textContent()).to.contain("mine");
    await writeContext(team.client, { key: "words/both", value: "an agent's" });
    await page.getByRole("button", { name: "Look at both" }).click();
    await page.getByRole("button", { name: /^Keep mine \(write over version 0x/ }).click();
    await page.getByLabel("The value").getByText("mine").waitFor();
    expect(await standing("words/both")).to.equal("mine");
    const history = page.getByRole("region", { name: "History" });
    expect(await history.getByRole("listitem").filter({ hasText: "written by" }).count()).to.equal(4);
    await other.page.getByLabel("The value").getByText("mine").waitFor();
    // One of the refusals is the conflict that was meant.
    expect(opened.complaints.filter((one) => !one.includes("409"))).to.deep.equal([]);
    await other.context.close();
  });

  it("keeps a draft while another view is shown, and says a bound before it is broken", async () => {
    await goTo(page, `${at("words/draft")}?edit=1`);
    await editor(page, "words/draft").fill("half a thought");
    await goTo(page, path);
    await page.getByText("Choose a key").waitFor();
    await goTo(page, at("words/draft"));
    expect(await editor(page, "words/draft").textContent()).to.contain("half a thought");
    await editor(page, "words/draft").fill("é".repeat(16_500));
    await page.getByText("33,000 of 32,768 bytes: 232 too many").waitFor();
    expect(await page.getByRole("button", { name: "Save" }).isDisabled()).to.equal(true);
    await page.getByRole("button", { name: "Drop this" }).click();
    await page.getByText("Nothing is written under this key.").waitFor();
  });

  it("shows structured values, hostile ones as text, and such as are no text calmly, by their bytes", async () => {
    await writeContext(team.client, { key: "words/json", value: '{"steps":[1,2]}' });
    await writeContext(team.client, { key: "words/hostile", value: HOSTILE.text });
    await writeContext(team.client, { key: "words/binary", value: "\u0000\u0001\u0002GIF89a".repeat(400) });
    await goTo(page, at("words/json"));
    await page.getByLabel("The value").getByText('"steps": [').waitFor();
    await page.getByLabel("As it was written").check();
    await page.getByLabel("The value").getByText('{"steps":[1,2]}').waitFor();
    await goTo(page, at("words/hostile"));
    await page.getByLabel("The value").getByText("<iframe", { exact: false }).waitFor();
    expect(await page.locator("iframe, a[href*='attacker']").count()).to.equal(0);
    await goTo(page, at("words/binary"));
    await page
      .getByText("This value is no text that people read: 3.5 KiB, of which the first 2 KiB")
      .waitFor();
    await page.getByText("000000  00 01 02 47 49 46 38 39 61 00").waitFor();
    expect(await page.getByRole("button", { name: "Edit", exact: true }).isDisabled()).to.equal(true);
    await picture(page, "whiteboard-binary");
    await page.getByLabel("Keys that begin with").fill("words/j");
    await until(
      "one key is left",
      async () => (await page.getByRole("navigation", { name: "Keys" }).getByRole("link").count()) === 1,
    );
    expect(new URL(page.url()).searchParams.get("prefix")).to.equal("words/j");
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
  });

  it("is edited by keyboard alone: Tab leaves the editor, and letters in it go nowhere else", async () => {
    await goTo(page, `${at("words/keys")}?edit=1`);
    await editor(page, "words/keys").click();
    await page.keyboard.type("go to it, t/");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal("Save");
    expect(new URL(page.url()).pathname).to.equal(at("words/keys"));
    await page.keyboard.press("Enter");
    await page.getByLabel("The value").getByText("go to it, t/").waitFor();
    expect(await standing("words/keys")).to.equal("go to it, t/");
  });

  it("shows whoever may only look why nothing can be done, in the light and on a phone, with nothing that axe finds", async () => {
    await deleteContext(team.client, { key: "words/json" });
    const looker = await openPage(team.browser, await team.address("view", at("words/both")), {
      colorScheme: "light",
      viewport: PHONE,
      bypassCSP: true,
    });
    await looker.page.getByLabel("The value").getByText("mine").waitFor();
    expect(await looker.page.getByRole("button", { name: "Edit", exact: true }).isDisabled()).to.equal(true);
    await looker.page.getByText("This token may look and not act").first().waitFor();
    await expectNoWiderThanScreen(looker.page);
    await expectAccessible(looker.page);
    await picture(looker.page, "whiteboard-phone", true);
    await goTo(looker.page, path);
    await looker.page.getByLabel("Keys that begin with").waitFor();
    await expectNoWiderThanScreen(looker.page);
    await looker.context.close();
    const dark = await openPage(team.browser, await team.address("act", at("words/both")), {
      colorScheme: "dark",
      bypassCSP: true,
    });
    await dark.page.getByRole("button", { name: "Edit", exact: true }).click();
    await editor(dark.page, "words/both").fill("in the dark");
    await writeContext(team.client, { key: "words/both", value: "in the light" });
    await dark.page.getByRole("button", { name: "Look at both" }).click();
    await expectAccessible(dark.page);
    await picture(dark.page, "whiteboard-dark", true);
    await dark.context.close();
  });
});
