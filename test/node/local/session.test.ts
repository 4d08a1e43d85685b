import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { layoutOf } from "../../../node/src/local/layout.ts";
import { resetFolder } from "../../../node/src/local/session.ts";
import { takeLock } from "../../../node/src/local/upLock.ts";

describe("the data folder of a local network", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-session-"));
    for (const name of ["chain", "operators"]) mkdirSync(join(folder, name));
    for (const name of ["mnemonic", "registry.json", "notes.txt"]) writeFileSync(join(folder, name), name);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const codeOf = (call: () => void): unknown => {
    try {
      call();
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
    return undefined;
  };

  it("reset_folderOfALocalNetwork_removesWhatItMadeAndNothingElse", () => {
    writeFileSync(join(folder, "local-network"), "");
    resetFolder(folder);
    for (const name of ["chain", "operators", "mnemonic", "registry.json"])
      expect(existsSync(join(folder, name)), name).to.equal(false);
    expect(existsSync(join(folder, "notes.txt"))).to.equal(true);
  });

  it("reset_folderThatNoLocalNetworkMade_isRefused", () => {
    expect(codeOf(() => resetFolder(folder))).to.equal("LOCAL_FOLDER_FOREIGN");
    expect(existsSync(join(folder, "mnemonic"))).to.equal(true);
  });

  it("reset_whileAProcessKeepsItUp_isRefused", async () => {
    writeFileSync(join(folder, "local-network"), "");
    const lock = await takeLock(layoutOf(folder).lockFile);
    try {
      expect(codeOf(() => resetFolder(folder))).to.equal("LOCAL_FOLDER_BUSY");
      expect(existsSync(join(folder, "mnemonic"))).to.equal(true);
    } finally {
      await lock?.release();
    }
  });
});
