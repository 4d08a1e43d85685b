import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import { outcomeOf } from "../face/counters.ts";
import { type CatalogueTool, toolCatalogue } from "./catalogue.ts";
import type { McpContext } from "./context.ts";
import { passThrough } from "./passThrough.ts";
import { answerResult, errorResult } from "./toolResult.ts";
import { callOf } from "./waiting.ts";

/** Adds a tool for everything that can be asked of a workspace. */
export function addTools(server: McpServer, context: McpContext): void {
  for (const tool of toolCatalogue(context)) addTool(server, context, tool);
}

function addTool(server: McpServer, { counters }: McpContext, { endpoint, text, run }: CatalogueTool): void {
  const { title, description, readOnly, destructive, idempotent } = text;
  server.registerTool(
    endpoint.name,
    {
      title,
      description,
      inputSchema: passThrough(endpoint.input),
      outputSchema: endpoint.output,
      annotations: {
        readOnlyHint: readOnly === true,
        destructiveHint: destructive === true,
        idempotentHint: idempotent === true || readOnly === true,
        openWorldHint: false,
      },
    },
    async (input: unknown, call: ServerContext): Promise<CallToolResult> => {
      try {
        const answered = answerResult(await run(callOf(call), input ?? {}));
        counters?.tool(endpoint.name, "ok");
        return answered;
      } catch (error) {
        counters?.tool(endpoint.name, outcomeOf(error));
        return errorResult(error);
      }
    },
  );
}
