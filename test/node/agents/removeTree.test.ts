import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { removeTree } from "../../../node/src/agents/removeTree.ts";

describe("removing a folder", () => {
  let own = "";
  let folder = "";
  beforeEach(() => {
    own = mkdtempSync(join(tmpdir(), "pleiad-remove-"));
    folder = join(own, "folder");
    mkdirSync(folder);
  });
  afterEach(() => {
    rmSync(own, { recursive: true, force: true });
  });

  it("removes all of it, read-only folders and hidden files too, and a file alone", async () => {
    mkdirSync(join(folder, "cache", "deep"), { recursive: true });
    writeFileSync(join(folder, "cache", "deep", ".file"), "x");
    for (const path of ["cache/deep", "cache"]) chmodSync(join(folder, path), 0o500);
    mkdirSync(join(folder, "closed"));
    writeFileSync(join(folder, "closed", "file"), "x");
    chmodSync(join(folder, "closed"), 0);
    expect(await removeTree(folder)).to.equal(undefined);
    expect(existsSync(folder)).to.equal(false);
    writeFileSync(folder, "a file");
    expect(await removeTree(folder)).to.equal(undefined);
    expect(existsSync(folder)).to.equal(false);
  });

  it("does nothing where there is nothing, and says why where it cannot", async () => {
    expect(await removeTree(join(own, "none"))).to.equal(undefined);
    writeFileSync(join(own, "file"), "x");
    expect(await removeTree(join(own, "file", "below"))).to.equal("ENOTDIR");
  });

  it("follows no link, be it in it or in its place", async () => {
    mkdirSync(join(own, "elsewhere"));
    writeFileSync(join(own, "elsewhere", "file"), "stays");
    symlinkSync(join(own, "elsewhere"), join(folder, "out"));
    expect(await removeTree(folder)).to.equal(undefined);
    symlinkSync(join(own, "elsewhere"), folder);
    expect(await removeTree(folder)).to.equal(undefined);
    expect(existsSync(folder)).to.equal(false);
    expect(readFileSync(join(own, "elsewhere", "file"), "utf8")).to.equal("stays");
  });

  it("lets others have their turn all the while", async () => {
    for (let count = 0; count < 1_000; count += 1) writeFileSync(join(folder, `${count}`), "");
    let turns = 0;
    let isOver = false;
    const next = (): void => {
      turns += 1;
      if (!isOver) setImmediate(next);
    };
    setImmediate(next);
    expect(await removeTree(folder)).to.equal(undefined);
    isOver = true;
    // One for each group of files at the least.
    expect(turns).to.be.above(1_000 / 16);
  });
});
