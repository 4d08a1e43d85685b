import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { type FaceCounters, outcomeOf } from "../face/counters.ts";
import { operationsOf, type Speaker, tokenWrong } from "../face/speaker.ts";
import { toolCatalogue } from "./catalogue.ts";
import type { McpModules } from "./context.ts";
import { errorText } from "./toolResult.ts";
import { createWaits } from "./waiting.ts";

/** The tools of one speaker, called within the daemon: for models that have no program which could connect them. */
export interface DirectTools {
  list(): readonly DirectTool[];
  /** Does what a tool of MCP of that name does, and answers in the same words. Its token is looked at before each call. */
  call(name: string, input: unknown, signal: AbortSignal): Promise<DirectAnswer>;
}

export interface DirectTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface DirectAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** @param options.allowed names of the tools that there are to be; undefined: all */
export function createDirectTools(
  options: { readonly speaker: Speaker; readonly allowed: readonly string[] | undefined },
  modules: Pick<McpModules, "face"> & { readonly counters?: Pick<FaceCounters, "tool"> },
): DirectTools {
  const { speaker, allowed } = options;
  const { face, counters } = modules;
  const waits = createWaits();
  const all = toolCatalogue({ face, speaker, waits, operations: () => operationsOf(face, speaker) });
  const tools = new Map(
    all
      .filter(({ endpoint: { name } }) => allowed === undefined || allowed.includes(name))
      .map((tool) => [tool.endpoint.name, tool]),
  );
  const specs = [...tools].map(([name, { endpoint, text }]): DirectTool => {
    const { $schema: _, ...parameters } = z.toJSONSchema(endpoint.input, { io: "input" });
    return { name, description: text.description, parameters };
  });
  return {
    list: () => specs,
    async call(name, input, signal) {
      const tool = tools.get(name);
      if (tool === undefined) throw new Error(`no tool ${name} was listed`);
      try {
        if (!(await speaker.isCurrent())) throw tokenWrong();
        const answer = await tool.run({ signal }, input);
        counters?.tool(name, "ok");
        return { text: JSON.stringify(answer), isError: false };
      } catch (error) {
        counters?.tool(name, outcomeOf(error));
        if (!(error instanceof PleiadError)) throw error;
        return { text: errorText(error), isError: true };
      }
    },
  };
}
