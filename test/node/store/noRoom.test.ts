import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { openWatermark, WATERMARK_FILE } from "../../../node/src/store/watermark.ts";
import { backUp, bytesOf, restoreFrom } from "./backups.ts";
import { copyOf, fill, openAt } from "./folders.ts";
import { logger, temporaryFolder } from "./helpers.ts";

const PROBE = join(import.meta.dirname, "noRoomChild.ts");
/** Where one run, that had room, keeps what it compiled: another that has none would be ended by the system for keeping it. */
let compiled: Awaited<ReturnType<typeof temporaryFolder>>;
/** Files end here (POSIX `ulimit -f`, in blocks of 512 bytes): "no room" in each single file that is written. */
const run = (
  blocks: number | "unlimited",
  what: string,
  ...args: readonly string[]
): { readonly code: string | null } => {
  const command = `ulimit -f ${blocks} && exec "$0" "$@"`;
  const out = execFileSync("sh", ["-c", command, process.execPath, PROBE, what, ...args], {
    encoding: "utf8",
    env: { ...process.env, NODE_COMPILE_CACHE: compiled.path },
    // Pipes: what the tests' own output is written to may be a file, which would take no more either.
    stdio: ["ignore", "pipe", "pipe"],
  });
  return JSON.parse(out);
};

describe("a store where a file takes no more", () => {
  before(async () => {
    compiled = await temporaryFolder();
    expect(run("unlimited", "nothing")).to.deep.equal({ code: null });
  });
  after(() => compiled[Symbol.asyncDispose]());

  for (const what of ["opening", "backup", "restore", "blob", "rebuild", "seal"]) {
    it(`says STORE_FULL for a ${what}, leaves what was there, and does it when there is room`, async () => {
      await using folder = await temporaryFolder();
      const data = join(folder.path, "data");
      const target = join(folder.path, "target");
      await fill(data, 40);
      await backUp(data, join(folder.path, "backup"));
      if (what === "seal") await restoreFrom(join(folder.path, "backup"), target);
      if (what === "opening") await mkdir(target);
      if (what === "rebuild" || what === "blob") await copyOf(data, target);
      const before = await bytesOf(data);
      expect(run(0, what, folder.path), "without room").to.deep.equal({ code: "STORE_FULL" });
      expect(await bytesOf(data)).to.deep.equal(before);
      expect((await readdir(folder.path)).filter((name) => name.includes("partial"))).to.deep.equal([]);
      expect(run(100_000, what, folder.path), "with room").to.deep.equal({ code: null });
    });
  }

  it("forgets no damaged watermark: what it forbids is forbidden once there is room", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, WATERMARK_FILE);
    await writeFile(path, "{");
    expect(run(0, "watermark", folder.path), "without room").to.deep.equal({ code: "STORE_FULL" });
    const { facts } = await openWatermark(path, { logger, now: Date.now });
    expect(facts).to.include({ reason: "restore", isSealed: false });
    const kept = (await readdir(folder.path)).filter((name) => name !== WATERMARK_FILE);
    expect(kept, "kept for a look, once").to.have.length(1);
    expect(await readFile(join(folder.path, kept[0] ?? ""), "utf8")).to.equal("{");
  });

  it("restores a backup once there is room, wherever the disk was full", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"), 40);
    const backup = join(folder.path, "backup");
    await backUp(join(folder.path, "data"), backup);
    const outcomes = new Set<string | null>();
    for (const blocks of [0, 1, 2, 4, 8, 16, 64, 200]) {
      outcomes.add(run(blocks, "restore", folder.path).code);
      if (outcomes.has(null)) break;
    }
    expect([...outcomes]).to.deep.equal(["STORE_FULL", null]);
    const store = await openAt(join(folder.path, "target"));
    expect(await store.journal.jobs.live()).to.have.length(40);
    await store.close();
  });
});
