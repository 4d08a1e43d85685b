import { deleteContext } from "@pleiad/sdk/workspace/deleteContext";
import { readContext } from "@pleiad/sdk/workspace/readContext";
import { writeContext } from "@pleiad/sdk/workspace/writeContext";
import type { Hex } from "viem";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printable, printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

interface Options extends WorkspaceOptions {
  readonly prefix?: string;
  readonly history?: boolean;
  readonly delete?: boolean;
  readonly ifVersion?: string;
}

/** `pleiad workspace context [KEY] [VALUE]`: the whiteboard. */
export const define: DefineCommand = (command, around) => {
  command.argument("[key]", "one key (default: all)");
  command.argument("[value]", "write this value");
  command.option("--prefix <prefix>", "only keys that begin so");
  command.option("--history", "with a key: earlier versions as well");
  command.option("--delete", "with a key: delete it");
  command.option(
    "--if-version <version>",
    "write or delete only if this version stands; none: only if there is no value",
  );
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace context", "the whole whiteboard"],
    ["pleiad workspace context plan/1 --history", "one key, with what stood there before"],
    ["pleiad workspace context plan/1 drafted", "write a value"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, key, value) => {
    const client = await workspaceOf(options, around);
    if (options.delete === true || value !== undefined) {
      if (key === undefined) throw cliError("USAGE_INVALID", "--delete wants a key");
      const written = await change(key, value);
      output.json(written);
      output.line(`${value === undefined ? "deleted" : "written"}: version ${written.version}`);
      return 0;
    }
    const { prefix, history } = options;
    const { values } = await readContext(client, {
      ...(key === undefined ? {} : { key }),
      ...(prefix === undefined ? {} : { prefix }),
      ...(history === undefined ? {} : { history }),
    });
    output.json({ values });
    if (values.length === 0) output.line("nothing is written there");
    for (const one of values) {
      output.line(`${printableLine(one.key)}  (${printableLine(one.writer.name)}, version ${one.version})`);
      output.line(`  ${one.value === null ? "deleted" : printable(one.value).replaceAll("\n", "\n  ")}`);
    }
    return 0;

    function change(named: string, text: string | undefined) {
      const ifVersion = options.ifVersion as Hex | undefined;
      if (text === undefined)
        return deleteContext(client, { key: named, ...(ifVersion === undefined ? {} : { ifVersion }) });
      return writeContext(client, {
        key: named,
        value: text,
        ...(ifVersion === undefined ? {} : { ifVersion: options.ifVersion === "none" ? null : ifVersion }),
      });
    }
  });
};
