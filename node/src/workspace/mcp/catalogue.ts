import type { WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import type { FaceAnswer } from "../face/operation.ts";
import { FACE_OPERATIONS } from "../face/operations.ts";
import type { McpContext } from "./context.ts";
import { TOOL_TEXTS, type ToolText } from "./toolTexts.ts";
import type { ToolCall } from "./waiting.ts";
import { SPAWN_JOB_TOOL, spawnJobAndWait, WATCH_CONTEXT_TOOL, watchContext } from "./waitingTools.ts";

/** What the tools of one speaker are made of. */
export type ToolContext = Pick<McpContext, "face" | "speaker" | "waits" | "operations">;

/** One tool, as every face of tools offers it. */
export interface CatalogueTool {
  readonly endpoint: WorkspaceEndpoint;
  readonly text: ToolText;
  /** @throws PleiadError as `FaceOperation.run` */
  run(call: ToolCall, input: unknown): Promise<FaceAnswer>;
}

/** A tool for everything that can be asked of a workspace, but for what only people need. */
export function toolCatalogue(context: ToolContext): readonly CatalogueTool[] {
  const tools = FACE_OPERATIONS.filter(({ endpoint }) => endpoint.isTool !== false).map(
    ({ endpoint, run }) => {
      if (endpoint.name === "spawn_job")
        return toolOf(SPAWN_JOB_TOOL, (call, input) => spawnJobAndWait(context, call, input));
      // Vectors of the question may have to be asked for: the caller hears that, and may go.
      if (endpoint.name === "recall")
        return toolOf(endpoint, (call, input) =>
          context.waits.run(call, "the memory", () => run(context.operations(), input)),
        );
      return toolOf(endpoint, (_call, input) => run(context.operations(), input));
    },
  );
  return [...tools, toolOf(WATCH_CONTEXT_TOOL, (call, input) => watchContext(context, call, input))];
}

function toolOf(endpoint: WorkspaceEndpoint, run: CatalogueTool["run"]): CatalogueTool {
  const text = TOOL_TEXTS[endpoint.name];
  if (text === undefined) throw new Error(`tool ${endpoint.name} has no text for models`);
  return { endpoint, text, run };
}
