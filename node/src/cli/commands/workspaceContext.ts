import { deleteContext } from "@pleiad/sdk/workspace/deleteContext";
import { readContext } from "@pleiad/sdk/workspace/readContext";
import { writeContext } from "@pleiad/sdk/workspace/writeContext";
import { type Hex, isHash } from "viem";
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
    ["pleiad workspace context plan/1 drafted --if-version none", "only if nobody wrote one before"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, key, value) => {
    requireSense(options, key, value);
    const client = await workspaceOf(options, around);
    if (key !== undefined && (options.delete === true || value !== undefined)) {
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
      const ifVersion = versionOf(options.ifVersion);
      if (text === undefined)
        return deleteContext(client, { key: named, ...(ifVersion ? { ifVersion } : {}) });
      return writeContext(client, {
        key: named,
        value: text,
        ...(ifVersion === undefined ? {} : { ifVersion }),
      });
    }
  });
};

/** What would be left out of account is refused: a value that was meant to be deleted must not be written. @throws PleiadError USAGE_INVALID */
function requireSense(options: Options, key: string | undefined, value: string | undefined): void {
  const isRead = options.delete !== true && value === undefined;
  const wrong = [
    [options.delete === true && key === undefined, "--delete wants a key"],
    [options.delete === true && value !== undefined, "--delete takes no value: write it, or delete the key"],
    [options.delete === true && options.ifVersion === "none", "there is nothing to delete where no value is"],
    [isRead && options.ifVersion !== undefined, "--if-version is for writing and deleting"],
    [
      options.history === true && (key === undefined || !isRead),
      "--history wants a key, and nothing to write",
    ],
    [options.prefix !== undefined && key !== undefined, "--prefix is for many keys: give no key with it"],
  ] as const;
  for (const [isWrong, text] of wrong) if (isWrong) throw cliError("USAGE_INVALID", text);
}

/** @throws PleiadError USAGE_INVALID */
function versionOf(text: string | undefined): Hex | null | undefined {
  if (text === undefined) return undefined;
  if (text === "none") return null;
  const version = text.toLowerCase();
  if (isHash(version)) return version;
  throw cliError("USAGE_INVALID", `"${text}" is no version: expected 0x and 64 hex digits, or none`, {
    hint: "a key's version stands beside it: pleiad workspace context KEY",
  });
}
