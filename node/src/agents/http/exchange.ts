import type { HttpServiceConfig } from "../../config/service.ts";
import { outputTooLarge } from "../answer.ts";
import { AgentError } from "../errors.ts";
import { invalidUtf8Offset } from "../text.ts";
import { apiOf, endpoint, requestHeaders } from "./apis.ts";
import type { TimeLimits } from "./inTime.ts";
import { inTime } from "./inTime.ts";
import type { Question, Reply } from "./modelApi.ts";
import { parseJson } from "./modelApi.ts";
import type { OpenResponse } from "./request.ts";
import { openRequest, readBounded } from "./request.ts";
import { createEventReader } from "./sse.ts";
import { faultError, ProviderFault, statusError } from "./status.ts";

/** What an answer's JSON holds beside the text: names, ids, counts. */
export const HTTP_ENVELOPE_BYTES_MAX = 65_536;
/** An error's body is read for its first words alone. */
export const HTTP_ERROR_BODY_BYTES_MAX = 65_536;
/** Arguments of tools and thoughts that go back to the model, in one answer: a file that is written whole, and as much again. */
export const HTTP_ASIDE_BYTES_MAX = 4_194_304;
/** A stream wraps each word in a few hundred bytes of JSON, and thoughts that nobody keeps come beside it. */
export const HTTP_STREAM_BYTES_MAX = 536_870_912;
/** JSON writes one byte of text as up to six: a control character becomes \u00XX. */
const JSON_BYTES_PER_BYTE = 6;

/** What one exchange with a server needs. */
export interface ExchangeContext {
  readonly service: HttpServiceConfig;
  readonly apiKey: string | undefined;
  readonly limits: TimeLimits;
  /** Largest text of the answer, in bytes. */
  readonly outputBytesMax: number;
  /** Told how much has come: of the text, or, where it comes whole, of the body. */
  readonly onBytes: (bytes: number) => void;
  /** Told the answer's text as it comes; where it comes whole, all of it at once. */
  readonly onText: (text: string) => void;
  /** Told what the provider had counted of an answer that broke off. */
  readonly onBrokenOff: (usage: Reply["usage"]) => void;
}

/**
 * Asks a model once.
 *
 * @throws AgentError
 */
export async function exchange(question: Question, context: ExchangeContext): Promise<Reply> {
  const { service, apiKey } = context;
  const api = apiOf(service);
  const url = endpoint(service, api.path);
  const body = JSON.stringify(api.body(question));
  const headers = {
    ...requestHeaders(service, apiKey),
    ...(question.stream ? { accept: "text/event-stream, application/json" } : {}),
    "content-type": "application/json",
  };
  return await inTime(url.origin, context.limits, async (signal, alive) => {
    const response = await openRequest({ method: "POST", url, headers, body, signal });
    try {
      if (response.status < 200 || response.status > 299) {
        throw statusError(service, await readBounded(response, HTTP_ERROR_BODY_BYTES_MAX), apiKey);
      }
      // Some servers give back what they were asked, the tools and the prompt.
      const echoBytesMax = JSON_BYTES_PER_BYTE * body.length;
      if (isEventStream(response)) return api.read(await readStream(response, context, echoBytesMax, alive));
      const reply = api.read(await readWhole(response, context, echoBytesMax));
      if (reply.text !== "") context.onText(reply.text);
      return reply;
    } catch (error) {
      if (error instanceof ProviderFault) throw faultError(service, error, apiKey);
      throw error;
    } finally {
      response.close();
    }
  });
}

/** A server that was asked for a stream may answer whole all the same. */
function isEventStream(response: OpenResponse): boolean {
  return /^text\/event-stream\b/i.test(response.header("content-type") ?? "");
}

async function readWhole(
  response: OpenResponse,
  { outputBytesMax, onBytes }: ExchangeContext,
  echoBytesMax: number,
): Promise<unknown> {
  const bytesMax =
    HTTP_ENVELOPE_BYTES_MAX + HTTP_ASIDE_BYTES_MAX + JSON_BYTES_PER_BYTE * outputBytesMax + echoBytesMax;
  const { body, truncated } = await readBounded(response, bytesMax, onBytes);
  if (truncated) throw outputTooLarge(outputBytesMax);
  return parseJson(textOf(body), "JSON");
}

async function readStream(
  response: OpenResponse,
  context: ExchangeContext,
  echoBytesMax: number,
  alive: () => void,
): Promise<unknown> {
  const { service, outputBytesMax, onBytes } = context;
  const eventBytesMax =
    HTTP_ENVELOPE_BYTES_MAX + HTTP_ASIDE_BYTES_MAX + JSON_BYTES_PER_BYTE * outputBytesMax + echoBytesMax;
  const events = createEventReader();
  const answer = apiOf(service).createStream();
  let bytes = 0;
  let textBytes = 0;
  try {
    for await (const chunk of response.chunks) {
      alive();
      bytes += chunk.length;
      for (const data of events.take(chunk)) answer.take(textOf(data));
      const isTooLarge =
        answer.textBytes > outputBytesMax ||
        answer.otherLength > HTTP_ASIDE_BYTES_MAX ||
        events.pendingBytes > eventBytesMax ||
        bytes > HTTP_STREAM_BYTES_MAX;
      if (isTooLarge) throw outputTooLarge(outputBytesMax);
      if (answer.textBytes > textBytes) onBytes(answer.textBytes);
      const text = answer.newText();
      if (text !== "") context.onText(text);
      textBytes = answer.textBytes;
      if (answer.isDone) break;
    }
  } catch (error) {
    context.onBrokenOff(answer.usageSoFar?.());
    throw error;
  }
  const whole = answer.whole();
  if (whole !== undefined) return whole;
  context.onBrokenOff(answer.usageSoFar?.());
  const { origin } = new URL(service.baseUrl);
  throw new AgentError(
    "AGENT_HTTP_UNREACHABLE",
    `${origin} ended the stream before the answer was complete`,
    {
      details: { origin, errorCode: "ENDED_EARLY", bodyBytes: bytes },
    },
  );
}

/** @throws AgentError AGENT_OUTPUT_NOT_UTF8 */
function textOf(bytes: Uint8Array): string {
  const offset = invalidUtf8Offset(bytes);
  if (offset === undefined) return new TextDecoder().decode(bytes);
  throw new AgentError("AGENT_OUTPUT_NOT_UTF8", `the server's answer is not UTF-8 from byte ${offset} on`, {
    details: { offset, bodyBytes: bytes.length },
  });
}
