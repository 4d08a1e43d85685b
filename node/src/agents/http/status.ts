import type { HttpServiceConfig } from "../config/service.ts";
import { AgentError } from "./errors.ts";
import type { BoundedResponse } from "./httpRequest.ts";
import { printable } from "./text.ts";

/** A server cannot put a service to sleep for days. */
export const RETRY_AFTER_MS_MAX = 3_600_000;
/** The first words of an error say what is wrong. */
const BODY_START_CHARACTERS_MAX = 500;

/** The error for an answer whose status is not 2xx. */
export function statusError(
  service: HttpServiceConfig,
  response: BoundedResponse,
  apiKey: string | undefined,
): AgentError {
  const { status } = response;
  const { origin } = new URL(service.baseUrl);
  const secrets = apiKey === undefined ? [] : [apiKey];
  const bodyStart = printable(response.body, secrets).slice(0, BODY_START_CHARACTERS_MAX);
  const details = { origin, model: service.model, status, bodyStart };
  const wait = retryAfterMs(response);
  const options = { details, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  if (status === 429)
    return new AgentError("AGENT_HTTP_LIMITED", `${origin} asks for fewer requests`, options);
  if (status >= 500)
    return new AgentError("AGENT_HTTP_UNAVAILABLE", `${origin} failed: status ${status}`, options);
  if (status >= 400) {
    return new AgentError("AGENT_HTTP_REFUSED", `${origin} refused the request: status ${status}`, {
      details,
    });
  }
  const target = redirectOrigin(service, response);
  return new AgentError("AGENT_HTTP_REDIRECTED", `${origin} sends to ${target}: status ${status}`, {
    details: { ...details, target },
  });
}

/** The origin alone: the rest of an address may hold secrets. */
function redirectOrigin(service: HttpServiceConfig, response: BoundedResponse): string {
  const location = response.header("location");
  if (location === undefined || !URL.canParse(location, service.baseUrl)) return "an unnamed address";
  return new URL(location, service.baseUrl).origin;
}

/** RFC 9110, section 10.2.3: seconds, or a date, which is read against the server's own clock. */
function retryAfterMs(response: BoundedResponse): number | undefined {
  const value = response.header("retry-after")?.trim();
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Math.min(Number(value) * 1_000, RETRY_AFTER_MS_MAX);
  const wait = Date.parse(value) - Date.parse(response.header("date") ?? "");
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), RETRY_AFTER_MS_MAX);
}
