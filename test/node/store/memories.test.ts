import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Address } from "viem";
import { checkBackup, readBackup, writeBackup } from "../../../node/src/store/backup.ts";
import { type BackupFrame, encodeBackup } from "../../../node/src/store/backupFormat.ts";
import { memoriesIn, openMemories } from "../../../node/src/store/memoryRecords.ts";
import { offlineBackup } from "../../../node/src/store/offlineBackup.ts";
import { createPrivateMemories } from "../../../node/src/workspace/privateMemory.ts";
import { NODE, restoreFrom, TAKEN_AT_MS } from "./backups.ts";
import { fill, openAt } from "./folders.ts";
import { failure, logger, temporaryFolder } from "./helpers.ts";

const OWNER = { agent: 12n, user: "0x00000000000000000000000000000000000000aa" as Address };

/** The memories of a folder's agents, opened for one use. */
async function withMemories<T>(
  dataFolder: string,
  use: (memories: ReturnType<typeof createPrivateMemories>) => Promise<T>,
): Promise<T> {
  const backend = await openMemories(dataFolder);
  try {
    return await use(createPrivateMemories({ backend, logger }));
  } finally {
    await backend.close();
  }
}

const textsIn = (dataFolder: string) =>
  withMemories(dataFolder, async (memories) => (await memories.of(OWNER)).map(({ text }) => text));

async function filled(dataFolder: string, ...texts: readonly string[]): Promise<void> {
  await fill(dataFolder);
  await withMemories(dataFolder, async (memories) => {
    for (const text of texts) await memories.add(OWNER, { text, tags: ["t"] });
  });
}

describe("memories of agents in no cluster", () => {
  it("are in a backup, of a node that runs or not, and are there after a restore beside those of since", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await filled(data, "alice drinks tea", "bob drinks coffee");
    const atRest = join(folder.path, "rest.backup");
    const facts = { node: NODE, takenAtMs: TAKEN_AT_MS };
    const { manifest } = await writeBackup(atRest, encodeBackup(offlineBackup(data, facts)));
    expect(manifest.memories).to.equal(2);

    const running = join(folder.path, "running.backup");
    const store = await openAt(data);
    const backend = await openMemories(data);
    await writeBackup(running, encodeBackup(store.backup(facts, memoriesIn(backend))));
    await backend.close();
    await store.close();

    for (const [index, path] of [atRest, running].entries()) {
      const target = join(folder.path, `target-${index}`);
      await filled(target, "since then");
      await restoreFrom(path, target, { setAside: true });
      expect(await textsIn(target)).to.have.members(["alice drinks tea", "bob drinks coffee", "since then"]);
    }
  });

  it("are none where a node has had no workspace", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await fill(data);
    const path = join(folder.path, "b");
    const facts = { node: NODE, takenAtMs: TAKEN_AT_MS };
    const { manifest } = await writeBackup(path, encodeBackup(offlineBackup(data, facts)));
    expect(manifest.memories).to.equal(0);
    await restoreFrom(path, join(folder.path, "target"));
    expect(await textsIn(join(folder.path, "target"))).to.deep.equal([]);
  });

  it("make a backup unsound where they are other than their names say, or of another number", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await filled(data, "alice drinks tea");
    const facts = { node: NODE, takenAtMs: TAKEN_AT_MS };
    const changed = (change: (frame: BackupFrame) => readonly BackupFrame[]) =>
      encodeBackup(
        (async function* () {
          for await (const frame of offlineBackup(data, facts)) yield* change(frame);
        })(),
      );
    const isMemory = (frame: BackupFrame) => frame.kind === "memory";
    const other = Buffer.from("{}");
    const elsewhere = `../../db/${createHash("sha256").update(other).digest("hex")}`;
    for (const change of [
      (frame: BackupFrame) => (isMemory(frame) ? [] : [frame]),
      (frame: BackupFrame) => (frame.kind === "memory" ? [{ ...frame, bytes: other }] : [frame]),
      (frame: BackupFrame) =>
        frame.kind === "memory" ? [{ ...frame, key: elsewhere, bytes: other }] : [frame],
    ])
      await failure(checkBackup(changed(change)), "BACKUP_DAMAGED");
    await writeBackup(
      join(folder.path, "sound"),
      changed((frame) => [frame]),
    );
    expect((await checkBackup(readBackup(join(folder.path, "sound")))).manifest.memories).to.equal(1);
  });
});
