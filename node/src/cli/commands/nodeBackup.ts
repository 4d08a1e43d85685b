import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/table.ts";
import { readDaemonState } from "../../local/daemonState.ts";
import { writeBackup } from "../../store/backup.ts";
import { encodeBackup } from "../../store/backupFormat.ts";
import { MEMORIES_FOLDER } from "../../store/memoryRecords.ts";
import { offlineBackup } from "../../store/offlineBackup.ts";
import { shownPath } from "../context.ts";
import { daemonOf } from "../dataFolder.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { backupPathOf, manifestFacts, openNodeFolder } from "../nodeStore.ts";

/** `pleiad node backup TARGET [FOLDER]`: the daemon streams it where it runs, else the folder is read. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<target>", "the file to write, or a folder for it; nothing is ever replaced")
    .argument("[folder]", "the node's data folder (default: this one)");
  addExamples(command, [
    ["pleiad node backup /mnt/backups", "the node of this folder, to a file named by node and time"],
    ["pleiad node backup before.backup /srv/pleiad --json", "another one's, to this very file"],
  ]);
  setAction(command, around, async ({ output }, target = "", name) => {
    const config = await openNodeFolder(name, around);
    const { dataFolder } = config;
    const takenAtMs = Date.now();
    const node = nodeOf(config);
    const path = backupPathOf(target, node, takenAtMs, around);
    const progress = output.progress();
    progress.say("reading what the node keeps");
    const daemon = daemonOf(dataFolder);
    const chunks = daemon?.backup() ?? encodeBackup(offlineBackup(dataFolder, { node, takenAtMs }));
    const { manifest } = await writeBackup(path, chunks).finally(() => progress.end());
    output.json({ file: path, running: daemon !== undefined, manifest });
    output.facts([["file", shownPath(path, around.cwd)], ...manifestFacts(manifest)]);
    output.note(
      "No key, password or configuration is in it: keep copies of keystore.json and its password apart from it.",
    );
    if (existsSync(join(dataFolder, MEMORIES_FOLDER)))
      output.warn(
        "What was said in clusters is not in it: the other members of each have their logs, and this node gets them from there. A cluster of which it is the only member is kept by this disk alone: pleiad workspace export --cluster ID --with-keys",
      );
    return 0;
  });
};

function nodeOf({ node, dataFolder }: Config): bigint | null {
  const state = readDaemonState(dataFolder);
  return node.id ?? (state?.state === "ready" ? BigInt(state.node) : null);
}
