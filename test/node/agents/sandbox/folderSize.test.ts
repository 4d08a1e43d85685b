import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { createMeasure } from "../../../../node/src/agents/sandbox/folderSize.mjs";

const MIB = 1_048_576;
/** No look of these tests runs out of time. */
const IN_TIME = Number.POSITIVE_INFINITY;

describe("what a folder holds", () => {
  let own = "";
  let path = "";
  beforeEach(() => {
    own = mkdtempSync(join(tmpdir(), "pleiad-size-"));
    path = join(own, "folder");
    mkdirSync(path);
  });
  afterEach(() => {
    rmSync(own, { recursive: true, force: true });
  });

  const fill = (at: string, bytes: number) => writeFileSync(at, Buffer.alloc(bytes, 1));
  const foundIn = (bytesMax: number) => createMeasure({ path, bytesMax })(IN_TIME)?.found;

  it("is the room that it takes: a file with holes counts for what it has, a large one for all", () => {
    writeFileSync(join(path, "sparse"), "x");
    truncateSync(join(path, "sparse"), 1_000 * MIB);
    expect(foundIn(MIB)).to.equal(undefined);
    fill(join(path, "full"), 2 * MIB);
    expect(foundIn(MIB)).to.be.within(MIB, 3 * MIB);
  });

  it("counts a file of several names once, also where its names are in several folders", () => {
    fill(join(path, "one"), MIB);
    mkdirSync(join(path, "below"));
    for (let count = 0; count < 20; count += 1) linkSync(join(path, "one"), join(path, "below", `${count}`));
    expect(foundIn(1.5 * MIB)).to.equal(undefined);
    expect(foundIn(0.5 * MIB)).to.be.above(0.5 * MIB);
  });

  it("follows no link, be it in it or in its place", () => {
    const elsewhere = join(own, "elsewhere");
    mkdirSync(elsewhere);
    fill(join(elsewhere, "big"), 2 * MIB);
    symlinkSync(elsewhere, join(path, "out"));
    symlinkSync(join(elsewhere, "big"), join(path, "file"));
    expect(foundIn(MIB)).to.equal(undefined);
    rmSync(path, { recursive: true });
    symlinkSync(elsewhere, path);
    expect(foundIn(MIB)).to.equal(undefined);
    rmSync(path);
    expect(foundIn(MIB)).to.equal(undefined);
  });

  it("is too much with more files than can be counted, whatever they hold", () => {
    for (let count = 0; count < 30; count += 1) writeFileSync(join(path, `${count}`), "");
    const about = { path, bytesMax: MIB, kept: { bytesMax: MIB, what: "its home", key: "the.key" } };
    expect(createMeasure({ ...about, entriesMax: 30 })(IN_TIME)).to.equal(undefined);
    expect(createMeasure({ ...about, entriesMax: 29 })(IN_TIME)).to.deep.equal({
      limit: "files",
      found: 30,
      kept: about.kept,
    });
  });

  it("is counted a part at a time, and a look after the last one goes on where that stopped", () => {
    for (let folder = 0; folder < 10; folder += 1) {
      mkdirSync(join(path, `${folder}`));
      for (let count = 0; count < 100; count += 1) fill(join(path, `${folder}`, `${count}`), 4_096);
    }
    const look = createMeasure({ path, bytesMax: MIB });
    let looks = 1;
    // Each is over as soon as it looks at the clock.
    while (look(0) === undefined) looks += 1;
    expect(looks).to.be.within(3, 20);
  });

  it("passes over what it cannot look into", () => {
    mkdirSync(join(path, "closed"));
    fill(join(path, "open"), 2 * MIB);
    chmodSync(join(path, "closed"), 0);
    expect(foundIn(MIB)).to.be.above(MIB);
    chmodSync(join(path, "closed"), 0o700);
  });
});
