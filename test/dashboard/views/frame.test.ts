import { expect } from "chai";
import { before, describe, it } from "mocha";
import { goTo, openPage } from "../support/page.ts";
import { sharedTeam, type Team } from "../support/team.ts";

describe("dashboard's frame", function () {
  this.timeout(60_000);
  let team: Team;

  before(async () => {
    team = await sharedTeam();
  });

  it("leads to the team of the cluster that is open here, by link, key and palette", async () => {
    const { page, context, complaints } = await openPage(team.browser, await team.address("act"));
    const views = page.getByRole("navigation", { name: "Views" });
    await views.getByText(`Team of cluster ${team.cluster}`).waitFor();
    await views.getByRole("link", { name: "Messages" }).click();
    expect(new URL(page.url()).pathname).to.equal(`/ui/clusters/${team.cluster}/messages`);
    await page.getByRole("heading", { name: "Messages", level: 1 }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("w");
    await page.getByRole("heading", { name: "Whiteboard", level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("memory");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Memory", level: 1 }).waitFor();
    await goTo(page, "/ui/clusters/x/team");
    await page.getByRole("heading", { name: "That page is not here" }).waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});
