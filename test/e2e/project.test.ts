import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type PleiadProcess, ROOT, startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";
import { agentTags, processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

const AGENT = join(ROOT, "test", "fixtures", "fakeAcpAgent.mjs");
/** Everything that was left by a killed `up` ends by itself. Milliseconds. */
const ORPHANS_MS_MAX = 10_000;

/** A coding agent that obeys each line of a prompt that begins with DO. */
const TEAM = `services:
  claude:
    kind: acp
    program: ${process.execPath}
    args: [${AGENT}, '{"always":"lines"}']
    sandbox: none
`;

/** What the README tells to type, without the two lines that begin it all. */
function readmeCommands(): string[] {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const section = readme.split("## A team in a folder\n")[1]?.split("\n## ")[0] ?? "";
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
  expect(blocks.slice(0, 2)).to.deep.equal(['export PATH="$PWD/node_modules/.bin:$PATH"', "pleiad up"]);
  return blocks.slice(2);
}

describe("a team in a folder", function () {
  this.timeout(120_000);
  // Each test carries on where the one before stopped.
  this.bail(true);
  let folder: ReturnType<typeof temporaryFolder>;
  let project: string;
  let below: string;
  let asItWas: ReturnType<typeof picture>;
  let up: PleiadProcess;
  const started: PleiadProcess[] = [];

  before(() => {
    folder = temporaryFolder();
    project = join(folder.path, "My App");
    below = join(project, "src", "deep");
    mkdirSync(below, { recursive: true });
    writeFileSync(join(project, "README.md"), "the project\n");
    writeFileSync(join(below, "parser.js"), "export {};\n");
    git("init", "--quiet", "--initial-branch", "main");
    git("add", ".");
    git("-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "Begin");
    // What is not committed is the user's too.
    writeFileSync(join(project, "README.md"), "the project, changed\n");
    writeFileSync(join(project, "notes.txt"), "mine\n");
    asItWas = picture();
    mkdirSync(join(project, ".pleiad"), { mode: 0o700 });
    writeFileSync(join(project, ".pleiad", "team.yaml"), TEAM, { mode: 0o600 });
  });
  after(async () => {
    for (const one of started) one.signal("SIGKILL");
    await until("no process is left", () => processesOf(folder.path).length === 0, { timeoutMs: 20_000 });
    await folder[Symbol.asyncDispose]();
  });

  function environment(): Record<string, string> {
    const path = `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH ?? ""}`;
    return { PATH: path, GIT_CONFIG_NOSYSTEM: "1", HOME: folder.path };
  }

  /** Git as the user of the project has it, without what this machine's user has configured. */
  function git(...args: readonly string[]): string {
    return execFileSync("git", args, { cwd: project, env: environment(), encoding: "utf8" });
  }

  /** Types a line into a shell below the project. */
  function type(line: string): string {
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", line], {
      cwd: below,
      env: environment(),
      encoding: "utf8",
    });
    expect(status, `${line}: ${stdout}${stderr}`).to.equal(0);
    return stdout;
  }

  /** All of the user's: files with modes and contents, branches and tags, index, settings, hooks. */
  function picture(): Record<string, unknown> {
    const files = readdirSync(project, { recursive: true, encoding: "utf8" })
      .filter(
        (name) =>
          !/^(\.pleiad|\.git)(\/|$)/.test(name) || /^\.git\/(HEAD|index|config|hooks|info)/.test(name),
      )
      .sort()
      .map((name) => {
        const stat = statSync(join(project, name));
        const digest = stat.isFile()
          ? createHash("sha256")
              .update(readFileSync(join(project, name)))
              .digest("hex")
          : "";
        return `${name} ${stat.mode.toString(8)} ${digest}`;
      });
    return {
      files,
      refs: git("for-each-ref")
        .split("\n")
        .filter((line) => !line.includes("refs/pleiad/")),
    };
  }

  async function start(): Promise<string> {
    up = startPleiad(["up"], { cwd: below, env: { HOME: folder.path } });
    started.push(up);
    await up.says(/Up until Ctrl-C\.\n/);
    return up.stdout();
  }

  const inboxSays = (text: string) =>
    until(`"${text}" in the inbox`, () => type("pleiad workspace inbox").includes(text), {
      timeoutMs: 30_000,
    });

  it("is opened where pleiad up runs, says what is there and what to type, and runs no sample document", async () => {
    const page = await start();
    expect(page).to.match(/^dashboard +http:\/\/127\.0\.0\.1:\d+\/#\S+$/m);
    expect(page).to.include(`project    ${project}, on main`);
    expect(page).to.include("claude (team.yaml)");
    expect(page).to.include("cluster    my-app");
    expect(page).to.include('pleiad workspace spawn ada --service claude --task "');
    expect(page).to.include("pleiad cluster execute my-app --input FILE --wait");
    expect(page).not.to.include("Brief");
    expect(git("status", "--porcelain").split("\n").sort()).to.deep.equal([
      "",
      " M README.md",
      "?? notes.txt",
    ]);
    expect(statSync(join(project, ".pleiad")).mode & 0o777).to.equal(0o700);
  });

  it("works by the commands of the README, typed anywhere in the project", async () => {
    const [spawn = "", inbox, diff, branch, merge, ...more] = readmeCommands();
    expect(more).to.deep.equal([]);
    expect(inbox).to.equal("pleiad workspace inbox");
    expect(type(spawn.replace(/"$/, '\nDO write test.js hi"'))).to.include(
      "works on My-App in a copy of its own",
    );
    await inboxSays('added "test.js" +1 -0');
    expect(type(diff ?? "")).to.include("+++ b/test.js");
    type(branch ?? "");
    expect(type(merge ?? "")).to.include("merged as");
    expect(git("show", "ada-work:test.js")).to.equal("hi");
  });

  it("has a helper beside the first, to whom files are handed, in an empty folder if that is wished", async () => {
    writeFileSync(join(below, "shot.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]));
    const order =
      'pleiad workspace spawn bob --service claude --no-project --file shot.png --task "look\nDO attachments"';
    expect(type(order)).to.include("works in an empty folder");
    await inboxSays('"mediaType":"image/png","bytes":"iVBOR/8A"');
    execFileSync("rm", [join(below, "shot.png")]);
  });

  it("goes on with its helpers after all daemons and programs were killed", async () => {
    const tags = agentTags(project);
    // The chain alone is left to end by itself: a cut-off write of its state costs the chain, which is said elsewhere.
    const others = processesOf(project, tags).filter(
      ({ pid, command }) => pid !== up.pid && !/anvil/.test(command),
    );
    expect(others.length, "three daemons and two helpers' programs at least").to.be.at.least(5);
    up.signal("SIGKILL");
    for (const { pid } of others) killIfThere(pid);
    await until("no process is left", () => processesOf(project, tags).length === 0, {
      timeoutMs: ORPHANS_MS_MAX,
    });
    await start();
    type('pleiad workspace send "and again\nDO write again.txt more" --to ada');
    await until("ada has done it", () => type("pleiad workspace diff ada --files").includes("again.txt"), {
      timeoutMs: 30_000,
    });
    expect(type("pleiad workspace diff ada --files")).to.include("test.js");
  });

  it("is told of in a second terminal, which ends", async () => {
    const second = startPleiad(["up"], { cwd: project, env: { HOME: folder.path } });
    const { exitCode, stdout } = await second.ended;
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/is up already/);
  });

  it("leaves at Ctrl-C the user's files as they were, the merged branch beside them, and no process", async () => {
    up.signal("SIGINT");
    expect((await up.ended).exitCode).to.equal(0);
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
    const branch = git("for-each-ref", "refs/heads/ada-work");
    expect(branch).not.to.equal("");
    git("branch", "--quiet", "-D", "ada-work");
    expect(picture()).to.deep.equal(asItWas);
  });
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
