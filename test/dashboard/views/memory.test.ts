import { listMemories } from "@pleiad/sdk/workspace/listMemories";
import { readRules } from "@pleiad/sdk/workspace/readRules";
import { remember } from "@pleiad/sdk/workspace/remember";
import { updateRules } from "@pleiad/sdk/workspace/updateRules";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
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

describe("dashboard's memory and rules", function () {
  this.timeout(60_000);
  let team: Team;
  let memory: string;
  let rules: string;
  let opened: OpenPage;
  let page: Page;

  before(async () => {
    team = await sharedTeam();
    memory = `/ui/clusters/${team.cluster}/memory`;
    rules = `/ui/clusters/${team.cluster}/rules`;
    opened = await openPage(team.browser, await team.address("act", memory));
    page = opened.page;
  });
  after(() => opened.context.close());

  const found = () => page.getByRole("region", { name: "Found" });

  it("keeps a fact, finds it by its words and says why, and forgets it once one is sure", async () => {
    await page.getByLabel("One fact").fill("The printer of the words team is green.");
    await page.getByLabel("Tags").fill("printer colour");
    await page.getByRole("button", { name: "Remember", exact: true }).click();
    await page.getByText("Remembered.", { exact: true }).waitFor();
    await page.getByText("The printer of the words team is green.").waitFor();
    await remember(team.client, { text: HOSTILE.text, requestId: "words-hostile" });
    await page.getByText("<iframe", { exact: false }).waitFor();
    await page.getByLabel("What do you look for?").fill("printer");
    await page.keyboard.press("Enter");
    await found().getByText("Has printer").waitFor();
    await found().getByText("1 memory, the best first, by words").waitFor();
    expect(new URL(page.url()).searchParams.get("q")).to.equal("printer");
    await picture(page, "memory-found");
    await remember(team.client, { text: "The old printer is red.", requestId: "words-red" });
    await found().getByText("The old printer is red.").waitFor();
    const green = found().getByRole("listitem").filter({ hasText: "green" });
    await green.getByRole("button", { name: "Forget" }).click();
    await green.getByRole("button", { name: "Keep it" }).click();
    await green.getByRole("button", { name: "Forget" }).click();
    await green.getByRole("button", { name: "Yes, forget it" }).click();
    await green.waitFor({ state: "detached" });
    const { memories } = await listMemories(team.client);
    expect(memories.map(({ text }) => text)).to.not.include("The printer of the words team is green.");
    await page.getByLabel("What do you look for?").fill("zebra");
    await page.keyboard.press("Enter");
    await page.getByText("Nothing that was remembered has these words.").waitFor();
    expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
    expect(opened.complaints).to.deep.equal([]);
  });

  it("writes the rules, shows who changed what, and lets nobody write over another unasked", async () => {
    await goTo(page, rules);
    await page.getByRole("button", { name: /^(Write rules|Edit)$/ }).click();
    const editor = page.getByRole("textbox", { name: "The rules" });
    await editor.fill("Be brief.\nBe kind.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByLabel("The rules that stand").getByText("Be kind.").waitFor();
    expect((await readRules(team.client)).rules?.text).to.equal("Be brief.\nBe kind.");
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await editor.fill("Be brief.\nBe bold.");
    await updateRules(team.client, { text: "Be brief.\nBe slow." });
    await page.getByText("wrote another version while you edit").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Take theirs" }).click();
    await page.getByText("What you had written is set aside.").waitFor();
    await page.getByRole("button", { name: "Drop this" }).click();
    await page.getByLabel("What changed", { exact: true }).getByText("Be slow.").waitFor();
    const history = page.getByRole("region", { name: "History" });
    await history
      .getByRole("button", { name: /^Edit from here/ })
      .first()
      .click();
    expect(await editor.textContent()).to.contain("Be kind.");
    await page.getByRole("button", { name: "Drop this" }).click();
    await picture(page, "rules-desktop", true);
    expect(opened.complaints.filter((one) => !one.includes("409"))).to.deep.equal([]);
  });

  it("shows both to whoever may only look, on a phone, with nothing that axe finds in both themes", async () => {
    const looker = await openPage(team.browser, await team.address("view", memory), {
      colorScheme: "dark",
      viewport: PHONE,
      bypassCSP: true,
    });
    await looker.page.getByText("The old printer is red.").waitFor();
    expect(await looker.page.getByRole("button", { name: "Remember", exact: true }).isDisabled()).to.equal(
      true,
    );
    expect(await looker.page.getByRole("button", { name: "Forget" }).count()).to.equal(0);
    await expectNoWiderThanScreen(looker.page);
    await expectAccessible(looker.page);
    await picture(looker.page, "memory-phone", true);
    await goTo(looker.page, rules);
    await looker.page.getByLabel("The rules that stand").getByText("Be slow.").waitFor();
    await expectNoWiderThanScreen(looker.page);
    await looker.page.emulateMedia({ colorScheme: "light" });
    await looker.page.setViewportSize({ width: 1280, height: 860 });
    await expectAccessible(looker.page);
    await goTo(looker.page, memory);
    await looker.page.getByText("The old printer is red.").waitFor();
    await expectAccessible(looker.page);
    await picture(looker.page, "memory-light");
    await looker.context.close();
  });
});
