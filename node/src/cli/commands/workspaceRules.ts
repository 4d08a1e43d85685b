import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readRules } from "@pleiad/sdk/workspace/readRules";
import { updateRules } from "@pleiad/sdk/workspace/updateRules";
import { errnoOf } from "../../config/files.ts";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printable } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** `pleiad workspace rules [FILE]`: shows the rules, or replaces them. */
export const define: DefineCommand = (command, around) => {
  command.argument("[file]", "replace them by what this file holds");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace rules", "what stands now, as it is, to be kept in a file"],
    ["pleiad workspace rules rules.md", "replace it, unless somebody did so meanwhile"],
  ]);
  setAction<WorkspaceOptions>(command, around, async ({ options, output }, file) => {
    const client = await workspaceOf(options, around);
    const { rules } = await readRules(client);
    if (file === undefined) {
      output.json({ rules });
      if (rules === null) output.note("there are no rules yet");
      else output.raw(`${printable(rules.text)}\n`);
      return 0;
    }
    const updated = await updateRules(client, {
      text: textOf(resolve(around.cwd, file)),
      ifVersion: rules?.version ?? null,
    });
    output.json(updated);
    output.line(`replaced: version ${updated.rules.version}`);
    return 0;
  });
};

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === undefined) throw cause;
    throw cliError("FILE_UNREADABLE", `cannot read ${path} (${errno})`, { details: { path, errno }, cause });
  }
}
