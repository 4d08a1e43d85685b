import { resolve } from "node:path";
import { pino } from "pino";
import { readBackup } from "../../store/backup.ts";
import { restoreBackup } from "../../store/restore.ts";
import { shownPath } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { nodeChainToRead } from "../nodeFolder.ts";
import { manifestFacts, openNodeFolder } from "../nodeStore.ts";

interface Options {
  readonly setAside?: boolean;
}

/** `pleiad node restore FILE [FOLDER]`: the daemon must not run. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<file>", "the backup, as pleiad node backup wrote it")
    .argument("[folder]", "the node's data folder, with its pleiad.yaml and keystore (default: this one)")
    .option("--set-aside", "replace the database that is there, and keep it beside");
  addExamples(command, [
    ["pleiad node restore node-3.backup", "into this folder, where no node has worked yet"],
    ["pleiad node restore node-3.backup /srv/pleiad --set-aside", "in place of what that node remembers"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, file = "", name) => {
    const config = await openNodeFolder(name, around);
    const { deployment } = await nodeChainToRead(config);
    const path = resolve(around.cwd, file);
    const progress = output.progress();
    progress.say("checking the backup, then restoring it");
    const { manifest, movedTo, signings } = await restoreBackup(
      {
        dataFolder: config.dataFolder,
        read: () => readBackup(path),
        chain: { chainId: deployment.chainId, contract: deployment.clusterExecutions },
        node: config.node.id,
        setAside: options.setAside === true,
        blobBytesTotalMax: config.store.blobBytesTotalMax,
      },
      { logger: pino({ level: "silent" }) },
    ).finally(() => progress.end());
    output.json({ folder: config.dataFolder, manifest, signings, setAside: movedTo ?? null });
    output.facts([
      ["restored", shownPath(config.dataFolder, around.cwd)],
      ...manifestFacts(manifest),
      ["set aside", movedTo === undefined ? "" : shownPath(movedTo, around.cwd)],
    ]);
    output.note(
      "From its next start on the node signs nothing for executions created until then; what comes after, it answers again. Make sure that no other copy of it runs.",
    );
    return 0;
  });
};
