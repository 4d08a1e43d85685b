import { rebuildStore } from "../../store/setAside.ts";
import { shownPath } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { openNodeFolder } from "../nodeStore.ts";

interface Options {
  readonly signingsLost?: boolean;
}

/** `pleiad node rebuild [FOLDER]`: the next start makes the database anew from the chain. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("[folder]", "the node's data folder (default: this one)")
    .option("--signings-lost", "go on where the record of signatures is damaged or gone");
  addExamples(command, [
    ["pleiad node rebuild", "the node of this folder begins anew from the chain; its signings stay"],
    [
      "pleiad node rebuild /srv/pleiad --signings-lost",
      "after SIGNINGS_LOST: it signs nothing for what was created before",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name) => {
    const { dataFolder } = await openNodeFolder(name, around);
    const movedTo = await rebuildStore(dataFolder, { acceptLostSignings: options.signingsLost === true });
    output.json({ folder: dataFolder, setAside: movedTo ?? null });
    output.line(
      movedTo === undefined
        ? "There was no database; the next start makes one from the chain."
        : `The database is now ${shownPath(movedTo, around.cwd)}; the next start makes a new one from the chain.`,
    );
    output.note("For executions created until then the node signs nothing that is not on record.");
    return 0;
  });
};
