import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { checkBackup, readBackup, writeBackup } from "../../../node/src/store/backup.ts";
import { encodeBackup } from "../../../node/src/store/backupFormat.ts";
import { restoreBackup } from "../../../node/src/store/restore.ts";
import { verifyBackup } from "../../../node/src/store/verify.ts";
import { backUp, NODE, restoreFrom, TAKEN_AT_MS } from "./backups.ts";
import { addJob, FILLED_JOBS, fill, flipBytes, openAt } from "./folders.ts";
import { CHAIN, digest, failure, LEASE, logger, temporaryFolder } from "./helpers.ts";

const SEED = 20_261_125;

describe("a backup", () => {
  it("holds all records and sound blobs, says what it is of, and is checked while it is written", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data);
    const store = await openAt(data);
    const kept = await store.blobs.put(Buffer.from("kept"));
    const broken = await store.blobs.put(Buffer.from("broken"));
    await store.close();
    await flipBytes(join(data, "blobs", broken.slice(2, 4), broken.slice(2)), 0);
    const path = join(folder.path, "backup");
    const { manifest, records } = await backUp(data, path);
    expect(manifest).to.include({
      chainId: CHAIN.chainId,
      contract: CHAIN.contract,
      node: NODE,
      takenAtMs: TAKEN_AT_MS,
      schemaVersion: 1,
      signings: FILLED_JOBS,
      blobs: 1,
      blobBytes: 4,
    });
    expect(records).to.include({ signings: FILLED_JOBS, liveJobs: FILLED_JOBS, records: manifest.records });
    expect(records.meta?.sequence).to.equal(manifest.sequence);
    expect((await stat(path)).mode & 0o077, "readable by others").to.equal(0);
    expect(await readdir(folder.path), "nothing half written").to.have.members(["backup", "data"]);

    await restoreFrom(path, join(folder.path, "other"));
    const restored = await openAt(join(folder.path, "other"));
    expect(Buffer.from(await restored.blobs.get(kept)).toString()).to.equal("kept");
    expect(await restored.blobs.has(broken)).to.equal(false);
    await restored.close();
  });

  it("holds no key, token, password or configuration", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data, 1);
    const canary = "canary-4c1f";
    await mkdir(join(data, "network"));
    for (const name of ["keystore.json", "pleiad.yaml", "api.token", "agent-tag", "network/peer.key"])
      await writeFile(join(data, name), canary);
    await backUp(data, join(folder.path, "backup"));
    expect((await readFile(join(folder.path, "backup"))).includes(canary)).to.equal(false);
  });

  it("is of one instant, whatever is written while it is taken", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"));
    const store = await openAt(join(folder.path, "data"));
    const frames = store.backup({ node: NODE, takenAtMs: TAKEN_AT_MS });
    let pieces = 0;
    const { manifest, records } = await writeBackup(
      join(folder.path, "backup"),
      (async function* () {
        for await (const chunk of encodeBackup(frames)) {
          pieces += 1;
          // The first piece is the file's name for itself. From the second on the daemon goes on working: it leases, it fails.
          if (pieces === 1) {
            yield chunk;
            continue;
          }
          const key = { execution: BigInt(1_000 + pieces), task: 0 };
          await store.journal.jobs.lease(key, { ...LEASE, contextHash: digest("more") });
          if (pieces === 3)
            await store.journal.jobs.recordFailed(
              { execution: 5n, task: 0 },
              { code: "X_Y", message: "over" },
            );
          yield chunk;
        }
      })(),
    );
    expect(pieces).to.be.greaterThan(FILLED_JOBS);
    expect(records).to.deep.include({ liveJobs: FILLED_JOBS, endedJobs: 0, findings: [] });
    expect(manifest.sequence).to.be.lessThan(pieces + 100);
    await store.close();
  });

  it("never takes a name that is taken, and leaves nothing where it failed", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data, 1);
    const path = join(folder.path, "backup");
    await writeFile(path, "mine");
    const error = await failure(backUp(data, path), "BACKUP_EXISTS");
    expect(error.message).to.contain(path);
    expect(await readFile(path, "utf8")).to.equal("mine");
    await failure(backUp(data, join(folder.path, "no such folder", "backup")), "STORE_IO");
    expect(await readdir(folder.path)).to.have.members(["backup", "data"]);
  });

  it("is refused, whole and before anything is changed, wherever bytes of it change or are missing", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"), 3);
    const path = join(folder.path, "backup");
    await backUp(join(folder.path, "data"), path);
    const sound = await readFile(path);
    const target = join(folder.path, "target");
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.boolean(), async (position, isCut) => {
        await writeFile(path, sound);
        if (isCut) await truncate(path, position);
        else await flipBytes(path, position);
        await failure(checkBackup(readBackup(path)), "BACKUP_DAMAGED");
        await failure(restoreFrom(path, target), "BACKUP_DAMAGED");
        expect((await verifyBackup(readBackup(path))).isSound).to.equal(false);
      }),
      { seed: SEED, numRuns: 60 },
    );
    await writeFile(path, Buffer.concat([sound, Buffer.from([0])]));
    await failure(restoreFrom(path, target), "BACKUP_DAMAGED");
    expect(await readdir(folder.path)).not.to.include("target");
  });

  it("that is not there, or another chain's or another node's, is refused", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"), 1);
    const path = join(folder.path, "backup");
    const missing = await failure(restoreFrom(path, join(folder.path, "target")), "BACKUP_UNREADABLE");
    expect(missing.message).to.contain(path);
    await backUp(join(folder.path, "data"), path);
    const target = join(folder.path, "target");
    const other = await failure(restoreFrom(path, target, { node: 4n }), "BACKUP_OTHER_NODE");
    expect(other.details).to.deep.equal({ found: NODE, wanted: 4n });
    await failure(restoreFrom(path, target, { chain: { ...CHAIN, chainId: 1 } }), "STORE_OTHER_CHAIN");
    expect(await readdir(folder.path)).not.to.include("target");
    await restoreFrom(path, target, { node: null });
  });

  it("of a later daemon is refused", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"), 1);
    const store = await openAt(join(folder.path, "data"));
    const read = () =>
      encodeBackup(
        (async function* () {
          for await (const frame of store.backup({ node: NODE, takenAtMs: TAKEN_AT_MS })) {
            yield frame.kind === "manifest"
              ? { ...frame, manifest: { ...frame.manifest, schemaVersion: 99 } }
              : frame;
          }
        })(),
      );
    const options = { dataFolder: join(folder.path, "target"), read, chain: CHAIN, node: NODE };
    const error = await failure(restoreBackup(options, { logger }), "STORE_SCHEMA_NEWER");
    expect(error.details).to.include({ found: 99 });
    await store.close();
  });

  it("of records that were damaged when it was taken is not written", async () => {
    await using folder = await temporaryFolder();
    await fill(join(folder.path, "data"), 2);
    const store = await openAt(join(folder.path, "data"));
    const frames = (async function* () {
      for await (const frame of store.backup({ node: NODE, takenAtMs: TAKEN_AT_MS })) {
        const isJob = frame.kind === "record" && frame.key.startsWith("job/live/");
        if (isJob) yield { ...frame, bytes: Buffer.from(frame.bytes).fill(7, 40, 44) };
        else yield frame;
      }
    })();
    const error = await failure(
      writeBackup(join(folder.path, "backup"), encodeBackup(frames)),
      "STORE_DAMAGED",
    );
    expect(error.details.key).to.contain("job/live/");
    await store.close();
    expect(await readdir(folder.path)).to.deep.equal(["data"]);
    await addJob(join(folder.path, "data"), 77n);
    await rm(join(folder.path, "data"), { recursive: true });
  });
});
