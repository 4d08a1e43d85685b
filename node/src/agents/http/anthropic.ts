import { z } from "zod";
import { fieldOf, textAt } from "./json.ts";
import type { AnswerStream, ModelApi, PastRound, Question, Reply } from "./modelApi.ts";
import {
  malformed,
  parseAnswer,
  parseJson,
  pastMessages,
  REPLY_CALLS_MAX,
  reportedModel,
  tokens,
  told,
  usageOf,
} from "./modelApi.ts";
import { providerFault } from "./status.ts";
import { createTextCount } from "./textCount.ts";
import { toolsField } from "./toolEncoding.ts";

const WHAT = "a message";
/** The version of the API that this file speaks; the provider keeps old ones. */
const API_VERSION = "2023-06-01";
/** The API wants a limit in every request; this much every model of the last years can say. */
export const ANTHROPIC_TOKENS_DEFAULT = 8_192;
/** Its temperatures end here, where others go up to 2. */
const TEMPERATURE_MAX = 1;

/** Blocks of one answer: texts, calls, thoughts. */
const BLOCKS_MAX = 1_024;

/** What is needed of a message; servers add fields of their own. */
const message = z.object({
  type: z.literal("message"),
  model: reportedModel,
  content: z.array(z.looseObject({ type: z.string() })).max(BLOCKS_MAX),
  stop_reason: z.unknown().optional(),
  usage: z
    .object({
      input_tokens: tokens,
      output_tokens: tokens,
      cache_creation_input_tokens: z.int().nonnegative().nullish().catch(undefined),
      cache_read_input_tokens: z.int().nonnegative().nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
const textBlock = z.object({ text: z.string() });
const toolUse = z.object({ id: z.string(), name: z.string(), input: z.unknown().optional() });

/** Anthropic's messages. */
export const anthropicApi: ModelApi = {
  path: "messages",
  headers: (apiKey) => ({
    "anthropic-version": API_VERSION,
    ...(apiKey === undefined ? {} : { "x-api-key": apiKey }),
  }),
  body: anthropicBody,
  read: readMessage,
  createStream: createMessageStream,
};

function anthropicBody({ model, prompt, settings, tools, stream, past, rounds }: Question): object {
  const { temperature } = settings;
  return {
    model,
    max_tokens: settings.tokensMax ?? ANTHROPIC_TOKENS_DEFAULT,
    system: prompt.system,
    messages: [
      ...pastMessages(past, roundMessages),
      { role: "user", content: prompt.user },
      ...rounds.flatMap(roundMessages),
    ],
    ...toolsField(tools, ({ name, description, parameters }) => ({
      name,
      description,
      input_schema: parameters,
    })),
    stream,
    temperature: temperature === undefined ? undefined : Math.min(temperature, TEMPERATURE_MAX),
  };
}

function roundMessages({ reply, answers }: PastRound): object[] {
  const results = reply.calls.map(({ id }, index) => ({
    type: "tool_result",
    tool_use_id: id,
    content: answers[index]?.text ?? "",
    ...(answers[index]?.isError === true ? { is_error: true } : {}),
  }));
  return [
    { role: "assistant", content: reply.told },
    { role: "user", content: results },
  ];
}

function readMessage(answer: unknown): Reply {
  if (fieldOf(answer, "type") === "error") throw providerFault(fieldOf(answer, "error"));
  const { content, usage, model, stop_reason } = parseAnswer(message, answer, WHAT);
  const ofType = (type: string) => content.filter((block) => block.type === type);
  const calls = ofType("tool_use").map((block) => {
    const { id, name, input } = parseAnswer(toolUse, block, WHAT);
    return { id, name, arguments: input };
  });
  if (calls.length > REPLY_CALLS_MAX) throw malformed(WHAT, `it asks for ${calls.length} calls`);
  const text = ofType("text")
    .map((block) => parseAnswer(textBlock, block, WHAT).text)
    .join("");
  const isCut = stop_reason === "max_tokens" || stop_reason === "model_context_window_exceeded";
  return {
    text,
    calls,
    stop: stop_reason === "refusal" ? "refused" : isCut ? "length" : "end",
    ...(stop_reason === "refusal" && text !== "" ? { refusal: text } : {}),
    ...told({ model, usage: usageOfMessage(usage) }),
    // An empty text is refused when it comes back.
    told: content.filter((block) => block.type !== "text" || block.text !== ""),
  };
}

/** Here what the cache held or took is not counted among `input_tokens`; we count all that was read. */
function usageOfMessage(usage: z.output<typeof message>["usage"]): Reply["usage"] {
  const cached = usage?.cache_read_input_tokens ?? undefined;
  const written = usage?.cache_creation_input_tokens ?? 0;
  const input = usage?.input_tokens;
  return usageOf({
    inputTokens: input === undefined ? undefined : input + (cached ?? 0) + written,
    outputTokens: usage?.output_tokens,
    cachedTokens: cached,
  });
}

/** Texts of blocks that come piece by piece: the field of the block, by the type of the delta that brings it. */
const PIECES: Readonly<Record<string, string>> = {
  text_delta: "text",
  input_json_delta: "partial_json",
  thinking_delta: "thinking",
  signature_delta: "signature",
};

function createMessageStream(): AnswerStream {
  const blocks: Record<string, unknown>[] = [];
  const count = createTextCount();
  let otherLength = 0;
  let start: unknown;
  let usage: object = {};
  let stopReason: unknown;
  let isDone = false;

  const blockAt = (event: unknown): Record<string, unknown> => {
    const block = blocks[Number(fieldOf(event, "index"))];
    if (block === undefined) throw malformed(WHAT, "a piece of the stream belongs to no block");
    return block;
  };
  const addPiece = (event: unknown): void => {
    const delta = fieldOf(event, "delta");
    const type = textAt(delta, "type");
    const name = PIECES[type];
    // Quotations and the like: nothing that is used or goes back.
    if (name === undefined) return;
    const piece = textAt(delta, name);
    const block = blockAt(event);
    block[name] = textAt(block, name) + piece;
    if (type === "text_delta") count.add(piece);
    else otherLength += piece.length;
  };
  const begin = (event: unknown): void => {
    const block = fieldOf(event, "content_block");
    if (fieldOf(event, "index") !== blocks.length || blocks.length >= BLOCKS_MAX || typeof block !== "object")
      throw malformed(WHAT, `a block of the stream after ${blocks.length} blocks has another number`);
    blocks.push({ ...block });
    count.add(textAt(block, "text"));
  };

  return {
    get textBytes() {
      return count.bytes;
    },
    get otherLength() {
      return otherLength;
    },
    get isDone() {
      return isDone;
    },
    newText: count.take,
    take(data) {
      const event = parseJson(data, WHAT);
      const type = textAt(event, "type");
      switch (type) {
        case "message_start":
          start = fieldOf(event, "message");
          usage = { ...(fieldOf(start, "usage") as object | undefined) };
          return;
        case "content_block_start":
          return begin(event);
        case "content_block_delta":
          return addPiece(event);
        case "message_delta":
          stopReason = fieldOf(fieldOf(event, "delta"), "stop_reason") ?? stopReason;
          // Counts here are those of the whole message so far.
          usage = { ...usage, ...(fieldOf(event, "usage") as object | undefined) };
          return;
        case "message_stop":
          isDone = true;
          return;
        case "error":
          throw providerFault(fieldOf(event, "error"));
        default:
          // ping, content_block_stop, and what may be added to the API.
          if (type === "") throw malformed(WHAT, "an event of the stream has no type");
      }
    },
    usageSoFar() {
      const parsed = message.shape.usage.safeParse(usage);
      return parsed.success ? usageOfMessage(parsed.data) : undefined;
    },
    whole() {
      if (!isDone) return undefined;
      return {
        ...(start as object | undefined),
        content: blocks.map(wholeBlock),
        stop_reason: stopReason,
        usage,
      };
    },
  };
}

/** A call's arguments come as JSON in pieces; what is no JSON stays text, and is answered as such. */
function wholeBlock({ partial_json: json, ...block }: Record<string, unknown>): Record<string, unknown> {
  if (block.type !== "tool_use" || typeof json !== "string" || json === "") return block;
  try {
    return { ...block, input: JSON.parse(json) };
  } catch {
    return { ...block, input: json };
  }
}
