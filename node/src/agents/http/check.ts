import type { HttpServiceConfig } from "../../config/service.ts";
import { AgentError } from "../errors.ts";
import { readApiKey } from "./apiKey.ts";
import { apiOf, endpoint, requestHeaders } from "./apis.ts";
import { HTTP_ERROR_BODY_BYTES_MAX } from "./exchange.ts";
import type { TimeLimits } from "./inTime.ts";
import { requestInTime } from "./inTime.ts";
import { fieldOf, isObject } from "./json.ts";
import type { BoundedResponse } from "./request.ts";
import { statusError } from "./status.ts";

/** A person waits for the answer. */
export const CHECK_TIMEOUT_MS = 5_000;
/** A server that lists thousands of models needs no more. */
const MODEL_LIST_BYTES_MAX = 4_194_304;
/** Anthropic lists twenty unless asked for more, and no more than this. */
const MODELS_ASKED_MAX = 1_000;

/**
 * Whether a server answers, speaks the service's API, takes the key and knows the model. It asks no model: it sends an
 * empty request, which every model's server refuses, and reads the list of models.
 *
 * @throws AgentError
 */
export async function checkHttp(
  service: HttpServiceConfig,
  environment: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<string[]> {
  const apiKey = await readApiKey(service, environment);
  const headers = requestHeaders(service, apiKey);
  const startedAt = performance.now();
  const limits = (): TimeLimits => ({
    signal,
    timeoutMs: CHECK_TIMEOUT_MS,
    remainingMs: CHECK_TIMEOUT_MS - (performance.now() - startedAt),
  });
  const url = endpoint(service, apiOf(service).path);
  const refused = await requestInTime(
    {
      method: "POST",
      url,
      headers: { ...headers, "content-type": "application/json" },
      body: "{}",
      bodyBytesMax: () => HTTP_ERROR_BODY_BYTES_MAX,
    },
    limits(),
  );
  requireApi(service, refused, apiKey);
  const listUrl = endpoint(service, "models");
  if (service.api === "anthropic") listUrl.searchParams.set("limit", String(MODELS_ASKED_MAX));
  const list = await requestInTime(
    { method: "GET", url: listUrl, headers, bodyBytesMax: () => MODEL_LIST_BYTES_MAX },
    limits(),
  );
  return [`server ${url.origin}`, modelFinding(service, list, apiKey)];
}

/** Statuses with which a server says that there is nothing, or that it takes no POST. */
const NOTHING_HERE = new Set([404, 405, 501]);

/** @throws AgentError if what answered an empty request is not a server of this API, or takes no request with this key */
function requireApi(service: HttpServiceConfig, response: BoundedResponse, apiKey: string | undefined): void {
  const { status } = response;
  const { origin, pathname } = endpoint(service, apiOf(service).path);
  if (NOTHING_HERE.has(status) && !speaksOfModel(response)) {
    throw new AgentError("AGENT_HTTP_MALFORMED", `${origin} has nothing at ${pathname}: status ${status}`, {
      details: { origin, api: service.api, status },
    });
  }
  if (status === 401 || status === 403 || (status >= 300 && status < 400))
    throw statusError(service, response, apiKey);
  if (status < 500 && !isObject(jsonOf(response))) {
    throw new AgentError(
      "AGENT_HTTP_MALFORMED",
      `what answers at ${origin}${pathname} is no model's server`,
      {
        details: { origin, api: service.api, status },
      },
    );
  }
}

/** Some servers say 404 of the model that an empty request does not name. */
function speaksOfModel(response: BoundedResponse): boolean {
  const error = fieldOf(jsonOf(response), "error");
  return error !== undefined && /model/i.test(JSON.stringify(error));
}

function modelFinding(
  service: HttpServiceConfig,
  response: BoundedResponse,
  apiKey: string | undefined,
): string {
  const { status } = response;
  // Not every server lists its models; one that says 404 or 405 here may well answer prompts.
  if (NOTHING_HERE.has(status)) return "it does not list its models";
  if (status < 200 || status >= 300) throw statusError(service, response, apiKey);
  const names = modelNames(jsonOf(response));
  if (names === undefined) return "it does not list its models";
  return names.includes(service.model)
    ? `model ${service.model}`
    : `it does not list the model ${service.model}`;
}

function modelNames(json: unknown): string[] | undefined {
  const data = fieldOf(json, "data");
  return Array.isArray(data) ? data.map((entry: unknown) => String(fieldOf(entry, "id") ?? "")) : undefined;
}

function jsonOf({ body }: BoundedResponse): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
