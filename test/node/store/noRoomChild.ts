/** Does one thing with a store in the folders of `noRoom.test.ts`, and prints how it failed: `node noRoomChild.ts WHAT FOLDER`. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { writeBackup } from "../../../node/src/store/backup.ts";
import { encodeBackup } from "../../../node/src/store/backupFormat.ts";
import { openBlobStore } from "../../../node/src/store/blobs.ts";
import { offlineBackup } from "../../../node/src/store/offlineBackup.ts";
import { rebuildStore } from "../../../node/src/store/setAside.ts";
import { openWatermark, WATERMARK_FILE } from "../../../node/src/store/watermark.ts";
import { NODE, restoreFrom, TAKEN_AT_MS } from "./backups.ts";
import { openAt } from "./folders.ts";
import { logger } from "./helpers.ts";

const [what = "", folder = ""] = process.argv.slice(2);
const data = join(folder, "data");
const target = join(folder, "target");
// A file that is too large ends a process, unless it says that it heeds the error instead.
process.on("SIGXFSZ", () => undefined);

const ACTIONS: Readonly<Record<string, () => Promise<unknown>>> = {
  opening: async () => (await openAt(target)).close(),
  backup: async () => {
    const path = join(folder, "another");
    await writeBackup(path, encodeBackup(offlineBackup(data, { node: NODE, takenAtMs: TAKEN_AT_MS })));
    await rm(path);
  },
  restore: () => restoreFrom(join(folder, "backup"), target),
  blob: async () => {
    const blobs = await openBlobStore({ folder: join(target, "blobs") }, { logger });
    await blobs.put(Buffer.from("a blob that has no room"));
  },
  rebuild: () => rebuildStore(target),
  watermark: () => openWatermark(join(folder, WATERMARK_FILE), { logger, now: Date.now }),
  seal: async () => {
    const watermark = await openWatermark(join(target, WATERMARK_FILE), { logger, now: Date.now });
    await watermark.seal({ timestamp: 7n, execution: 7n });
  },
};

let code: string | null = null;
try {
  await ACTIONS[what]?.();
} catch (error) {
  if (!(error instanceof PleiadError)) throw error;
  code = error.code;
}
process.stdout.write(JSON.stringify({ code }));
