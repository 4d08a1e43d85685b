import { postToThread } from "@pleiad/sdk/workspace/postToThread";
import { writeContext } from "@pleiad/sdk/workspace/writeContext";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { until } from "../../fixtures/until.ts";
import { goTo, openPage } from "../support/page.ts";
import { closeSharedTeam, sharedTeam, type Team } from "../support/team.ts";

after(closeSharedTeam);

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

  it("finds agents, what they have, threads and keys by name, and what can be done", async () => {
    await team.spawn("palettist");
    await postToThread(team.client, { thread: "design-of-doors", text: "Shall they open?" });
    await writeContext(team.client, { key: "doors/first", value: "oak" });
    const { page, context, complaints } = await openPage(team.browser, await team.address("act"));
    const views = page.getByRole("navigation", { name: "Views" });
    await views.getByText(`Team of cluster ${team.cluster}`).waitFor();
    const found = page.getByRole("listbox", { name: "What was found" });
    const choose = async (typed: string, name: string) => {
      await page.keyboard.press("Control+k");
      await page.keyboard.type(typed);
      await found.getByRole("option", { name, exact: true, selected: true }).waitFor();
      await page.keyboard.press("Enter");
    };
    await choose("palettist", "Agent palettist");
    await page.getByRole("heading", { name: "palettist", level: 1 }).waitFor();
    await choose("files palettist", "Files of palettist");
    await page.getByRole("heading", { name: "palettist", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).to.equal("/ui/files/palettist");
    await choose("terminal of pal", "Terminal of palettist");
    await page.getByRole("heading", { name: "Terminals", level: 1 }).waitFor();
    await choose("doors design", "Thread design-of-doors");
    await page.getByText("Shall they open?").first().waitFor();
    await choose("whiteboard doors", "Whiteboard: doors/first");
    await page.getByText("oak").first().waitFor();
    await choose(`run cluster ${team.cluster}`, `Run cluster ${team.cluster}: team`);
    await page.getByRole("heading", { name: "Run team", level: 1 }).waitFor();
    await choose("start an", "Start an agent");
    await page.getByRole("dialog", { name: "Start an agent" }).waitFor();
    await page.keyboard.press("Escape");
    await until("the form is closed", async () => (await page.getByRole("dialog").count()) === 0);
    await until("the address says it no more", () => new URL(page.url()).search === "");
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});
