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
import { functionOf, toolsField } from "./toolEncoding.ts";

const WHAT = "a chat completion";

/** What is needed of a chat completion; servers add fields of their own. */
const chatAnswer = z.object({
  model: reportedModel,
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish().catch(undefined),
          tool_calls: z
            .array(
              z.object({
                id: z.string().optional(),
                function: z.object({ name: z.string(), arguments: z.unknown().optional() }),
              }),
            )
            .max(REPLY_CALLS_MAX)
            .nullish(),
        }),
        finish_reason: z.unknown().optional(),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: tokens,
      completion_tokens: tokens,
      prompt_tokens_details: z.object({ cached_tokens: tokens }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

/** OpenAI's chat completions, which most servers of models speak. */
export const chatApi: ModelApi = {
  path: "chat/completions",
  headers: bearer,
  body: chatBody,
  read: readChat,
  createStream: createChatStream,
};

/** The key as OpenAI and those who follow it take it. */
export function bearer(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

function chatBody({ model, prompt, settings, tools, stream, past, rounds }: Question): object {
  return {
    model,
    messages: [
      { role: "system", content: prompt.system },
      ...pastMessages(past, roundMessages),
      { role: "user", content: prompt.user },
      ...rounds.flatMap(roundMessages),
    ],
    ...toolsField(tools, (tool) => ({ type: "function", function: functionOf(tool) })),
    stream,
    // Without it a stream tells no usage.
    ...(stream ? { stream_options: { include_usage: true } } : {}),
    max_tokens: settings.tokensMax,
    temperature: settings.temperature,
  };
}

function roundMessages({ reply, answers }: PastRound): unknown[] {
  const results = reply.calls.map(({ id }, index) => ({
    role: "tool",
    tool_call_id: id,
    content: answers[index]?.text ?? "",
  }));
  return [reply.told, ...results];
}

function readChat(answer: unknown): Reply {
  const error = fieldOf(answer, "error");
  if (error !== undefined && error !== null) throw providerFault(error);
  const { choices, usage, model } = parseAnswer(chatAnswer, answer, WHAT);
  const message = choices[0]?.message;
  const calls = (message?.tool_calls ?? []).map((call, index) => ({
    id: call.id ?? `call_${index}`,
    name: call.function.name,
    arguments: call.function.arguments,
  }));
  const finish = choices[0]?.finish_reason;
  const refusal = message?.refusal ?? "";
  const isRefused = refusal !== "" || finish === "content_filter";
  const toolCalls = calls.map((call) => ({
    id: call.id,
    type: "function",
    function: {
      name: call.name,
      arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments ?? {}),
    },
  }));
  return {
    text: message?.content ?? "",
    calls,
    stop: isRefused ? "refused" : finish === "length" ? "length" : "end",
    ...(refusal === "" ? {} : { refusal }),
    ...told({
      model,
      usage: usageOf({
        inputTokens: usage?.prompt_tokens,
        outputTokens: usage?.completion_tokens,
        cachedTokens: usage?.prompt_tokens_details?.cached_tokens,
      }),
    }),
    told: { role: "assistant", content: message?.content ?? null, tool_calls: toolCalls },
  };
}

interface PartialCall {
  id?: string;
  name: string;
  arguments: string;
}

function createChatStream(): AnswerStream {
  const calls: PartialCall[] = [];
  const count = createTextCount();
  let [content, refusal] = ["", ""];
  let [model, usage, finish]: unknown[] = [];
  let otherLength = 0;
  let isDone = false;

  /** Pieces of a call carry its number; servers that send each call in one piece may leave it out. */
  const callOf = (piece: unknown): PartialCall => {
    const index = fieldOf(piece, "index");
    const id = textAt(piece, "id");
    const at = typeof index === "number" ? index : id === "" ? calls.length - 1 : calls.length;
    if (!Number.isInteger(at) || at < 0 || at > calls.length || at >= REPLY_CALLS_MAX)
      throw malformed(WHAT, `a piece of call ${String(at)} after ${calls.length} calls`);
    calls[at] ??= { name: "", arguments: "", ...(id === "" ? {} : { id }) };
    return calls[at];
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
      if (data === "[DONE]") {
        isDone = true;
        return;
      }
      const event = parseJson(data, WHAT);
      const error = fieldOf(event, "error");
      if (error !== undefined && error !== null) throw providerFault(error);
      model ??= fieldOf(event, "model");
      usage = fieldOf(event, "usage") ?? usage;
      const choices = fieldOf(event, "choices");
      if (!Array.isArray(choices)) throw malformed(WHAT, "an event of the stream has no choices");
      const delta = fieldOf(choices[0], "delta");
      finish = fieldOf(choices[0], "finish_reason") ?? finish;
      content += textAt(delta, "content");
      count.add(textAt(delta, "content"));
      refusal += textAt(delta, "refusal");
      const pieces = fieldOf(delta, "tool_calls");
      for (const piece of Array.isArray(pieces) ? pieces : []) {
        const call = callOf(piece);
        const named = fieldOf(piece, "function");
        call.name += textAt(named, "name");
        call.arguments += textAt(named, "arguments");
        otherLength += textAt(named, "name").length + textAt(named, "arguments").length;
      }
      otherLength += textAt(delta, "refusal").length;
    },
    whole() {
      // Not every server ends with [DONE], but each says why it stopped.
      if (finish === undefined && !isDone) return undefined;
      const toolCalls = calls.map(({ id, ...named }) => ({
        ...(id === undefined ? {} : { id }),
        function: named,
      }));
      const message = { content, refusal: refusal === "" ? null : refusal, tool_calls: toolCalls };
      return { model, choices: [{ message, finish_reason: finish }], usage };
    },
  };
}
