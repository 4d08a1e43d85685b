import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  errnoOf,
  makeFolder,
  removeHalfWritten,
  removeIfThere,
  writeFileAtomic,
  writeFileNew,
} from "../../../node/src/config/files.ts";
import { temporaryFolder } from "./helpers.ts";

const errnoOfCall = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => errnoOf(error),
  );

describe("files", () => {
  it("are replaced as a whole, for their owner alone, with nothing left beside them", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "file");
    await writeFile(path, "old", { mode: 0o644 });
    await writeFileAtomic(path, "new");
    expect(await readFile(path, "utf8")).to.equal("new");
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readdir(folder.path)).to.deep.equal(["file"]);
  });

  it("stay as they were when they cannot be replaced, with nothing left beside them", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "taken");
    await mkdir(join(path, "inside"), { recursive: true });
    expect(await errnoOfCall(writeFileAtomic(path, "new"))).to.be.oneOf(["EISDIR", "ENOTEMPTY", "EEXIST"]);
    expect(await readdir(folder.path)).to.deep.equal(["taken"]);
  });

  it("are made new or not at all, also when many try at once", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "file");
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) => errnoOfCall(writeFileNew(path, `content ${index}`))),
    );
    expect(results.filter((result) => result === "no error")).to.have.length(1);
    expect(results.filter((result) => result === "EEXIST")).to.have.length(7);
    expect(await readFile(path, "utf8")).to.equal(`content ${results.indexOf("no error")}`);
    expect(await readdir(folder.path)).to.deep.equal(["file"]);
  });

  it("leave nothing for ever of writers that were killed; those that live go on undisturbed", async () => {
    await using folder = await temporaryFolder();
    const of = (pid: number) => `.tmp-${pid}-${"0".repeat(16)}`;
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    const kept = [of(process.ppid), "file", ".tmp-notes", `${of(gone)}.txt`];
    for (const name of [...kept, of(gone), of(process.pid)]) await writeFile(join(folder.path, name), "x");
    await mkdir(join(folder.path, `.tmp-${gone}-${"1".repeat(16)}`));
    await removeHalfWritten(folder.path);
    expect(await readdir(folder.path)).to.have.members([...kept, `.tmp-${gone}-${"1".repeat(16)}`]);
    await removeHalfWritten(join(folder.path, "none"));
  });

  it("are removed when they are there; folders are made when they are not", async () => {
    await using folder = await temporaryFolder();
    await removeIfThere(join(folder.path, "none"));
    const path = join(folder.path, "a", "b");
    await makeFolder(path);
    await makeFolder(path);
    expect((await stat(path)).mode & 0o777).to.equal(0o700);
    expect((await stat(join(folder.path, "a"))).mode & 0o777).to.equal(0o700);
    await Promise.all(Array.from({ length: 4 }, () => makeFolder(join(folder.path, "c", "d", "e"))));
    expect((await stat(join(folder.path, "c", "d", "e"))).isDirectory()).to.equal(true);
  });

  it("make no folder where a file is, nor where the file system takes none, and say so at once", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "file");
    await writeFileNew(path, "content");
    expect(await errnoOfCall(makeFolder(path))).to.equal("EEXIST");
    expect(await errnoOfCall(makeFolder(join(path, "a", "b")))).to.be.oneOf(["EEXIST", "ENOTDIR"]);
    // The system says ENOENT of what is below a folder that is there.
    expect(await errnoOfCall(makeFolder("/proc/no-such-entry/a"))).to.be.oneOf(["ENOENT", "EROFS", "EACCES"]);
  });
});
