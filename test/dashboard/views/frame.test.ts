import { execute } from "@pleiad/sdk/actions/execute";
import { getDraft } from "@pleiad/sdk/actions/getDraft";
import { postToThread } from "@pleiad/sdk/workspace/postToThread";
import { writeContext } from "@pleiad/sdk/workspace/writeContext";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Browser } from "playwright-core";
import { PATHS } from "../../../dashboard/src/places.ts";
import { walletOf } from "../../fixtures/chain.ts";
import { publishCluster, REQUESTER } from "../../fixtures/operator.ts";
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

  it("has every view keep to the page's policy", async () => {
    const { chain, operator } = team.world;
    const { deployment } = operator;
    await team.spawn("law-abiding");
    await team.tell("law-abiding", "DO write law.md");
    await postToThread(team.client, { thread: "law-abiding", text: "Whose?" });
    await writeContext(team.client, { key: "law-abiding", value: "everybody's" });
    const cluster = await publishCluster(operator, "law-abiding", ["talker"]);
    const wallet = walletOf(chain, REQUESTER);
    const { execution } = await execute(wallet, { deployment, cluster, input: "Which law?" });
    const { tasks } = await getDraft(wallet, { deployment, cluster });
    const ids = {
      ...{ clusters: team.cluster, nodes: operator.node, agents: tasks[0]?.agent, jobs: `${execution}.0` },
    };
    const paths = Object.values(PATHS).map((path) => {
      const [id = execution] = Object.entries(ids).flatMap(([of, one]) =>
        path.includes(`/${of}/:id`) ? [one] : [],
      );
      return path.replace(":id", String(id)).replace(/:\w+/, "law-abiding");
    });
    // Side by side, as React shows no two views that come late within 300 ms.
    const parts = [0, 1, 2, 3].map((part) => paths.filter((_path, at) => at % 4 === part));
    const seen = await Promise.all(
      parts.map((part) => breachesOf(team.browser, team.operatorAddress(), part)),
    );
    expect(seen.flatMap(({ breaches }) => breaches)).to.deep.equal([]);
    const headings = seen.flatMap((part) => part.headings);
    expect(headings.length).to.equal(paths.length);
    // This daemon has no manager, so it has no plan.
    expect(headings.filter((text) => /^(Cannot|That|This view|Open)/.test(text))).to.deep.equal([
      "Cannot read plan 1",
    ]);
  });
});

/** Opens the page, goes to paths, and tells what is shown there and what of it the page's policy forbade. */
async function breachesOf(browser: Browser, address: string, paths: readonly string[]) {
  const { page, context } = await openPage(browser, address, {}, async (opening) => {
    await opening.addInitScript(() => {
      const breaches: string[] = [];
      Object.assign(globalThis, { breaches });
      addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
        breaches.push(`${location.pathname}: ${effectiveDirective} ${blockedURI}`);
      });
    });
  });
  const seen = await page.evaluate(async (all) => {
    const headings: string[] = [];
    for (const path of all) {
      const before = path === location.pathname ? null : document.querySelector("h1");
      history.pushState(null, "", path);
      dispatchEvent(new PopStateEvent("popstate"));
      await new Promise<void>((resolve) => {
        const look = (): void => {
          const heading = document.querySelector("h1");
          if (heading === null || heading === before || document.querySelector(".loading") !== null) return;
          watching.disconnect();
          headings.push(heading.textContent);
          resolve();
        };
        const watching = new MutationObserver(look);
        watching.observe(document, { childList: true, characterData: true, subtree: true });
        look();
      });
    }
    return { headings, breaches: Reflect.get(globalThis, "breaches") as readonly string[] };
  }, paths);
  await context.close();
  return seen;
}
