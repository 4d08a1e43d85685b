import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { mine } from "viem/actions";
import { accountOf, testClientOf } from "../../fixtures/chain.ts";
import {
  DESKTOP,
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { sharedTeam, type Team } from "../support/team.ts";
import { testWallet } from "../support/testWallet.ts";

describe("making and running in the dashboard", function () {
  this.timeout(60_000);
  let team: Team;
  /** The cluster that the first test makes, for those after it. */
  let made = "";

  before(async () => {
    team = await sharedTeam();
  });

  async function beginFilled(page: Page, name: string): Promise<void> {
    await page.getByLabel("Name", { exact: true }).first().fill(name);
    await page.getByLabel("Model").selectOption({ index: 1 });
    await page.getByLabel("Role").fill("Writer");
    await page.getByLabel("Prompt").fill("Say it shorter.");
  }

  it("makes a cluster and runs it without a wallet, on a local network", async () => {
    const { page, context, complaints } = await openPage(team.browser, await team.address("act", "/ui/new"));
    const other = await openPage(team.browser, await team.address("view", "/ui/clusters"));
    await page.getByRole("heading", { name: "New cluster", level: 1 }).waitFor();
    await picture(page, "new-empty", true);
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("to mend first").waitFor();
    await page.getByRole("button", { name: "Use this local network's account" }).click();
    await page.getByText("of play money").waitFor();

    await beginFilled(page, "Short notes");
    await page.getByText("Nobody has it yet.").waitFor();
    expect(await page.getByLabel("Slug").inputValue()).to.equal("short-notes");
    await page.getByText("Add one that is registered").click();
    const taken = page.getByRole("listitem").filter({ hasText: "Agent 0" });
    await taken.getByText("Taken").waitFor();
    await taken.getByRole("link", { name: "team" }).waitFor();
    expect(await taken.getByRole("button").count()).to.equal(0);

    await page.getByRole("button", { name: "Add a task" }).click();
    await page.getByLabel("Task", { exact: true }).last().fill("check");
    await page.getByLabel("Prompt").last().fill("Check it.");
    await page.getByText("by writer, after write").waitFor();
    await picture(page, "new-filled", true);

    const text = await page.getByLabel("Text of cluster.yaml").inputValue();
    const blueprint = parseBlueprint(text);
    expect(blueprint.tasks.map(({ name, dependsOn }) => [name, dependsOn])).to.deep.equal([
      ["write", []],
      ["check", [0]],
    ]);
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("You will sign 2 transactions.").waitFor();
    await picture(page, "new-review", true);
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("is on the chain").waitFor();
    // Told to somebody else who looks at the list.
    await other.page.getByRole("link", { name: "Short notes" }).waitFor();
    await mine(testClientOf(team.world.chain), { blocks: 7 });
    await page.getByText("Final").last().waitFor();
    await picture(page, "new-done", true);

    await page.getByRole("link", { name: "Run it" }).click();
    await page.getByRole("heading", { name: "Run Short notes" }).waitFor();
    made = /clusters\/(\d+)\/run/.exec(page.url())?.[1] ?? "";
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("There is no document yet.").waitFor();
    await page.getByLabel("Document", { exact: true }).fill("A lighthouse is a tower with a light.");
    await page.getByRole("button", { name: "Try it" }).click();
    await picture(page, "run-tried", true);
    await page.getByRole("button", { name: "Run it" }).click();
    await page.getByRole("heading", { name: "Response" }).waitFor();
    await page.getByLabel("Text of the response").getByText("lighthouse").waitFor();
    await page.getByRole("button", { name: "Check it against the chain" }).click();
    await page.getByText("Verified", { exact: true }).waitFor();
    await picture(page, "run-done", true);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(kept).to.equal("[{},{}]");
    expect(complaints).to.deep.equal([]);
    await other.context.close();
    await context.close();
  });
});
