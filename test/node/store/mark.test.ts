import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { openSequenceMark } from "../../../node/src/store/mark.ts";
import { failure, temporaryFolder } from "./helpers.ts";

async function read(path: string): Promise<number> {
  const mark = await openSequenceMark(path);
  await mark.close();
  return mark.highest;
}

describe("sequence mark", () => {
  it("is 0 where nothing was written, and the last number after that", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "mark");
    expect(await read(path)).to.equal(0);
    const mark = await openSequenceMark(path);
    for (let sequence = 1; sequence <= 9; sequence += 1) {
      await mark.raise(sequence);
      expect(mark.highest).to.equal(sequence);
    }
    await mark.close();
    expect(await read(path)).to.equal(9);
  });

  for (const restarts of [true, false]) {
    it(`falls back to the number before when a write is torn, ${restarts ? "with" : "without"} restarts`, async () => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, "mark");
      let mark = await openSequenceMark(path);
      await mark.raise(1);
      for (let sequence = 2; sequence <= 6; sequence += 1) {
        const before = await readFile(path);
        if (restarts) {
          await mark.close();
          mark = await openSequenceMark(path);
        }
        await mark.raise(sequence);
        const after = await readFile(path);
        const torn = after.map((byte, index) => (index % 2 === 0 ? (before[index] ?? 0) : byte));
        expect(torn, "something was torn").not.to.deep.equal(after);
        await writeFile(path, torn);
        expect(await read(path)).to.equal(sequence - 1);
        await writeFile(path, after);
      }
      await mark.close();
    });
  }

  it("is in the file before it answers, however long the flush takes", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "mark");
    const mark = await openSequenceMark(path);
    for (let sequence = 1; sequence <= 50; sequence += 1) {
      await mark.raise(sequence);
      expect(await read(path), "what another process finds").to.equal(sequence);
    }
    await mark.close();
  });

  it("never needs more room than it took at first", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "mark");
    expect(await read(path)).to.equal(0);
    const { size } = await stat(path);
    const mark = await openSequenceMark(path);
    await mark.raise(Number.MAX_SAFE_INTEGER);
    await mark.close();
    expect((await stat(path)).size).to.equal(size);
    expect(await read(path)).to.equal(Number.MAX_SAFE_INTEGER);
  });

  it("says in a typed error that it cannot be opened", async () => {
    await using folder = await temporaryFolder();
    await failure(openSequenceMark(folder.path), "STORE_IO");
  });
});
