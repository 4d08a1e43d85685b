import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Config } from "../../../node/src/config/table.ts";
import { openProjectJobs, type RunningProjectJobs } from "../../../node/src/local/wiring/openProjectJobs.ts";
import { temporaryFolder } from "../../fixtures/pleiad.ts";
import { failure, logger } from "../chain/helpers.ts";

const { signal } = new AbortController();

describe("copies of repositories for jobs", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let project: string;
  let jobs: RunningProjectJobs;

  beforeEach(async () => {
    folder = temporaryFolder();
    project = join(folder.path, "app");
    mkdirSync(project);
    writeFileSync(join(project, "a.txt"), "one\n");
    git("init", "--quiet", "--initial-branch", "main");
    git("add", ".");
    git("-c", "user.name=T", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "x");
    jobs = await open();
  });
  afterEach(async () => {
    await jobs.close();
    await folder[Symbol.asyncDispose]();
  });

  function git(...args: readonly string[]): string {
    const environment = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", HOME: folder.path };
    return execFileSync("git", args, { cwd: project, env: environment, encoding: "utf8" });
  }

  async function open(): Promise<RunningProjectJobs> {
    const folders = {
      projects: new Map([["app", project]]),
      requesters: ["app"],
      repositories: [],
      repositoryBytesMax: 1_048_576,
      repositoryTimeoutMs: 10_000,
      copyBytesMax: 1_048_576,
    };
    const config = { dataFolder: join(folder.path, "data"), folders } as unknown as Config;
    return (
      (await openProjectJobs(config, { tagPrefix: "jobs-test" }, { logger })) ??
      expect.fail("nothing is offered")
    );
  }

  const copies = () => readdirSync(join(folder.path, "data", "job-folders", "trees"));
  const refs = () => git("for-each-ref", "refs/pleiad");

  it("begin with a clean one after a crash, and leave nothing", async () => {
    const before = await jobs.enter("job-1-12-0", { repository: "app" }, signal);
    writeFileSync(join(before.folder, "a.txt"), "half a thought");
    writeFileSync(join(before.folder, "left.txt"), "left");
    // The daemon is gone: nobody leaves.
    await jobs.close();
    jobs = await open();
    expect([copies(), refs()]).to.deep.equal([[], ""]);
    const place = await jobs.enter("job-1-12-0", { repository: "app" }, signal);
    expect(readFileSync(join(place.folder, "a.txt"), "utf8")).to.equal("one\n");
    expect(place.kept).to.deep.equal([
      {
        path: place.folder,
        bytesMax: 1_048_576,
        what: "its copy of the project",
        key: "folders.copyBytesMax",
      },
    ]);
    expect(existsSync(join(place.folder, "left.txt"))).to.equal(false);
    await place.leave();
    expect([copies(), refs()]).to.deep.equal([[], ""]);
  });

  it("that a crash left keep no daemon from starting where the project is locked, and go once it is not", async () => {
    await jobs.enter("job-1-12-0", { repository: "app" }, signal);
    await jobs.enter("job-1-12-1", { repository: "app" }, signal);
    await jobs.close();
    const lock = join(project, ".git", "packed-refs.lock");
    writeFileSync(lock, "");
    jobs = await open();
    expect(copies()).to.deep.equal(["job-1-12-0", "job-1-12-1"]);
    rmSync(lock);
    const place = await jobs.enter("job-1-12-0", { repository: "app" }, signal);
    expect(readFileSync(join(place.folder, "a.txt"), "utf8")).to.equal("one\n");
    await place.leave();
    await jobs.close();
    jobs = await open();
    expect([copies(), refs()]).to.deep.equal([[], ""]);
  });

  it("are each its own, and say what was done in each", async () => {
    const places = await Promise.all(
      ["job-1-12-0", "job-1-12-1"].map((name) => jobs.enter(name, { repository: "app" }, signal)),
    );
    for (const [index, place] of places.entries()) writeFileSync(join(place.folder, "b.txt"), `${index}\n`);
    const changes = await Promise.all(places.map((place) => place.changes(10_000)));
    expect(changes.map(({ diff }) => diff.split("\n").at(-2))).to.deep.equal(["+0", "+1"]);
    for (const place of places) await place.leave();
  });

  it("fail where their diff is no output any more, before anybody is told half of it", async () => {
    const place = await jobs.enter("job-1-12-0", { repository: "app" }, signal);
    writeFileSync(join(place.folder, "b.txt"), "x\n".repeat(10_000));
    await failure(place.changes(1_000), "AGENT_OUTPUT_TOO_LARGE");
    await place.leave();
  });

  it("are none of what is not there: refused, and nothing is left", async () => {
    await failure(jobs.enter("job-1-1-0", { repository: "other" }, signal), "REPOSITORY_UNKNOWN");
    await failure(
      jobs.enter("job-1-1-0", { repository: "app", base: "nowhere" }, signal),
      "REPOSITORY_BASE_UNKNOWN",
    );
    await failure(jobs.enter("job-1-1-0", { repository: "https://h/x" }, signal), "REPOSITORY_UNLISTED");
    expect([copies(), refs()]).to.deep.equal([[], ""]);
  });
});
