import type { HttpServiceConfig } from "../config/service.ts";
import { checkAnswer, outputTooLarge } from "./answer.ts";
import { readApiKey } from "./apiKey.ts";
import { chatRequest, readChatAnswer } from "./chatCompletion.ts";
import type { DriverModules } from "./commandDriver.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "./driver.ts";
import { AgentError } from "./errors.ts";
import type { BoundedRequest, BoundedResponse } from "./httpRequest.ts";
import { requestBounded } from "./httpRequest.ts";
import { statusError } from "./httpStatus.ts";
import { createPlaces } from "./places.ts";
import { isSystemError } from "./systemError.ts";

/** What an answer's JSON holds beside the text: names, ids, counts. */
export const HTTP_ENVELOPE_BYTES_MAX = 65_536;
/** An error's body is read for its first words alone. */
export const HTTP_ERROR_BODY_BYTES_MAX = 65_536;
/** JSON writes one byte of text as up to six: a control character becomes \u00XX. */
const JSON_BYTES_PER_BYTE = 6;

/**
 * Driver of kind `http`: POST {baseUrl}/chat/completions, as OpenAI defines it, without streaming. The system message
 * is the prompt's instructions, the user message its data.
 */
export function createHttpDriver(
  service: HttpServiceConfig,
  modules: Pick<DriverModules, "environment" | "logger">,
): AgentDriver {
  const places = createPlaces(service.parallelMax);
  return {
    kind: service.kind,
    parallelMax: service.parallelMax,
    async run(request) {
      const startedAt = performance.now();
      const timeoutMs = Math.min(request.timeoutMs, service.timeoutMs);
      const giveBack = await places.take(request.signal, timeoutMs);
      try {
        return await complete(service, modules, request, startedAt);
      } finally {
        giveBack();
      }
    },
  };
}

async function complete(
  service: HttpServiceConfig,
  modules: Pick<DriverModules, "environment" | "logger">,
  request: AgentRun,
  startedAt: number,
): Promise<AgentOutcome> {
  const outputBytesMax = Math.min(request.outputBytesMax, service.outputBytesMax);
  const timeoutMs = Math.min(request.timeoutMs, service.timeoutMs);
  const elapsedMs = () => performance.now() - startedAt;
  const apiKey = await readApiKey(service, modules.environment);
  const answerBytesMax = HTTP_ENVELOPE_BYTES_MAX + JSON_BYTES_PER_BYTE * outputBytesMax;
  const response = await requestInTime(
    {
      method: "POST",
      url: endpoint(service, "chat/completions"),
      headers: { ...requestHeaders(apiKey), "content-type": "application/json" },
      body: chatRequest(service.model, request.prompt, request.settings),
      bodyBytesMax: (status) => (isSuccess(status) ? answerBytesMax : HTTP_ERROR_BODY_BYTES_MAX),
      onBody: (outputBytes) => request.onProgress?.({ outputBytes, elapsedMs: elapsedMs() }),
    },
    { signal: request.signal, timeoutMs, remainingMs: timeoutMs - elapsedMs() },
  );
  if (!isSuccess(response.status)) throw statusError(service, response, apiKey);
  if (response.truncated) throw outputTooLarge(outputBytesMax);
  const { output, usage, cut } = readChatAnswer(response.body);
  if (cut)
    modules.logger.warn({ tag: request.tag, model: service.model }, "the server cut the answer at its limit");
  checkAnswer(output, outputBytesMax);
  return { output, elapsedMs: elapsedMs(), ...(usage === undefined ? {} : { usage }) };
}

/** The address of an endpoint of the service; `baseUrl` may end in a slash or not. */
export function endpoint(service: HttpServiceConfig, path: string): URL {
  return new URL(`${service.baseUrl.replace(/\/+$/, "")}/${path}`);
}

/** Headers of every request; `apiKey` is the only secret among them. */
export function requestHeaders(apiKey: string | undefined): Record<string, string> {
  const key = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  return { accept: "application/json", "user-agent": "pleiad", ...key };
}

/** What ends a request early. */
export interface RequestLimits {
  readonly signal: AbortSignal;
  /** The limit as configured, for the error. */
  readonly timeoutMs: number;
  /** What is left of it. */
  readonly remainingMs: number;
}

/**
 * `requestBounded`, with typed errors.
 *
 * @throws AgentError AGENT_STOPPED, AGENT_TIMED_OUT, AGENT_HTTP_UNREACHABLE
 */
export async function requestInTime(
  request: Omit<BoundedRequest, "signal">,
  limits: RequestLimits,
): Promise<BoundedResponse> {
  const { origin } = request.url;
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), Math.max(1, limits.remainingMs));
  try {
    return await requestBounded({ ...request, signal: AbortSignal.any([limits.signal, clock.signal]) });
  } catch (error) {
    if (limits.signal.aborted) throw new AgentError("AGENT_STOPPED", "the run was stopped");
    if (clock.signal.aborted) {
      throw new AgentError("AGENT_TIMED_OUT", `${origin} gave no answer in ${limits.timeoutMs} ms`, {
        details: { origin, timeoutMs: limits.timeoutMs },
      });
    }
    const errorCode = connectionCode(error);
    if (errorCode === undefined) throw error;
    throw new AgentError("AGENT_HTTP_UNREACHABLE", `${origin} cannot be reached: ${errorCode}`, {
      details: { origin, errorCode },
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The code of an error that the other side or the network caused; anything else is a bug. */
function connectionCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return connectionCode(error.errors[0]);
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  // HPE_: not HTTP at all. ERR_TLS_, CERT_ and the like: another certificate than expected.
  const foreign = /^(HPE_|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|ECONN|EPROTO)/;
  return isSystemError(error) || foreign.test(error.code) ? error.code : undefined;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
