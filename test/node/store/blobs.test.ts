import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Hex, keccak256 } from "viem";
import {
  BLOB_BYTES_MAX,
  BLOB_ROOM_BYTES_MIN,
  type BlobStore,
  openBlobStore,
  QUARANTINED_MAX,
} from "../../../node/src/store/blobs.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { flipBytes } from "./folders.ts";
import { CHAIN, digest, failure, logger, temporaryFolder } from "./helpers.ts";

const SEED = 20_260_104;
const text = (content: string) => new TextEncoder().encode(content);
const openIn = (folder: string, bytesTotalMax?: number) =>
  openBlobStore({ folder, ...(bytesTotalMax === undefined ? {} : { bytesTotalMax }) }, { logger });
const pathOf = (folder: string, blob: Hex) => join(folder, blob.slice(2, 4), blob.slice(2));

async function inMemory(): Promise<AsyncDisposable & { readonly blobs: BlobStore }> {
  const store = await createMemoryStore(CHAIN);
  return { blobs: store.blobs, [Symbol.asyncDispose]: store.close };
}

async function onDisk(): Promise<AsyncDisposable & { readonly blobs: BlobStore }> {
  const folder = await temporaryFolder();
  return { blobs: await openIn(folder.path), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

for (const [name, open] of [
  ["in memory", inMemory],
  ["on disk", onDisk],
] as const) {
  describe(`blobs ${name}`, () => {
    it("come back as they were put, under their digest", async () => {
      await using test = await open();
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
          const made = await test.blobs.put(bytes);
          expect(made).to.equal(keccak256(bytes));
          expect(await test.blobs.get(made)).to.deep.equal(bytes);
          expect(await test.blobs.has(made)).to.equal(true);
        }),
        { seed: SEED, numRuns: 50 },
      );
    });

    it("are missing, retryably, when nobody put them", async () => {
      await using test = await open();
      expect(await test.blobs.has(digest("nothing"))).to.equal(false);
      expect((await failure(test.blobs.get(digest("nothing")), "BLOB_MISSING")).retryable).to.equal(true);
      expect(await test.blobs.delete(digest("nothing"))).to.equal(false);
    });

    it("are listed with the time of their last use, which only grows, and which putting them again renews", async () => {
      await using test = await open();
      const made = await test.blobs.put(text("one"), 5_000);
      const listed = async () => {
        const all = [];
        for await (const { digest: of, usedAtMs } of test.blobs.list()) all.push([of, usedAtMs]);
        return all;
      };
      expect(await listed()).to.deep.equal([[made, 5_000]]);
      await test.blobs.use(made, 4_000);
      expect(await listed()).to.deep.equal([[made, 5_000]]);
      await test.blobs.use(made, 7_000);
      expect(await listed()).to.deep.equal([[made, 7_000]]);
      await test.blobs.put(text("one"), 9_000);
      expect(await listed()).to.deep.equal([[made, 9_000]]);
      await test.blobs.use(digest("nothing"), 9_000);
    });

    it("are evicted only if the last look at them says so, and give their room back", async () => {
      await using test = await open();
      const made = await test.blobs.put(text("one"), 5_000);
      const before = test.blobs.bytesTotal;
      const asked: number[] = [];
      const stays = await test.blobs.evict(made, (usedAtMs) => asked.push(usedAtMs) === 0);
      expect([stays, asked, await test.blobs.has(made)]).to.deep.equal([0, [5_000], true]);
      expect(await test.blobs.evict(made, () => true)).to.equal(before);
      expect([test.blobs.bytesTotal, await test.blobs.has(made)]).to.deep.equal([0, false]);
      expect(await test.blobs.evict(made, () => true)).to.equal(0);
    });

    it("have a largest size", async () => {
      await using test = await open();
      const largest = await test.blobs.put(new Uint8Array(BLOB_BYTES_MAX));
      expect((await test.blobs.get(largest)).length).to.equal(BLOB_BYTES_MAX);
      await failure(test.blobs.put(new Uint8Array(BLOB_BYTES_MAX + 1)), "BLOB_TOO_LARGE");
    });

    it("are found under any spelling of a digest, and under nothing else", async () => {
      await using test = await open();
      const made = await test.blobs.put(text("content"));
      expect(await test.blobs.has(`0x${made.slice(2).toUpperCase()}`)).to.equal(true);
      for (const wrong of ["0x", "0x../../../../etc/passwd", made.slice(0, -1), `${made}00`, made.slice(2)]) {
        await failure(test.blobs.get(wrong as Hex), "BLOB_DIGEST_INVALID");
        await failure(test.blobs.delete(wrong as Hex), "BLOB_DIGEST_INVALID");
      }
    });

    it("are gone once deleted", async () => {
      await using test = await open();
      const made = await test.blobs.put(text("content"));
      expect(await test.blobs.delete(made)).to.equal(true);
      expect(await test.blobs.has(made)).to.equal(false);
      expect(test.blobs.bytesTotal).to.equal(0);
    });
  });
}

describe("blob files", () => {
  it("survive a restart, readable by their owner alone, with nothing half written beside them", async () => {
    await using folder = await temporaryFolder();
    const made = await (await openIn(folder.path)).put(text("content"));
    await writeFile(join(folder.path, "tmp", "half"), "cont");
    const blobs = await openIn(folder.path);
    expect(await blobs.get(made)).to.deep.equal(text("content"));
    expect(blobs.bytesTotal).to.equal(BLOB_ROOM_BYTES_MIN);
    expect(await readdir(join(folder.path, "tmp"))).to.deep.equal([]);
    expect((await stat(pathOf(folder.path, made))).mode & 0o077).to.equal(0);
  });

  for (const [what, damage] of [
    ["a changed byte", (path: string) => flipBytes(path, 3)],
    ["a cut", (path: string) => truncate(path, 2)],
    ["more than a blob may have", (path: string) => truncate(path, 3 * BLOB_BYTES_MAX)],
  ] as const) {
    it(`are put away, never handed out, with ${what}, and can be put again`, async () => {
      await using folder = await temporaryFolder();
      const blobs = await openIn(folder.path);
      const made = await blobs.put(text("content"));
      await damage(pathOf(folder.path, made));
      const error = await failure(blobs.get(made), "BLOB_DAMAGED");
      expect(error.retryable).to.equal(true);
      expect(error.details.digest).to.equal(made);
      expect(await blobs.has(made)).to.equal(false);
      expect(await readdir(join(folder.path, "quarantined"))).to.have.length(1);
      await blobs.put(text("content"));
      expect(await blobs.get(made)).to.deep.equal(text("content"));
    });
  }

  it("are repaired by being put again, before anyone read the damage", async () => {
    await using folder = await temporaryFolder();
    const blobs = await openIn(folder.path);
    const made = await blobs.put(text("content"));
    await flipBytes(pathOf(folder.path, made), 0);
    await blobs.put(text("content"));
    expect(await blobs.get(made)).to.deep.equal(text("content"));
    expect(blobs.bytesTotal).to.equal(BLOB_ROOM_BYTES_MIN);
  });

  it("leave a bounded number of damaged ones behind", async () => {
    await using folder = await temporaryFolder();
    const blobs = await openIn(folder.path);
    for (let index = 0; index < QUARANTINED_MAX + 4; index += 1) {
      const made = await blobs.put(text(`content ${index}`));
      await flipBytes(pathOf(folder.path, made), 0);
      await failure(blobs.get(made), "BLOB_DAMAGED");
    }
    expect(await readdir(join(folder.path, "quarantined"))).to.have.length(QUARANTINED_MAX);
    expect(blobs.bytesTotal).to.equal(0);
  });

  it("are refused beyond their total, also when many come at once, until others are deleted", async () => {
    await using folder = await temporaryFolder();
    const room = 3 * BLOB_ROOM_BYTES_MIN;
    const blobs = await openIn(folder.path, room);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => blobs.put(text(`content ${index}`))),
    );
    const kept = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(kept).to.have.length(3);
    expect(blobs.bytesTotal).to.equal(room);
    const error = await failure(blobs.put(text("one more")), "BLOBS_FULL");
    expect(error.retryable).to.equal(true);
    const [first] = kept;
    if (first === undefined) throw new Error("none was kept");
    await blobs.delete(first);
    await blobs.put(text("one more"));
    await failure((await openIn(folder.path, room)).put(text("after a restart")), "BLOBS_FULL");
  });

  it("are counted once, however often they are put", async () => {
    await using folder = await temporaryFolder();
    const blobs = await openIn(folder.path);
    const bytes = new Uint8Array(10_000).fill(7);
    await Promise.all(Array.from({ length: 8 }, () => blobs.put(bytes)));
    await blobs.put(bytes);
    expect(blobs.bytesTotal).to.equal(bytes.length);
  });

  it("are nothing that did not write itself there under a digest's name", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "ab"));
    await writeFile(join(folder.path, "ab", "notes.txt"), "x".repeat(9_000));
    expect((await openIn(folder.path)).bytesTotal).to.equal(0);
    expect(await readFile(join(folder.path, "ab", "notes.txt"), "utf8")).to.have.length(9_000);
    await rm(folder.path, { recursive: true });
  });

  it("say in a typed error that the folder cannot be written", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "blobs"), "a file in the way");
    await failure(openIn(join(folder.path, "blobs")), "STORE_IO");
  });
});
