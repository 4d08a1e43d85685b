import type { McpServer } from "@modelcontextprotocol/server";
import { wrongInput } from "@pleiad/sdk/workspace/wrongInput";
import type { z } from "zod";
import { outcomeOf } from "../face/counters.ts";
import { plain } from "../face/plain.ts";
import type { McpContext } from "./context.ts";
import { passThrough } from "./passThrough.ts";
import { answerResult, errorResult } from "./toolResult.ts";

/** A tool of another part of the daemon, for its operator alone. */
export interface OperatorTool {
  /** `manager.status`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** It changes nothing. @default false */
  readonly readOnly?: boolean;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** @param input as `input` checked it @throws PleiadError */
  readonly run: (input: Readonly<Record<string, unknown>>) => Promise<unknown>;
}

/** Adds the tools of other parts, which whoever may operate one cluster alone, an agent or a user neither sees nor calls. */
export function addOperatorTools(server: McpServer, { operatorTools, speaker, counters }: McpContext): void {
  const { credential } = speaker;
  if (credential.kind !== "node" || credential.cluster !== undefined) return;
  for (const { name, title, description, readOnly = false, input, output, run } of operatorTools?.() ?? []) {
    server.registerTool(
      name,
      {
        title,
        description,
        inputSchema: passThrough(input),
        outputSchema: output,
        annotations: { readOnlyHint: readOnly, openWorldHint: true },
      },
      async (given: unknown) => {
        try {
          const checked = input.safeParse(given ?? {});
          if (!checked.success) throw wrongInput({ name, input }, checked.error);
          const answered = answerResult(
            output.parse(plain(await run(checked.data))) as Record<string, unknown>,
          );
          counters?.tool(name, "ok");
          return answered;
        } catch (error) {
          counters?.tool(name, outcomeOf(error));
          return errorResult(error);
        }
      },
    );
  }
}
