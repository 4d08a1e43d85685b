import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { ProjectFolders } from "../../../node/src/agents/folders/types.ts";
import { runAfterTest } from "../../fixtures/hooks.ts";
import { until } from "../../fixtures/until.ts";
import { makeWorld, type World as ProjectWorld, userGit, writeAt } from "../../node/agents/folders/world.ts";
import { HOSTILE, OWNER, startWorld, type World } from "../support/daemon.ts";
import {
  expectAccessible,
  expectNoWiderThanScreen,
  goTo,
  openPage,
  PHONE,
  picture,
} from "../support/page.ts";
import { closeSharedTeam, noteOf, sharedTeam, type Team } from "../support/team.ts";

after(closeSharedTeam);

describe("dashboard's files", function () {
  this.timeout(60_000);
  let team: Team;
  const open: { context: BrowserContext; complaints: string[] }[] = [];

  before(async () => {
    team = await sharedTeam();
  });
  afterEach(async () => {
    for (const { context, complaints } of open.splice(0)) {
      await context.close();
      expect(complaints).to.deep.equal([]);
    }
  });

  async function look(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const opened = await openPage(team.browser, address, options);
    open.push(opened);
    return opened.page;
  }
  const card = (page: Page, path: string): Locator => page.getByRole("article", { name: path });

  it("shows what an agent changes as it does, takes comments to it and its answer back, and rolls it back", async () => {
    await team.spawn("filer");
    await team.tell("filer", "DO write first.txt one");
    const list = await look(await team.address("view", "/ui/files"));
    const row = list
      .getByRole("listitem")
      .filter({ has: list.getByRole("link", { name: "filer", exact: true }) });
    await row.getByText("1 file", { exact: true }).waitFor();
    await row.getByText("pleiad/filer").waitFor();
    const page = await look(await team.address("act", "/ui/files/filer"));
    await card(page, "first.txt").getByText("one", { exact: true }).waitFor();
    await page.getByText("Waiting", { exact: true }).waitFor();

    // Seen without being loaded anew, here and there.
    await team.tell("filer", "DO write second.txt two");
    await card(page, "second.txt").getByText("just now").waitFor();
    await row.getByText("2 files", { exact: true }).waitFor();
    await page.getByText("Waiting", { exact: true }).waitFor();

    // By keyboard alone: to the line, its comment, and into the review.
    const note = noteOf(team, "filer-review");
    await card(page, "first.txt").getByRole("button", { name: "Comment on added line 1" }).focus();
    await page.keyboard.press("c");
    await page.getByRole("textbox", { name: "Comment on line 1" }).waitFor();
    await page.keyboard.type(`Say it otherwise.\nDO append ${note} it was read`);
    await page.keyboard.press("Control+Enter");
    await page.getByText("not sent yet").waitFor();
    await card(page, "second.txt").getByRole("button", { name: "Comment on added line 1" }).click();
    await page.getByRole("textbox", { name: "Comment on line 1" }).fill("And this.");
    await page.getByRole("button", { name: "Add to the review" }).click();
    await page.getByText("2 comments", { exact: true }).waitFor();
    await picture(page, "files-review");
    await page.getByRole("button", { name: "Send to filer" }).click();
    await until(
      "the agent has read it",
      async () => existsSync(note) && readFileSync(note, "utf8") === "it was read\n",
    );
    const sent = page.getByRole("region", { name: "Sent to the agent" });
    await sent.getByText("What was sent").click();
    const text = (await sent.getByRole("region", { name: "The review" }).textContent()) ?? "";
    expect(text).to.include('1. "first.txt", line 1:\n> one\nSay it otherwise.');
    expect(text).to.include('2. "second.txt", line 1:\n> two\nAnd this.');

    // The answer stands beside what it answers.
    const { id } = await reviewTo("filer");
    const operator = await sendMessage(team.client, {
      destination: { kind: "direct", to: "filer" },
      text: "hello",
    });
    const answer = {
      destination: { kind: "direct", to: operator.message.from.id },
      text: "I said it otherwise",
      replyTo: id,
    };
    await team.tell("filer", `DO call pleiad send_message ${JSON.stringify(answer)}`);
    await sent.getByText("I said it otherwise").waitFor();
    await sent.getByText("Answered").waitFor();
    await picture(page, "files-answered", true);

    // Back to before the second file.
    await page.getByText("Waiting", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Roll back…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio").last().waitFor();
    await dialog.getByRole("radio").last().check();
    const undone = dialog.getByRole("region", { name: "What would be undone" });
    await undone.getByText("second.txt").waitFor();
    await picture(page, "files-rollback");
    await dialog.getByRole("button", { name: "Roll back to checkpoint 1" }).click();
    await page.getByText("Rolled back to checkpoint 1: 2 files.").waitFor();
    await page.getByText("filer has changed nothing yet.").waitFor();
    await row.getByText("nothing changed").waitFor();
  });

  async function reviewTo(name: string): Promise<{ readonly id: string }> {
    const { messages } = (await (
      await fetch(`${team.daemon.apiUrl}/workspace/${team.cluster}/messages/read`, {
        method: "POST",
        headers: { ...team.daemon.headers, "content-type": "application/json" },
        body: JSON.stringify({ box: "sent", limit: 200 }),
      })
    ).json()) as { messages: { id: string; text: string; destination: { to?: string } }[] };
    const found = messages.findLast(({ text }) => text.startsWith("Review of your changes"));
    if (found === undefined) throw new Error(`no review to ${name} was sent`);
    return found;
  }

  describe("over copies of its own", () => {
    let project: ProjectWorld;
    let folders: ProjectFolders;
    let world: World;
    /** What the gate waits for: a file that says what it prints and whether it says yes. */
    let verdict: string;

    beforeEach(async () => {
      project = makeWorld();
      project.git("branch", "next");
      verdict = join(project.root, "verdict");
      const argv = [
        "/bin/sh",
        "-c",
        `echo begun; while [ ! -e ${verdict} ]; do sleep 0.05; done; cat ${verdict}; ! grep -q NO ${verdict}`,
      ] as const;
      folders = await project.folders({ gate: { argv } });
      world = await startWorld({ folders, projects: new Map([["app", project.project]]), gate: argv });
      runAfterTest(() => world.close());
    });

    it("asks for merges that go on when the view is left, shows what the gate says as it does, and stops one", async () => {
      const { path } = await folders.create({ agent: "ada", project: project.project });
      writeAt(join(path, "README"), "one\nTWO\nthree\n");
      const queue = await look(await world.address("act", "/ui/files"));
      await queue.getByText("Nothing waits.", { exact: false }).waitFor();
      const page = await look(await world.address("act", "/ui/files/ada"));
      await page.getByRole("button", { name: "Merge…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Into the branch").fill("next");
      await dialog.getByRole("button", { name: "See what it would come to" }).click();
      await dialog.getByText("It fits").waitFor();
      await picture(page, "files-merge");
      await dialog.getByRole("button", { name: "Ask to merge" }).click();
      await page.getByText("Merge 1 into next waits for its turn").waitFor();
      await page.close();

      const first = queue.getByRole("listitem", { name: "Merge 1 of ada into next" });
      await first.getByText("The gate runs").waitFor();
      await first.getByRole("region", { name: "What the gate prints" }).getByText("begun").waitFor();
      await picture(queue, "files-queue");
      writeFileSync(verdict, "all tests pass\n");
      await first.getByText("Merged", { exact: true }).waitFor();
      expect(project.git("show", "next:README")).to.equal("one\nTWO\nthree");
      await first.getByText("What its gate printed").click();
      await first.getByText("all tests pass").waitFor();

      // One that says no, and one that is stopped.
      writeFileSync(verdict, "NO: a test fails\n");
      writeAt(join(path, "README"), "one\nTWO\nTHREE\n");
      await ask("next");
      const second = queue.getByRole("listitem", { name: "Merge 2 of ada into next" });
      await second.getByText("The gate said no").waitFor();
      await second.getByText("What its gate printed").click();
      await second.getByText("NO: a test fails").waitFor();
      rmSync(verdict);
      await ask("next");
      const third = queue.getByRole("listitem", { name: "Merge 3 of ada into next" });
      await third.getByText("begun").waitFor();
      await third.getByRole("button", { name: "Stop" }).click();
      await third.getByText("Stopped", { exact: true }).waitFor();

      // A conflict says where.
      project.git("checkout", "--quiet", "next");
      project.write("README", "one\nof the user\nthree\n");
      project.git("commit", "--quiet", "-am", "the user's");
      project.git("checkout", "--quiet", "main");
      await ask("next");
      const fourth = queue.getByRole("listitem", { name: "Merge 4 of ada into next" });
      await fourth.getByText("Conflict", { exact: true }).waitFor();
      await fourth.getByText("What conflicts").click();
      await fourth.getByText("of the user").waitFor();
      await picture(queue, "files-ended", true);
      const again = await look(await world.address("view", "/ui/files/ada"));
      await again.getByRole("button", { name: "Merge…" }).click();
      await again.getByLabel("Into the branch").fill("next");
      await again.keyboard.press("Enter");
      await again.getByText("in 1 file. Nothing is moved", { exact: false }).waitFor();
      expect(await again.getByRole("button", { name: "Ask to merge" }).isDisabled()).to.equal(true);
      await again.getByText("This token may look and not act.", { exact: false }).first().waitFor();
    });

    /** A merge, asked for as the command line asks. */
    async function ask(target: string): Promise<void> {
      await folders.askMerge({ agent: "ada", target });
    }

    it("tells what is compared with what, and of each file how it changed, whatever it is called", async () => {
      const odd = `${"deep/".repeat(3)}<img src=x onerror=canary=1>\u202e\n"it's".ts`;
      const { path: copy } = await folders.create({ agent: "bob", project: project.project });
      writeAt(
        join(copy, odd),
        `const canary = "${HOSTILE.text.replace("\u0000", "")}"; // ${"x".repeat(5_000)}\nno end`,
      );
      writeFileSync(join(copy, "picture.png"), Buffer.from([0, 1, 2, 255]));
      renameSync(join(copy, "src/util.js"), join(copy, "src/renamed.js"));
      chmodSync(join(copy, "src/main.js"), 0o755);
      writeAt(join(copy, "long.txt"), "a line\n".repeat(4_000));
      writeAt(join(copy, "huge.txt"), `${"x".repeat(99)}\n`.repeat(20_000));
      for (let at = 0; at < 10; at += 1)
        writeAt(join(copy, `src/part-${at}.ts`), `export const part = ${at};\n`);
      const page = await look(await world.address("act", "/ui/files/bob"), {
        colorScheme: "dark",
        bypassCSP: true,
      });
      await card(page, "huge.txt").getByRole("button", { name: "Show 20,000 lines" }).click();
      await page.getByText("This file's diff has 2.0 MB: more than a page shows.").waitFor();
      await page.getByText(`git -C ${project.project} diff`, { exact: false }).waitFor();
      await card(page, "long.txt").getByRole("button", { name: "Show 4,000 lines" }).click();
      await page.getByRole("button", { name: "Show 2,000 more of 4,000 lines" }).waitFor();
      await picture(page, "files-many", true);
      await card(page, "picture.png").getByText("A binary file").waitFor();
      await card(page, "renamed.js").scrollIntoViewIfNeeded();
      await card(page, "renamed.js").getByText("Renamed; what is in it is the same.").waitFor();
      await card(page, "main.js").getByText("644 → 755").waitFor();
      const files = page.getByRole("navigation", { name: "Changed files" });
      await files.getByLabel("Find a file").fill("onerror");
      await files.getByRole("button", { name: "onerror" }).click();
      await page.getByText("No line feed at its end now.").waitFor();
      await page.getByText("characters more", { exact: false }).waitFor();
      expect(await page.getByRole("article").count()).to.equal(1);
      expect(await page.evaluate(() => "canary" in globalThis)).to.equal(false);
      expect(await page.locator("iframe, img, a[href*='attacker']").count()).to.equal(0);
      await expectNoWiderThanScreen(page);
      await expectAccessible(page);
      await picture(page, "files-odd");

      // Kinds: the agent's own commit, and what is not in it.
      userGit(copy, "add", "src");
      userGit(copy, "commit", "--quiet", "-m", "by the agent");
      await page.getByRole("link", { name: "Committed", exact: true }).click();
      await page.getByText("from the base to the agent's HEAD").waitFor();
      await card(page, "renamed.js").waitFor();
      expect(await card(page, "long.txt").count()).to.equal(0);
      await page.getByRole("link", { name: "Uncommitted" }).click();
      await card(page, "long.txt").waitFor();
      expect(await card(page, "renamed.js").count()).to.equal(0);
      await page.getByRole("link", { name: "Merged" }).click();
      await page.getByText("Nothing of bob was merged yet.").waitFor();
    });

    it("is readable in both themes, split and unified, on a phone, and says what is lost with a copy", async () => {
      const { path: copy } = await folders.create({ agent: "cleo", project: project.project });
      const code = (name: string) =>
        `import { readFile } from "node:fs/promises";\n\n/** Reads what is configured. */\nexport async function ${name}(path: string): Promise<number> {\n  // A file of one number.\n  const text = await readFile(path, "utf8");\n  return Number(text.trim()) + 42;\n}\n`;
      writeAt(join(copy, "src/config.ts"), code("readConfig"));
      userGit(copy, "add", "--all");
      const run = await folders.beginRun("cleo");
      writeAt(join(copy, "README"), "one\nand two\nthree\n");
      project.write("leaked.txt", "by its path\n");
      await run.rest();
      await run.end();
      const page = await look(await world.address("act", "/ui/files"), {
        colorScheme: "light",
        bypassCSP: true,
      });
      await page.getByText("The project itself changed").waitFor();
      await page.getByText("Which").click();
      await page.getByText("leaked.txt").waitFor();
      await expectAccessible(page);
      await picture(page, "files-light", true);
      await goTo(page, "/ui/files/cleo?view=split");
      await card(page, "config.ts").getByText("readConfig").waitFor();
      await card(page, "README").getByText("and two").waitFor();
      expect(await page.getByRole("button", { name: "Split" }).getAttribute("aria-pressed")).to.equal("true");
      await expectAccessible(page);
      await picture(page, "files-agent-light", true);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.getByRole("button", { name: "Unified" }).click();
      await expectAccessible(page);
      await picture(page, "files-agent-dark", true);
      await page.setViewportSize(PHONE);
      await expectNoWiderThanScreen(page);
      await page.getByRole("button", { name: "Split" }).waitFor({ state: "detached" });
      await picture(page, "files-agent-phone", true);
      await page.getByRole("button", { name: "Discard…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("2 files", { exact: true }).waitFor();
      await expectAccessible(page);
      await expectNoWiderThanScreen(page);
      await picture(page, "files-discard-phone");
      await dialog.getByRole("button", { name: "Discard the copy" }).click();
      await page.getByRole("heading", { name: "Files", level: 1 }).waitFor();
      await until(
        "it is gone",
        async () => (await page.getByRole("link", { name: "cleo", exact: true }).count()) === 0,
      );
      await expectNoWiderThanScreen(page);
      await picture(page, "files-phone", true);
      // What is read of it while it goes is refused, which stands in the browser's log.
      for (const { complaints } of open)
        expect(
          complaints.splice(0).filter((complaint) => !complaint.includes("status of 404")),
        ).to.deep.equal([]);
      await goTo(page, "/ui/files/cleo");
      await page.getByRole("heading", { name: "cleo has no copy of a project" }).waitFor();
    });
  });

  it("says what to do where no project is offered, and whose view it is", async () => {
    const world = await startWorld();
    runAfterTest(() => world.close());
    const page = await look(await world.address("view", "/ui/files"));
    await page.getByRole("heading", { name: "No project is offered to agents" }).waitFor();
    const { token } = await world.tokens.create(
      { kind: "helper", cluster: 1n, name: "h", user: OWNER },
      "an agent's",
      {
        role: "act",
      },
    );
    const other = await look(`${world.url()}/ui/files#token=${token}`);
    await other.getByRole("heading", { name: "That is for the operator" }).waitFor();
    // What is refused stands in the browser's log.
    for (const { complaints } of open)
      expect(complaints.splice(0).join()).to.match(
        /^(Failed to load resource: the server responded with a status of 4\d\d \([\w ]+\),?)+$/,
      );
  });
});
