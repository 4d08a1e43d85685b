import type { AgentUsage } from "../driver.ts";
import type { AgentEvent } from "../session.ts";
import { countOf, isObject, type JsonObject, objectsOf, shownJson, shownText, textOf } from "./json.ts";

/** A line or two for a person. */
export const ACP_SUMMARY_CHARACTERS_MAX = 500;
/** Names of tools whose calls may still be told of; more at once are told of by their number alone. */
export const ACP_TOOLS_KNOWN_MAX = 256;

/** What of an agent's updates counts. */
export type Update =
  | { readonly kind: "message"; readonly text: string; readonly messageId: string | undefined }
  | { readonly kind: "model"; readonly model: string }
  | { readonly kind: "cost"; readonly costUsd: number }
  | { readonly kind: "event"; readonly event: AgentEvent }
  | { readonly kind: "nothing" };

const NOTHING: Update = { kind: "nothing" };

/**
 * Reads `session/update`. What is malformed, of a kind that nobody needs, or of another session is nothing.
 *
 * @returns a reader for one session, which knows the names of the tools that were called
 */
export function createUpdateReader(): (params: unknown, sessionId: string) => Update {
  const names = new Map<string, string>();

  /** What a tool is called: an agent says so once, at the beginning. */
  function nameOf(id: string, update: JsonObject): string {
    const said = textOf(update.title) ?? textOf(update.name) ?? textOf(update.kind);
    const name = said === undefined ? (names.get(id) ?? id) : shownText(said, ACP_SUMMARY_CHARACTERS_MAX);
    names.delete(id);
    names.set(id, name);
    if (names.size > ACP_TOOLS_KNOWN_MAX) names.delete(names.keys().next().value ?? "");
    return name;
  }

  function toolEvent(update: JsonObject, isNew: boolean): Update {
    const id = shownText(textOf(update.toolCallId) ?? "", ACP_SUMMARY_CHARACTERS_MAX);
    const name = nameOf(id, update);
    const state = update.status === "completed" ? "done" : update.status === "failed" ? "failed" : "begun";
    // An agent may tell of the progress of a call thousands of times.
    if (!isNew && state === "begun") return NOTHING;
    if (state !== "begun") names.delete(id);
    const summary = contentText(update.content) ?? shownJson(update.rawOutput, ACP_SUMMARY_CHARACTERS_MAX);
    const input = shownJson(update.rawInput, ACP_SUMMARY_CHARACTERS_MAX);
    const shown = state === "begun" ? (input ?? summary) : (summary ?? input);
    return { kind: "event", event: { kind: "tool", id, name, state, summary: shown ?? "" } };
  }

  return (params, sessionId) => {
    if (!isObject(params) || params.sessionId !== sessionId || !isObject(params.update)) return NOTHING;
    const { update } = params;
    switch (update.sessionUpdate) {
      case "agent_message_chunk": {
        const text = blockText(update.content);
        return text === undefined ? NOTHING : { kind: "message", text, messageId: textOf(update.messageId) };
      }
      case "agent_thought_chunk": {
        const text = blockText(update.content);
        return text === undefined ? NOTHING : { kind: "event", event: { kind: "thought", text } };
      }
      case "tool_call":
        return toolEvent(update, true);
      case "tool_call_update":
        return toolEvent(update, false);
      case "plan":
        return { kind: "event", event: { kind: "notice", text: planText(update.entries) } };
      case "config_option_update": {
        const model = configuredModel(update.configOptions);
        return model === undefined ? NOTHING : { kind: "model", model };
      }
      case "usage_update": {
        const costUsd = costOf(update.cost);
        return costUsd === undefined ? NOTHING : { kind: "cost", costUsd };
      }
      default:
        return NOTHING;
    }
  };
}

/** The model that is chosen in a session's options. */
export function configuredModel(options: unknown): string | undefined {
  return textOf(objectsOf(options).find(({ category }) => category === "model")?.currentValue);
}

/**
 * Tokens of a turn, as the program counts them. Some count what came from a cache as input, others beside it; the sum that the
 * program reports says which.
 */
export function usageOf({ usage }: JsonObject): AgentUsage | undefined {
  if (!isObject(usage)) return undefined;
  const read = countOf(usage.inputTokens);
  const outputTokens = countOf(usage.outputTokens);
  if (read === undefined && outputTokens === undefined) return undefined;
  const cachedTokens = countOf(usage.cachedReadTokens);
  const cached = (cachedTokens ?? 0) + (countOf(usage.cachedWriteTokens) ?? 0);
  const isBeside = (countOf(usage.totalTokens) ?? 0) >= (read ?? 0) + (outputTokens ?? 0) + cached;
  return {
    ...(read === undefined ? {} : { inputTokens: isBeside ? read + cached : read }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
  };
}

function costOf(cost: unknown): number | undefined {
  if (!isObject(cost) || cost.currency !== "USD") return undefined;
  const { amount } = cost;
  return typeof amount === "number" && Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}

function blockText(content: unknown): string | undefined {
  return isObject(content) && content.type === "text" ? textOf(content.text) : undefined;
}

function contentText(content: unknown): string | undefined {
  const texts = objectsOf(content).flatMap((part) => {
    if (part.type === "diff") return [`changed ${textOf(part.path) ?? "a file"}`];
    return blockText(part.content) ?? [];
  });
  return texts.length === 0 ? undefined : shownText(texts.join("\n"), ACP_SUMMARY_CHARACTERS_MAX);
}

function planText(entries: unknown): string {
  const steps = objectsOf(entries).map(
    ({ content, status }) => `${status === "completed" ? "done" : "to do"}: ${textOf(content) ?? ""}`,
  );
  return shownText(`plan: ${steps.join("; ")}`, ACP_SUMMARY_CHARACTERS_MAX);
}
