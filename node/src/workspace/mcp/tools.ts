import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import type { WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import { outcomeOf } from "../face/counters.ts";
import type { FaceAnswer } from "../face/operation.ts";
import { FACE_OPERATIONS } from "../face/operations.ts";
import type { McpContext } from "./context.ts";
import { passThrough } from "./passThrough.ts";
import { answerResult, errorResult } from "./toolResult.ts";
import { TOOL_TEXTS } from "./toolTexts.ts";
import { SPAWN_JOB_TOOL, spawnJobAndWait, WATCH_CONTEXT_TOOL, watchContext } from "./waitingTools.ts";

type Answer = (call: ServerContext, input: unknown) => Promise<FaceAnswer>;

/** Adds a tool for everything that can be asked of a workspace. */
export function addTools(server: McpServer, context: McpContext): void {
  for (const { endpoint, run } of FACE_OPERATIONS) {
    const { name } = endpoint;
    if (name === "spawn_job") {
      addTool(server, context, SPAWN_JOB_TOOL, (call, input) => spawnJobAndWait(context, call, input));
    } else if (name === "recall") {
      // Vectors of the question may have to be asked for: the caller hears that, and may go.
      addTool(server, context, endpoint, (call, input) =>
        context.waits.run(call, "the memory", () => run(context.operations(), input)),
      );
    } else {
      addTool(server, context, endpoint, (_call, input) => run(context.operations(), input));
    }
  }
  addTool(server, context, WATCH_CONTEXT_TOOL, (call, input) => watchContext(context, call, input));
}

function addTool(
  server: McpServer,
  { counters }: McpContext,
  endpoint: WorkspaceEndpoint,
  answer: Answer,
): void {
  const { title, description, readOnly, destructive, idempotent } = textOf(endpoint.name);
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
        const answered = answerResult(await answer(call, input ?? {}));
        counters?.tool(endpoint.name, "ok");
        return answered;
      } catch (error) {
        counters?.tool(endpoint.name, outcomeOf(error));
        return errorResult(error);
      }
    },
  );
}

function textOf(name: string) {
  const text = TOOL_TEXTS[name];
  if (text === undefined) throw new Error(`tool ${name} has no text for models`);
  return text;
}
