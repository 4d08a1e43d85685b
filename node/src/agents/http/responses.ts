import { z } from "zod";
import { bearer } from "./chat.ts";
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

const WHAT = "a response";

/** Items beside messages and calls: thoughts, searches of the provider's. */
const ITEMS_MAX = 1_024;

/** What is needed of a response; servers add fields of their own. */
const responsesAnswer = z.object({
  model: reportedModel,
  status: z.unknown().optional(),
  error: z.unknown().optional(),
  incomplete_details: z.object({ reason: z.unknown().optional() }).nullish().catch(undefined),
  output: z.array(z.looseObject({ type: z.string() })).max(ITEMS_MAX),
  usage: z
    .object({
      input_tokens: tokens,
      output_tokens: tokens,
      input_tokens_details: z.object({ cached_tokens: tokens }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

const messageItem = z.object({
  content: z.array(
    z.object({ type: z.unknown().optional(), text: z.string().optional(), refusal: z.string().optional() }),
  ),
});
const callItem = z.object({ call_id: z.string(), name: z.string(), arguments: z.unknown().optional() });

/** OpenAI's responses. Nothing is kept at the provider (`store: false`): each request carries all that was said. */
export const responsesApi: ModelApi = {
  path: "responses",
  headers: bearer,
  body: responsesBody,
  read: readResponses,
  createStream: createResponsesStream,
};

function responsesBody({ model, prompt, settings, tools, stream, past, rounds }: Question): object {
  return {
    model,
    instructions: prompt.system,
    input: [
      ...pastMessages(past, roundItems),
      { role: "user", content: prompt.user },
      ...rounds.flatMap(roundItems),
    ],
    ...toolsField(tools, (tool) => ({ type: "function", ...functionOf(tool), strict: false })),
    stream,
    store: false,
    max_output_tokens: settings.tokensMax,
    temperature: settings.temperature,
  };
}

function roundItems({ reply, answers }: PastRound): unknown[] {
  const outputs = reply.calls.map(({ id }, index) => ({
    type: "function_call_output",
    call_id: id,
    output: answers[index]?.text ?? "",
  }));
  return [...(reply.told as unknown[]), ...outputs];
}

function readResponses(answer: unknown): Reply {
  const error = fieldOf(answer, "error");
  if (error !== undefined && error !== null) throw providerFault(error);
  const { output, usage, model, status, incomplete_details } = parseAnswer(responsesAnswer, answer, WHAT);
  const ofType = (type: string) => output.filter((item) => item.type === type);
  const parts = ofType("message").flatMap((item) => parseAnswer(messageItem, item, WHAT).content);
  const calls = ofType("function_call").map((item) => {
    const call = parseAnswer(callItem, item, WHAT);
    return { id: call.call_id, name: call.name, arguments: call.arguments };
  });
  if (calls.length > REPLY_CALLS_MAX) throw malformed(WHAT, `it asks for ${calls.length} calls`);
  const refusal = parts.map((part) => part.refusal ?? "").join("");
  const reason = incomplete_details?.reason;
  const isRefused = refusal !== "" || reason === "content_filter";
  return {
    text: parts.map((part) => (part.type === "output_text" ? (part.text ?? "") : "")).join(""),
    calls,
    stop: isRefused ? "refused" : status === "incomplete" ? "length" : "end",
    ...(refusal === "" ? {} : { refusal }),
    ...told({
      model,
      usage: usageOf({
        inputTokens: usage?.input_tokens,
        outputTokens: usage?.output_tokens,
        cachedTokens: usage?.input_tokens_details?.cached_tokens,
      }),
    }),
    told: output.flatMap(tellAgain),
  };
}

/**
 * An item as it goes back. The provider keeps nothing, so its own ids would refer to nothing; thoughts go back where
 * they came whole, in the provider's encryption.
 */
function tellAgain({
  id: _,
  ...item
}: {
  readonly [name: string]: unknown;
  readonly type: string;
}): object[] {
  if (item.type === "message" || item.type === "function_call") return [item];
  if (item.type === "reasoning" && typeof item.encrypted_content === "string") return [item];
  return [];
}

function createResponsesStream(): AnswerStream {
  const items: unknown[] = [];
  const count = createTextCount();
  let otherLength = 0;
  let answer: unknown;
  return {
    get textBytes() {
      return count.bytes;
    },
    get otherLength() {
      return otherLength;
    },
    get isDone() {
      return answer !== undefined;
    },
    newText: count.take,
    take(data) {
      if (data === "[DONE]") return;
      const event = parseJson(data, WHAT);
      const type = textAt(event, "type");
      switch (type) {
        case "response.output_text.delta":
          count.add(textAt(event, "delta"));
          return;
        case "response.function_call_arguments.delta":
        case "response.refusal.delta":
          otherLength += textAt(event, "delta").length;
          return;
        case "response.output_item.done":
          items.push(fieldOf(event, "item"));
          if (items.length > ITEMS_MAX) throw malformed(WHAT, `it has more than ${ITEMS_MAX} items`);
          return;
        case "response.completed":
        case "response.incomplete":
          answer = fieldOf(event, "response");
          return;
        case "response.failed":
          throw providerFault(fieldOf(fieldOf(event, "response"), "error"));
        case "error":
          throw providerFault(fieldOf(event, "error") ?? event);
        default:
          // Others tell of the same things in other words.
          if (type === "") throw malformed(WHAT, "an event of the stream has no type");
      }
    },
    whole() {
      if (answer === undefined) return undefined;
      const output = fieldOf(answer, "output");
      // Some servers leave the items out of the last event: they have been told.
      const isEmpty = !Array.isArray(output) || output.length === 0;
      return isEmpty && items.length > 0 ? { ...(answer as object), output: items } : answer;
    },
  };
}
