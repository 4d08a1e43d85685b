import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { mine } from "viem/actions";
import { accountOf, testClientOf, walletOf } from "../../fixtures/chain.ts";
import { HOSTILE, startWorld } from "../support/daemon.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { closeSharedTeam, sharedTeam, type Team } from "../support/team.ts";
import { testWallet } from "../support/testWallet.ts";

after(closeSharedTeam);

describe("making and running in the dashboard", function () {
  this.timeout(60_000);
  let team: Team;

  before(async () => {
    team = await sharedTeam();
  });

  /** From one box's right side to the left side of another. */
  async function draw(page: Page, from: string, to: string): Promise<void> {
    const handle = (task: string, side: string) =>
      page.locator(`.react-flow__node[aria-label^="Task ${task},"]`).locator(`.react-flow__handle-${side}`);
    await handle(from, "right").hover();
    await page.mouse.down();
    await handle(to, "left").hover();
    await page.mouse.up();
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

    await page.getByLabel("Name", { exact: true }).first().fill("Short notes");
    await page.getByText("Nobody has it yet.").waitFor();
    expect(await page.getByLabel("Slug").inputValue()).to.equal("short-notes");
    await page.getByLabel("Role").fill("Writer");
    await page.getByLabel("Prompt").fill("Say it shorter.");
    await page.getByText("Add one that is registered").click();
    const taken = page.getByRole("listitem").filter({ hasText: "Agent 0" });
    await taken.getByText("Taken").waitFor();
    await taken.getByRole("link", { name: "team" }).waitFor();
    expect(await taken.getByRole("button").count()).to.equal(0);

    await page.getByRole("button", { name: "Add a task" }).click();
    await page.getByLabel("Task", { exact: true }).last().fill("check");
    await page.getByLabel("Prompt").last().fill("Check it.");
    await page.getByText("by writer, after write").waitFor();
    await draw(page, "check", "write");
    await page.getByText("the other way round it would go in a circle").waitFor();
    await page.getByLabel("write", { exact: true }).uncheck();
    await page.getByText("by writer, after write").waitFor({ state: "detached" });
    await draw(page, "write", "check");
    await page.getByText("by writer, after write").waitFor();
    await picture(page, "new-filled", true);

    const text = await page.getByLabel("Text of cluster.yaml").inputValue();
    expect(parseBlueprint(text).tasks.map(({ name, dependsOn }) => [name, dependsOn])).to.deep.equal([
      ["write", []],
      ["check", [0]],
    ]);
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("You will sign 2 transactions.").waitFor();
    await picture(page, "new-review");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("is on the chain").waitFor();
    // Told to somebody else who looks at the list.
    await other.page.getByRole("link", { name: "Short notes", exact: true }).waitFor();
    await mine(testClientOf(team.world.chain), { blocks: 7 });
    await page.getByText("Final").last().waitFor();
    await picture(page, "new-done", true);

    await page.getByRole("link", { name: "Run it" }).click();
    await page.getByRole("heading", { name: "Run Short notes" }).waitFor();
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("There is no document yet.").waitFor();
    await page.getByLabel("Document", { exact: true }).fill("A lighthouse is a tower with a light.");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("button", { name: "Run it" }).click();
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

  it("signs with a browser's wallet that is on another chain first and says no once, and keeps what was written", async () => {
    const { chain } = team.world;
    const wallet = testWallet(chain, accountOf(7), "Foreign <b>wallet</b>");
    wallet.chainId = 1;
    const { page, context, asked, complaints } = await openPage(
      team.browser,
      await team.address("act", `/ui/clusters/${team.cluster}/run`),
      {},
      wallet.install,
    );
    await page.getByRole("button", { name: "Use Foreign <b>wallet</b>" }).click();
    await page.getByText("is on chain 1; this daemon follows chain 31337").waitFor();
    await picture(page, "wallet-other-chain");
    await page.getByRole("button", { name: "Switch to chain 31337" }).click();
    await page.getByText("Ready", { exact: true }).waitFor();

    // Too large for the chain: this node keeps it, and the chain gets its digest.
    const document = "A lighthouse warns ships. ".repeat(400);
    await page.getByLabel("Choose a file for Document").setInputFiles({
      name: "long.md",
      mimeType: "text/markdown",
      buffer: Buffer.from(document),
    });
    await page.getByText("Taken from long.md.").waitFor();
    await page.getByText("That is too much for the chain").waitFor();
    await page.getByRole("button", { name: "Try it" }).click();
    wallet.saysNo = true;
    await page.getByRole("button", { name: "Sign and run it" }).click();
    await page.getByText("You said no in the wallet").waitFor();
    expect(await page.getByLabel("Document", { exact: true }).inputValue()).to.equal(document);
    wallet.saysNo = false;
    await page.getByRole("button", { name: "Sign and run it" }).click();
    await page.getByText("Succeeded", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Check it against the chain" }).click();
    await page.getByText("Verified", { exact: true }).waitFor();
    expect(wallet.asked).to.include("eth_sendTransaction");
    // It reads through the wallet: nothing is asked of the daemon's own way to the chain, and nothing of elsewhere.
    const origin = team.daemon.apiUrl.replace(/^http/, "");
    expect(asked.filter((url) => !url.replace(/^(http|ws)/, "").startsWith(origin))).to.deep.equal([]);
    expect(asked.filter((url) => url.endsWith("/chain/rpc"))).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it("goes on where a wallet said no: what is registered is not registered twice", async () => {
    const wallet = testWallet(team.world.chain, accountOf(7), "Wallet");
    wallet.yesesLeft = 1;
    const { page, context } = await openPage(
      team.browser,
      await team.address("act", "/ui/new"),
      {},
      wallet.install,
    );
    await page.getByRole("button", { name: "Use Wallet" }).click();
    await page.getByText("Ready", { exact: true }).waitFor();
    await page.getByLabel("Name", { exact: true }).first().fill("Second thoughts");
    await page.getByLabel("Prompt").fill("Think again.");
    await page.getByLabel("Variables of an input, one a line").fill("question\ndocument");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("button", { name: "Sign and publish" }).click();
    await page.getByText("You said no in the wallet").waitFor();
    expect(await page.getByLabel("Prompt").inputValue()).to.equal("Think again.");
    wallet.yesesLeft = 1;
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("You will sign 1 transaction.").waitFor();
    await page.getByText("All of them would succeed now").waitFor();
    await page.getByRole("button", { name: "Sign and publish" }).click();
    await page.getByText("is on the chain").waitFor();
    expect(wallet.asked.filter((method) => method === "eth_sendTransaction")).to.have.length(3);
    // Its variables are fields of a run.
    await page.getByRole("link", { name: "Run it" }).click();
    await page.getByLabel("question", { exact: true }).fill("Who keeps the light?");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("Still empty: document.").waitFor();
    await page.getByLabel("document", { exact: true }).fill("Nobody does.");
    wallet.yesesLeft = 1;
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("button", { name: "Sign and run it" }).click();
    const response = page.getByLabel("Text of the response");
    await response.getByText("Who keeps the light?").waitFor();
    await response.getByText("Nobody does.").waitFor();
    // What is made next begins anew.
    await page.getByRole("link", { name: "New cluster" }).click();
    expect(await page.getByLabel("Name", { exact: true }).first().inputValue()).to.equal("");
    await context.close();
  });

  it("takes a file that is written or pasted, tells mistakes by their lines, and says whose agents want a grant", async () => {
    const { chain, operator } = team.world;
    const { deployment } = operator;
    const owner = walletOf(chain, accountOf(8));
    const { agent } = await registerAgent(owner, { deployment, digest: `0x${"77".repeat(32)}`, model: 1n });
    const { page, context } = await openPage(team.browser, await team.address("act", "/ui/new"), {
      viewport: PHONE,
      bypassCSP: true,
    });
    const file = page.getByLabel("Text of cluster.yaml");
    const right = `slug: from-a-file
name: From a file
windowSeconds: 20
fee: 5 gwei
inputs: [question, document]
agents:
  - { name: guest, id: ${agent} }
  - { name: own, model: 1, role: Writer }
tasks:
  - { name: first, agent: guest, prompt: Begin. }
  - { name: second, agent: own, prompt: Go on., dependsOn: [] }
  - { name: third, agent: own, prompt: End., dependsOn: [first, second] }
`;
    await file.fill(right.replace("windowSeconds: 20", "windowSeconds: soon"));
    await page.getByRole("button", { name: "Line 3" }).waitFor();
    await page.getByText("Not taken over yet.").waitFor();
    await file.fill(right);
    await page.getByText("Taken over", { exact: true }).waitFor();
    expect(await page.getByLabel("Slug").inputValue()).to.equal("from-a-file");
    expect(await page.getByLabel("Variables of an input, one a line").inputValue()).to.equal(
      "question\ndocument",
    );
    await page.getByText("by own, after first, second").waitFor();
    await page.getByRole("button", { name: "Use this local network's account" }).click();
    await page.getByText(`pleiad grant give agent ${agent} 0x`).waitFor();
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("alert").getByText("pleiad explain").waitFor();
    await expectNoWiderThanScreen(page);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    await picture(page, "new-phone-dark", true);
    await goTo(page, `/ui/clusters/${team.cluster}/run`);
    await page.getByRole("heading", { name: "The document" }).waitFor();
    await expectNoWiderThanScreen(page);
    await expectAccessible(page);
    await picture(page, "run-phone-dark", true);
    await context.close();
  });

  it("is accessible on a desktop, and tells a token that may only look why it cannot send", async () => {
    const { page, context } = await openPage(team.browser, await team.address("view", "/ui/new"), {
      bypassCSP: true,
    });
    const local = page.getByRole("button", { name: "Use this local network's account" });
    await local.waitFor();
    expect(await local.isDisabled()).to.equal(true);
    await page.getByText("This token may look and not act.").waitFor();
    await page.locator(".react-flow__node").first().waitFor();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    await picture(page, "new-desktop-dark");
    // By the keyboard alone: a task is added and named.
    await page.getByRole("button", { name: "Add a task" }).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Task", { exact: true }).last().focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("typed");
    await page.locator("summary", { hasText: "typed" }).waitFor();
    await context.close();
  });

  it("has names of agents, models and clusters be text", async () => {
    const world = await startWorld();
    const { page, context, complaints } = await openPage(
      team.browser,
      await world.address("act", "/ui/new"),
      { viewport: PHONE },
    );
    await page.getByText("This browser has no wallet").waitFor();
    await page.getByText("Add one that is registered").click();
    const taken = page.getByRole("list", { name: "Agents of the chain" }).getByRole("listitem");
    await taken.getByText("Taken").waitFor();
    expect(await taken.textContent()).to.include("<img src=x");
    expect(await taken.getByRole("button").count()).to.equal(0);
    expect(await page.getByLabel("Model").textContent()).to.include("<img src=x");
    await expectNoWiderThanScreen(page);
    expect(await page.evaluate(() => (globalThis as { canary?: unknown }).canary)).to.equal(undefined);
    expect(await page.content()).to.not.include(HOSTILE.name.slice(0, 60));
    expect(complaints).to.deep.equal([]);
    await context.close();
    await world.close();
  });
});
