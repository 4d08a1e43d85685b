import { type JsonObject, listAt, numberAt, objectAt, textAt } from "./jsonLines.ts";
import type { UsageTotal } from "./tool.ts";
import type { TurnState } from "./turn.ts";

/** How `result` says what cut a turn short. */
const STOP_REASONS: Readonly<Record<string, "turns" | "tokens" | "refused">> = {
  error_max_turns: "turns",
  error_max_budget_usd: "tokens",
  max_tokens: "tokens",
  refusal: "refused",
};

/**
 * Reads the stream that `claude` and `qwen` print: `system` at the beginning, `assistant` and `user` messages made of
 * blocks, `result` at the end of a turn.
 *
 * @param usageIn Where the tokens of the turn alone stand: in its result, or in each message. Those of messages count, too, for as
 *   long as there is no result: what ends early has none.
 */
export function readMessageStream(
  message: JsonObject,
  turn: TurnState,
  usageIn: "result" | "messages",
): void {
  turn.sessionId = textAt(message, "session_id") ?? turn.sessionId;
  switch (message.type) {
    case "system":
      readSystem(message, turn);
      return;
    case "assistant":
    case "user": {
      // What a helper of the agent's says is its own affair; what comes of it, comes as a tool's result.
      if (typeof message.parent_tool_use_id === "string") return;
      const said = objectAt(message, "message");
      for (const block of listAt(said, "content")) readBlock(block, message.type, turn);
      const usage = message.type === "assistant" ? usageOf(said) : undefined;
      if (usage !== undefined) turn.count(textAt(said, "id") ?? "", usage);
      return;
    }
    case "result":
      readResult(message, turn, usageIn);
      return;
  }
}

function readSystem(message: JsonObject, turn: TurnState): void {
  if (message.subtype === "init") turn.model = textAt(message, "model") ?? turn.model;
  if (message.subtype !== "api_retry") return;
  const status = numberAt(message, "error_status");
  turn.notice(`the model's server answered ${status ?? "not"}; it is asked again`);
  // A key that is not taken now is not taken a minute later.
  if (status === 401 || status === 403) {
    turn.fail(`${status} ${textAt(message, "error") ?? ""}`);
    turn.finish("refused");
  }
}

function readBlock(block: unknown, from: "assistant" | "user", turn: TurnState): void {
  switch (textAt(block, "type")) {
    case "text":
      if (from === "assistant") turn.say(textAt(block, "text") ?? "");
      return;
    case "thinking":
      turn.think(textAt(block, "thinking") ?? "");
      return;
    case "tool_use":
      turn.beginTool(textAt(block, "id") ?? "", textAt(block, "name") ?? "", objectAt(block, "input"));
      return;
    case "tool_result": {
      const content = (block as JsonObject).content;
      const isOk = (block as JsonObject).is_error !== true;
      turn.endTool(textAt(block, "tool_use_id") ?? "", "", isOk, textOf(content));
      return;
    }
  }
}

function readResult(message: JsonObject, turn: TurnState, usageIn: "result" | "messages"): void {
  const usage = usageIn === "result" ? usageOf(message) : undefined;
  if (usage !== undefined) turn.countAll(usage);
  const cost = numberAt(message, "total_cost_usd");
  if (cost !== undefined) turn.costs(cost);
  const subtype = textAt(message, "subtype") ?? "";
  const answer = textAt(message, "result");
  const stop = STOP_REASONS[subtype] ?? STOP_REASONS[textAt(message, "stop_reason") ?? ""];
  const aborted = /^aborted/.test(textAt(message, "terminal_reason") ?? "");
  if (message.is_error === true && stop === undefined && !aborted) {
    const errors = listAt(message, "errors").filter((error) => typeof error === "string");
    const words = [textAt(objectAt(message, "error"), "message"), answer, ...errors];
    turn.fail(words.find((word) => word !== undefined && word !== "") ?? subtype);
  }
  turn.finish(aborted ? "cancelled" : (stop ?? "end"), message.is_error === true ? undefined : answer);
}

/** All that was read counts as input, what came from a cache as well. */
function usageOf(message: JsonObject): UsageTotal | undefined {
  const usage = objectAt(message, "usage");
  const outputTokens = numberAt(usage, "output_tokens");
  if (outputTokens === undefined) return undefined;
  // Where there is a total, the cached tokens are among the input; else they stand beside it.
  const beside = ["cache_read_input_tokens", "cache_creation_input_tokens"];
  const names =
    numberAt(usage, "total_tokens") === undefined ? ["input_tokens", ...beside] : ["input_tokens"];
  return { inputTokens: names.reduce((sum, name) => sum + (numberAt(usage, name) ?? 0), 0), outputTokens };
}

/** A tool's result: a text, or blocks of which some are text. */
function textOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((part) => textAt(part, "text") ?? "").join("");
}
