import { forget } from "@pleiad/sdk/workspace/forget";
import { recall } from "@pleiad/sdk/workspace/recall";
import { remember } from "@pleiad/sdk/workspace/remember";
import type { Hex } from "viem";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printable, printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

interface Options extends WorkspaceOptions {
  readonly remember?: string;
  readonly forget?: string;
  readonly tag: readonly string[];
}

/** `pleiad workspace memory [QUERY]`: what was remembered. */
export const define: DefineCommand = (command, around) => {
  command.argument("[query]", "what to look for");
  command.option("--remember <text>", "keep a fact");
  command.option("--forget <id>", "forget one");
  command.option("--tag <tag>", "a tag, to keep it under or to look for; several times", collect, []);
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace memory build", "what fits best, first"],
    ["pleiad workspace memory --remember needs-node-24 --tag build", "keep a fact"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, query) => {
    const asked = [query, options.remember, options.forget].filter((one) => one !== undefined);
    if (asked.length !== 1)
      throw cliError("USAGE_INVALID", "give a query, --remember or --forget, one of them");
    const client = await workspaceOf(options, around);
    const tags = [...options.tag];
    if (options.remember !== undefined) {
      const { memory } = await remember(client, { text: options.remember, tags });
      output.json({ memory });
      output.line(`remembered: ${memory.id}`);
      return 0;
    }
    if (options.forget !== undefined) {
      await forget(client, { id: options.forget as Hex });
      output.json({ forgotten: options.forget });
      output.line("forgotten");
      return 0;
    }
    const found = await recall(client, { query: query ?? "", tags });
    output.json(found);
    if (found.memories.length === 0) output.line("nothing fits");
    for (const { id, text, author, score } of found.memories) {
      output.line(`${score.toFixed(2)}  ${printableLine(author.name)}, ${id}`);
      output.line(`  ${printable(text).replaceAll("\n", "\n  ")}`);
    }
    return 0;
  });
};

function collect(one: string, before: readonly string[]): readonly string[] {
  return [...before, one];
}
