import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { daemonFolders } from "../folderAccess.ts";
import { printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad workspace rollback NAME [CHECKPOINT]`: lists a helper's checkpoints, or takes its files back to one. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "the helper's name");
  command.argument("[checkpoint]", "its number (default: they are listed)");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace rollback ada", "what there is to go back to"],
    ["pleiad workspace rollback ada 3", "its files as they were then; what is undone is kept"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }, name = "", checkpoint) => {
    const folders = daemonFolders(await accessOf(options, around));
    if (checkpoint === undefined) {
      const { checkpoints } = await folders.checkpoints(name);
      output.json({ checkpoints });
      if (checkpoints.length === 0) output.line("it has none yet");
      else
        output.table(
          [{ header: "checkpoint" }, { header: "made" }, { header: "before" }, { header: "ref" }],
          checkpoints.map(({ number, atMs, note, ref }) => [
            String(number),
            new Date(atMs).toISOString(),
            printableLine(note),
            ref,
          ]),
        );
      return 0;
    }
    if (!/^[1-9]\d{0,8}$/.test(checkpoint))
      throw cliError("USAGE_INVALID", `${JSON.stringify(checkpoint)} is no number of a checkpoint`);
    const { to, kept, files } = await folders.rollback(name, Number(checkpoint));
    output.json({ to, kept, files });
    output.line(
      `${printableLine(name)}'s files are as in checkpoint ${to.number}: ${files.length} files were changed`,
    );
    output.line(`what they were before is kept as ${kept.ref}`);
    return 0;
  });
};
