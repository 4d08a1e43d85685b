import type { AgentTools } from "../../agents/driver.ts";
import { TOOL_ANSWER_BYTES_MAX } from "../../agents/http/tools.ts";
import { fencePart } from "../../agents/promptFence.ts";
import { withCutNote } from "../../agents/text.ts";
import type { DirectTools } from "../../workspace/mcp/directTools.ts";

/** What the fence around a result takes of its room. */
const FENCE_BYTES = 256;

/**
 * The workspace's tools for a model that is asked over HTTP. What they give back was mostly written by others: it stands in a fence, cut
 * to what the model reads, so that it is plain where it ends.
 */
export function modelToolsOf(direct: DirectTools): AgentTools {
  return {
    list: () => direct.list(),
    async call(name, args, signal) {
      const { text, isError } = await direct.call(name, args, signal);
      const data = withCutNote(text.toWellFormed(), TOOL_ANSWER_BYTES_MAX - FENCE_BYTES, "shown");
      return { text: fencePart({ name: "result", data }), isError };
    },
  };
}
