import type { HttpServiceConfig } from "../../config/service.ts";
import type { AgentErrorCode } from "../errors.ts";
import { AgentError } from "../errors.ts";
import { printable, redact } from "../text.ts";
import { fieldOf } from "./json.ts";
import type { BoundedResponse } from "./request.ts";

/** A server cannot put a service to sleep for days. */
export const RETRY_AFTER_MS_MAX = 3_600_000;
/** The first words of an error say what is wrong. */
const BODY_START_CHARACTERS_MAX = 500;
/** The server's own reason stands in the message, which is one line in a log. */
const REASON_CHARACTERS_MAX = 200;

/** The error for an answer whose status is not 2xx. */
export function statusError(
  service: HttpServiceConfig,
  response: BoundedResponse,
  apiKey: string | undefined,
): AgentError {
  const { status } = response;
  const { origin } = new URL(service.baseUrl);
  const bodyStart = printable(response.body, secretForms(apiKey)).slice(0, BODY_START_CHARACTERS_MAX);
  const details = { origin, model: service.model, status, bodyStart };
  if (status < 400) {
    const target = redirectOrigin(service, response);
    return new AgentError("AGENT_HTTP_REDIRECTED", `${origin} sends to ${target}: status ${status}`, {
      details: { ...details, target },
    });
  }
  const reason = reasonOf(response.body, apiKey);
  const told = reason === "" ? "" : `: ${reason}`;
  const wait = retryAfterMs(response);
  const retryable = { details, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  if (status === 429)
    return new AgentError("AGENT_HTTP_LIMITED", `${origin} asks for fewer requests${told}`, retryable);
  if (status >= 500)
    return new AgentError("AGENT_HTTP_UNAVAILABLE", `${origin} failed: status ${status}${told}`, retryable);
  if (status === 401) {
    const message = `${origin} ${apiKey === undefined ? "wants a key" : `refused ${keyPlace(service)}`}: status 401${told}`;
    return new AgentError("AGENT_HTTP_KEY_REFUSED", message, { details });
  }
  return new AgentError("AGENT_HTTP_REFUSED", `${origin} refused the request: status ${status}${told}`, {
    details,
  });
}

/** A failure that a provider reports in an answer of status 200, or in the middle of a stream. */
export class ProviderFault extends Error {
  /** The provider's own word for it. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** The fault in an object `{ type or code, message }`, as all APIs write it. */
export function providerFault(error: unknown): ProviderFault {
  const word = (name: string): string => {
    const value = fieldOf(error, name);
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  return new ProviderFault([word("type"), word("code")].join(" ").trim(), word("message"));
}

/** The error for a provider's fault. */
export function faultError(
  service: HttpServiceConfig,
  { type, message }: ProviderFault,
  apiKey: string | undefined,
): AgentError {
  const { origin } = new URL(service.baseUrl);
  const shown = (text: string): string =>
    printable(Buffer.from(redact(text, secretForms(apiKey))), []).slice(0, REASON_CHARACTERS_MAX);
  const details = { origin, model: service.model, type: shown(type), reason: shown(message) };
  return new AgentError(faultCode(type), `${origin} broke the answer off: ${shown(message)}`, { details });
}

function faultCode(type: string): AgentErrorCode {
  if (/rate_?limit|429|quota/i.test(type)) return "AGENT_HTTP_LIMITED";
  // What the request itself is to blame for will be so the next time, too.
  if (/invalid|not_?found|permission|authentication|\b4\d\d\b/i.test(type)) return "AGENT_HTTP_REFUSED";
  return "AGENT_HTTP_UNAVAILABLE";
}

/** The sentence that all APIs put at `error.message`. */
function reasonOf(body: Uint8Array, apiKey: string | undefined): string {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return "";
  }
  const error = fieldOf(json, "error");
  const message = typeof error === "string" ? error : fieldOf(error, "message");
  if (typeof message !== "string") return "";
  const shown = printable(Buffer.from(message), secretForms(apiKey)).replaceAll("\n", " ");
  return shown.length > REASON_CHARACTERS_MAX ? `${shown.slice(0, REASON_CHARACTERS_MAX)}…` : shown;
}

/** The key, also as it stands in JSON. */
function secretForms(apiKey: string | undefined): string[] {
  if (apiKey === undefined) return [];
  return [apiKey, JSON.stringify(apiKey).slice(1, -1), apiKey.replaceAll("/", "\\/")];
}

function keyPlace({ apiKeyEnv, apiKeyFile }: HttpServiceConfig): string {
  return apiKeyEnv === undefined
    ? `the key in ${apiKeyFile}`
    : `the key in the environment variable ${apiKeyEnv}`;
}

/** The origin alone: the rest of an address may hold secrets. */
function redirectOrigin(service: HttpServiceConfig, response: BoundedResponse): string {
  const location = response.header("location");
  if (location === undefined || !URL.canParse(location, service.baseUrl)) return "an unnamed address";
  return new URL(location, service.baseUrl).origin;
}

/**
 * How long to wait: `retry-after` of RFC 9110, section 10.2.3 (seconds, or a date, which is read against the server's
 * own clock), or the finer `retry-after-ms` that some servers send beside it.
 */
function retryAfterMs(response: BoundedResponse): number | undefined {
  const fine = response.header("retry-after-ms")?.trim();
  if (fine !== undefined && /^[0-9]{1,9}$/.test(fine)) return Math.min(Number(fine), RETRY_AFTER_MS_MAX);
  const value = response.header("retry-after")?.trim();
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Math.min(Number(value) * 1_000, RETRY_AFTER_MS_MAX);
  const wait = Date.parse(value) - Date.parse(response.header("date") ?? "");
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), RETRY_AFTER_MS_MAX);
}
