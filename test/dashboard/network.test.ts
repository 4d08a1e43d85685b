import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Browser, Page } from "playwright-core";
import { type PleiadProcess, runPleiad, startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";
import { processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";
import { startBrowser } from "./support/browser.ts";

/** A run of three tasks on a busy machine. Milliseconds. */
const RUN_MS_MAX = 30_000;
/** Folder for pictures of the views, for whoever wants to look at them. */
const PICTURES = process.env.DASHBOARD_PICTURES;

describe("dashboard of a network", function () {
  this.timeout(120_000);
  // Each test carries on where the one before stopped.
  this.bail(true);
  const folder = temporaryFolder();
  const data = join(folder.path, "data");
  let browser: Browser;
  let up: PleiadProcess;
  let page: Page;

  before(async () => {
    browser = await startBrowser();
    up = startPleiad(["up", "--data", data]);
    await up.says(/Up until Ctrl-C\./);
  });
  after(async () => {
    await browser.close();
    up.signal("SIGINT");
    await up.ended;
    await until("no process is left", () => processesOf(folder.path).length === 0, { timeoutMs: 20_000 });
    await folder[Symbol.asyncDispose]();
  });

  it("opens by the address that pleiad up prints, and tells the story of the sample run", async () => {
    const address = /http:\S+#token=\S+/.exec(up.stdout())?.[0] ?? "";
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(RUN_MS_MAX);
    await page.goto(address);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByText("May act").waitFor();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    if (PICTURES !== undefined)
      await page.screenshot({ path: join(PICTURES, "sample-overview.png"), fullPage: true });
    await page.getByRole("link", { name: "Execution 1" }).click();
    await page.getByText("Settled: the response is on the chain").waitFor();
    expect(await page.getByText(/^Task (read|write|check) accepted$/).count()).to.equal(3);
    const last = page.getByRole("article").last();
    await last.locator("summary").click();
    await page.getByText("Brief: Lights at the Edge", { exact: false }).first().waitFor();
    if (PICTURES !== undefined)
      await page.screenshot({ path: join(PICTURES, "sample-execution.png"), fullPage: true });
  });

  it("shows a run that somebody else begins, from its start to its end, without being loaded anew", async () => {
    await page.getByRole("link", { name: "Overview" }).click();
    const file = join(folder.path, "clocks.md");
    writeFileSync(
      file,
      "# Clocks at sea\n\nA ship that does not know the time at home does not know where it is.\n",
    );
    const run = runPleiad(["cluster", "execute", "document-brief", "--input", file, "--wait"], {
      env: { PLEIAD_DATA: data },
    });
    await page.getByRole("link", { name: "Execution 2" }).click();
    await page.getByText("Settled: the response is on the chain").waitFor();
    expect((await run).exitCode).to.equal(0);
  });

  it("makes a cluster and runs it without a wallet, from an account that is nobody else's", async () => {
    await page.getByRole("link", { name: "New cluster" }).click();
    await page.getByRole("button", { name: "Use this local network's account" }).click();
    await page.getByText("10,000 ether of play money").waitFor();
    await page.getByLabel("Name", { exact: true }).first().fill("One brief");
    await page.getByLabel("Prompt").fill("Give the key phrases and the most telling sentences.");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("link", { name: "Run it" }).click();
    await page
      .getByLabel("Document", { exact: true })
      .fill("# Tides\n\nThe moon pulls the sea, twice a day.\n");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("button", { name: "Run it" }).click();
    await page.getByLabel("Text of the response").waitFor();
    await page.getByRole("button", { name: "Check it against the chain" }).click();
    await page.getByText("Verified", { exact: true }).waitFor();
  });

  it("opens with a token that pleiad dashboard gives, which may look and not act", async () => {
    const { stdout, exitCode } = await runPleiad(["dashboard", "--role", "view", "--json"], {
      env: { PLEIAD_DATA: data },
    });
    expect(exitCode).to.equal(0);
    const { address, id } = JSON.parse(stdout) as { readonly address: string; readonly id: string };
    await page.goto("about:blank");
    await page.goto(address);
    await page.getByText("May look").waitFor();
    const { stdout: revoked } = await runPleiad(["workspace", "token", "revoke", id], {
      env: { PLEIAD_DATA: data },
    });
    expect(revoked).to.include("revoked");
    // The chain makes a block every second, and the stream looks at its token before it tells of one.
    await page.getByRole("heading", { name: "This token does not open this daemon" }).waitFor();
  });
});
