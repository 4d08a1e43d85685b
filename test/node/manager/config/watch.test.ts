import { execFileSync } from "node:child_process";
import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import type { Clock } from "../../../../node/src/chain/clock.ts";
import { loadManagerFile } from "../../../../node/src/manager/config/load.ts";
import { watchManagerFile } from "../../../../node/src/manager/config/watch.ts";
import { failure, temporaryFolder } from "../../config/helpers.ts";
import { fileText } from "./support.ts";

/** No time passes but what is waited for, which is at once; `during` happens in the first wait. */
function hastyClock(during: () => Promise<void> = async () => undefined): Clock {
  let first: (() => Promise<void>) | undefined = during;
  return {
    monotonicMs: () => 0,
    after(_, run) {
      const before = first;
      first = undefined;
      void (before ?? (async () => undefined))().then(() => setImmediate(run));
      return () => undefined;
    },
  };
}

async function watched(path: string, during?: () => Promise<void>) {
  const lines: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const watch = await watchManagerFile({ path }, { clock: hastyClock(during), logger });
  let told = 0;
  watch.onChange(() => {
    told += 1;
  });
  return { watch, lines, told: () => told };
}

// Each text has a length of its own: a system's clock for files may stand for some milliseconds.
describe("following a manager's file", () => {
  it("takes what was written in place, renamed over, led elsewhere by a link, or put back", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "manager.yaml");
    await writeFile(path, fileText({ name: "First" }));
    const { watch, told } = await watched(path);
    const name = () => watch.current().settings.name;
    await watch.look();
    expect([name(), told()]).to.deep.equal(["First", 0]);

    await writeFile(path, fileText({ name: "Second" }));
    await watch.look();
    expect([name(), told()]).to.deep.equal(["Second", 1]);

    await writeFile(`${path}.new`, fileText({ name: "Number three" }));
    await rename(`${path}.new`, path);
    await watch.look();
    expect([name(), told()]).to.deep.equal(["Number three", 2]);

    await rm(path);
    await watch.look();
    expect([name(), watch.problem()?.code, told()]).to.deep.equal([
      "Number three",
      "MANAGER_FILE_MISSING",
      3,
    ]);

    await writeFile(join(folder.path, "a.yaml"), fileText({ name: "As the fourth" }));
    await symlink("a.yaml", path);
    await watch.look();
    expect([name(), watch.problem(), told()]).to.deep.equal(["As the fourth", undefined, 4]);

    // As a mounted volume does it: the link's target becomes another file.
    await writeFile(join(folder.path, "b.yaml"), fileText({ name: "The fifth of all" }));
    await symlink("b.yaml", `${path}.new`);
    await rename(`${path}.new`, path);
    await watch.look();
    expect([name(), told()]).to.deep.equal(["The fifth of all", 5]);
    await watch.stop();
  });

  it("tells nobody where what the file says has not changed", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "manager.yaml");
    await writeFile(path, fileText());
    const { watch, told } = await watched(path);
    await writeFile(path, `# a comment\n${fileText()}`);
    await watch.look();
    expect(told()).to.equal(0);
    await watch.stop();
  });

  it("keeps the earlier settings where the file is wrong, and says so once, with line and key", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "manager.yaml");
    await writeFile(path, fileText({ name: "Good" }));
    const { watch, lines, told } = await watched(path);
    const bad = fileText({ name: "Bad", scaling_interval: "soon" });
    for (const comment of ["", "# again\n"]) {
      await writeFile(path, bad + comment);
      await watch.look();
      await watch.look();
    }
    expect(watch.current().settings.name).to.equal("Good");
    expect(watch.problem()?.code).to.equal("MANAGER_FILE_INVALID");
    expect(watch.problem()?.message).to.match(
      /manager\.yaml:\d+: cluster_manager\.scaling_interval: "soon" given/,
    );
    expect(lines.filter((line) => line.includes("does not count"))).to.have.length(1);
    expect(told()).to.equal(1);
    await chmod(path, 0o666);
    await watch.look();
    expect(watch.problem()?.code).to.equal("MANAGER_FILE_MODE");
    await chmod(path, 0o600);
    await writeFile(path, fileText({ name: "Good" }));
    await watch.look();
    expect(watch.problem()).to.equal(undefined);
    await watch.stop();
  });

  it("does not read a file that is still being written", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "manager.yaml");
    await writeFile(path, fileText({ name: "Whole" }));
    const rest = fileText({ name: "Next", policy: { forbidden: ["publish"] } });
    // What is there at first would be a file, too: without the policy.
    const { watch, told } = await watched(path, () => writeFile(path, rest));
    await writeFile(path, fileText({ name: "Next" }));
    await watch.look();
    expect(watch.current().settings.policy.forbidden).to.deep.equal(["publish"]);
    expect(told()).to.equal(1);
    await watch.stop();
  });

  it("changes neither id nor databases without a restart", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "manager.yaml");
    await writeFile(path, fileText());
    const { watch } = await watched(path);
    for (const change of [{ id: "other" }, { databases: ["x", "y", "z"] }]) {
      await writeFile(path, fileText({ name: "Another one", ...change }));
      await watch.look();
      expect(watch.problem()?.code).to.equal("MANAGER_RESTART_NEEDED");
      expect(watch.current().settings.name).to.equal("Main");
    }
    await watch.stop();
  });

  it("begins with a right file or not at all: missing, a folder, a pipe, too large, no text, anybody's", async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    await failure(loadManagerFile(at("none.yaml")), "MANAGER_FILE_MISSING");
    await mkdir(at("folder.yaml"));
    await failure(loadManagerFile(at("folder.yaml")), "MANAGER_FILE_UNREADABLE");
    execFileSync("mkfifo", [at("pipe.yaml")]);
    await failure(loadManagerFile(at("pipe.yaml")), "MANAGER_FILE_UNREADABLE");
    await writeFile(at("large.yaml"), Buffer.alloc(10_000_000, "x"));
    await failure(loadManagerFile(at("large.yaml")), "MANAGER_FILE_INVALID");
    await writeFile(at("binary.yaml"), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    await failure(loadManagerFile(at("binary.yaml")), "MANAGER_FILE_INVALID");
    await writeFile(at("open.yaml"), fileText());
    await chmod(at("open.yaml"), 0o646);
    const { hint } = await failure(loadManagerFile(at("open.yaml")), "MANAGER_FILE_MODE");
    expect(hint).to.equal(`chmod o-w ${at("open.yaml")}`);
  });
});
