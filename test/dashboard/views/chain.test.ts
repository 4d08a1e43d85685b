import { readFileSync } from "node:fs";
import { execute } from "@pleiad/sdk/actions/execute";
import { getDraft } from "@pleiad/sdk/actions/getDraft";
import { publish } from "@pleiad/sdk/actions/publish";
import { replaceTask } from "@pleiad/sdk/actions/replaceTask";
import { revokeDelegate } from "@pleiad/sdk/actions/revokeDelegate";
import { setDelegate } from "@pleiad/sdk/actions/setDelegate";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parseReceipt } from "../../../node/src/cli/receipt.ts";
import { accountOf, walletOf } from "../../fixtures/chain.ts";
import { publishCluster, REQUESTER } from "../../fixtures/operator.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { closeSharedTeam, sharedTeam, type Team } from "../support/team.ts";

/** Owns node, models and clusters of the test's operator. */
const OWNER = accountOf(1);

after(closeSharedTeam);

describe("dashboard's views of the chain", function () {
  this.timeout(60_000);
  let team: Team;
  let cluster: bigint;

  before(async () => {
    team = await sharedTeam();
    const { operator, chain } = team.world;
    cluster = await publishCluster(operator, "chain-views", ["talker", "talker"]);
    const owner = walletOf(chain, OWNER);
    const { deployment } = operator;
    const { tasks } = await getDraft(owner, { deployment, cluster });
    const agent = tasks[1]?.agent ?? 0n;
    const changed = { name: "task-1", agent, prompt: "Answer.\nBriefly, and in order." };
    await replaceTask(owner, { deployment, cluster, task: 1, ...changed });
    await publish(owner, { deployment, cluster, windowSeconds: 5 });
  });

  it("tell a run from its creation to its end while it goes, and prove its response", async () => {
    const { page, context, complaints } = await openPage(
      team.browser,
      team.operatorAddress("/ui/executions"),
      {
        acceptDownloads: true,
      },
    );
    await page.getByText("Live", { exact: true }).waitFor();
    const { chain, operator } = team.world;
    const { deployment } = operator;
    const { execution } = await execute(walletOf(chain, REQUESTER), {
      deployment,
      cluster,
      input: "A document.",
    });
    await page.getByRole("link", { name: `Execution ${execution}`, exact: true }).click();
    await page.getByText("Settled: the response is on the chain").waitFor();
    await page.getByText("This node signed its answer to task-1").waitFor();
    await page
      .getByText(/^[\d,]+ gas, 0\.\d{1,7} ether, for all that it carries$/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Verify now" }).click();
    await page.getByText("Verified", { exact: true }).waitFor();
    expect(await page.getByText("wrong", { exact: true }).count()).to.equal(0);
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the receipt" }).click();
    const file = await (await downloading).path();
    const receipt = parseReceipt(readFileSync(file, "utf8"), "receipt.json");
    expect(receipt).to.deep.include({ executionId: Number(execution), clusterId: Number(cluster) });
    await picture(page, "chain-execution", true);
    await page
      .getByRole("link", { name: `node ${operator.node}` })
      .first()
      .click();
    await page.getByRole("heading", { name: `Node ${operator.node}`, level: 1 }).waitFor();
    await page.getByText("This daemon", { exact: true }).waitFor();
    await page.getByText("Bonded").waitFor();
    await picture(page, "chain-node", true);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it("show what changed from one version to another, and the network with its prices and what was said", async () => {
    const { page, context, complaints } = await openPage(
      team.browser,
      await team.address("view", `/ui/clusters/${cluster}/versions`),
    );
    await page.getByRole("heading", { name: "What changed from version 1 to 2" }).waitFor();
    await page
      .getByText("removed: Answer.")
      .or(page.getByText("added: Briefly, and in order."))
      .first()
      .waitFor();
    await page.getByRole("article", { name: "changed: task-1" }).waitFor();
    expect(await page.getByRole("article").count()).to.equal(1);
    // The list may come after what is compared.
    const open = page.getByText("Open", { exact: true });
    await open.nth(1).waitFor();
    expect(await open.count()).to.equal(2);
    await picture(page, "chain-versions", true);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy version 2 as cluster.yaml" }).click();
    await page.getByRole("button", { name: "Copied", exact: true }).waitFor();
    const { tasks } = parseBlueprint(await page.evaluate(() => navigator.clipboard.readText()));
    expect(tasks.map(({ prompt }) => prompt)).to.deep.equal(["Answer.", "Answer.\nBriefly, and in order."]);
    await page.getByLabel("to", { exact: true }).selectOption("1");
    await page.getByText("There is no earlier version", { exact: false }).waitFor();
    await goTo(page, `/ui/clusters/${cluster}/versions?of=2&with=2`);
    await page.getByText("Nothing: both say the same.").waitFor();

    await goTo(page, "/ui/network");
    await page.getByRole("link", { name: `Node ${team.world.operator.node}` }).waitFor();
    await page.getByRole("link", { name: "Models", exact: true }).click();
    await page.getByText("1,000 wei an answer", { exact: false }).first().waitFor();
    await page.getByText("nobody rated it yet").first().waitFor();
    await picture(page, "chain-models");
    await page.getByLabel("Search").fill("nothing is called that");
    await page.getByText("No model has that", { exact: false }).waitFor();
    await page.getByLabel("Search").fill("TALK");
    await page.getByRole("link", { name: "talker" }).click();
    await page.getByText("70 %, 700 wei").waitFor();
    await page
      .getByRole("link", { name: /^Agent \d+$/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "Where its registration file is said to be" }).waitFor();
    await page.getByRole("link", { name: "All agents" }).click();
    await page.getByRole("link", { name: "This chain" }).click();
    await page.getByText("The chain has taken nothing back.").waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it("pay out what the daemon's account may withdraw, when its operator says so twice, and all pages see it", async () => {
    const { chain, operator } = team.world;
    const { deployment, node, nodeKey } = operator;
    const looking = await openPage(team.browser, await team.address("view", "/ui/credits"));
    const earned = looking.page.getByRole("article", { name: new RegExp(`^Node ${node} `) });
    await earned.getByText("its owner does, with their own key", { exact: false }).waitFor();
    const about = { kind: "node", token: node, delegate: nodeKey.address, roles: ["withdraw"] } as const;
    await setDelegate(walletOf(chain, OWNER), { deployment, ...about });
    const { page, context, complaints } = await openPage(team.browser, team.operatorAddress("/ui/credits"));
    const credit = page.getByRole("article", { name: new RegExp(`^Node ${node} `) });
    await credit.getByRole("button", { name: "Withdraw", exact: true }).waitFor();
    await picture(page, "chain-credits", true);
    await credit.getByRole("button", { name: "Withdraw", exact: true }).click();
    await credit.getByRole("button", { name: /^Withdraw .* now$/ }).click();
    await page.getByText("paid out").waitFor();
    await looking.page.getByText("paid out").waitFor();
    expect(await looking.page.getByRole("article", { name: new RegExp(`^Node ${node} `) }).count()).to.equal(
      0,
    );
    await revokeDelegate(walletOf(chain, OWNER), { deployment, ...about });
    expect([...complaints, ...looking.complaints]).to.deep.equal([]);
    await context.close();
    await looking.context.close();
  });

  for (const path of ["/ui/clusters", "/ui/executions"])
    it(`have their styles where ${path} is what a page opens first`, async () => {
      const { page, context } = await openPage(team.browser, await team.address("view", path));
      const search = page.getByLabel("Search");
      await search.waitFor();
      const gap = await search.evaluate(
        (field) => getComputedStyle(field.parentElement as Element).columnGap,
      );
      expect(gap).to.equal("8px");
      await context.close();
    });

  it("have nothing that axe finds in dark and light, and fit a phone", async () => {
    const { page, context } = await openPage(team.browser, team.operatorAddress("/ui/executions"), {
      colorScheme: "dark",
      bypassCSP: true,
      viewport: PHONE,
    });
    const { node } = team.world.operator;
    for (const [name, path, heading] of [
      ["versions", `/ui/clusters/${cluster}/versions`, "Versions of chain-views"],
      ["models", "/ui/network?show=models", "Network"],
      ["node", `/ui/network/nodes/${node}`, `Node ${node}`],
      ["model", "/ui/network/models/1", "talker"],
      ["agent", "/ui/network/agents/0", "agent-0"],
      ["credits", "/ui/credits", "Credits"],
      ["clusters", "/ui/clusters", "Clusters"],
    ] as const) {
      await goTo(page, path);
      await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      await expectAccessible(page);
      await expectNoWiderThanScreen(page);
      await picture(page, `chain-phone-${name}`, true);
      // What has colours of its own, in the other theme, too.
      if (name !== "versions" && name !== "models") continue;
      await page.emulateMedia({ colorScheme: "light" });
      await expectAccessible(page);
      await page.emulateMedia({ colorScheme: "dark" });
    }
    await context.close();
  });
});
