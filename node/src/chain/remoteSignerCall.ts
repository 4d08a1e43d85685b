import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { PleiadError } from "@pleiad/sdk/errors";
import { type ChainErrorCode, type ChainFailureOptions, chainFailure } from "./errors.ts";
import { withoutSecrets } from "./urlSecrets.ts";

/** The longest answer is a signed transaction: 128 KiB, two characters a byte, with room. Bytes. */
export const SIGNER_ANSWER_BYTES_MAX = 1_048_576;
/** A signer is near, and signs in milliseconds; one that keeps the key in a device takes a second or two. Milliseconds. */
export const SIGNER_TIMEOUT_MS_DEFAULT = 5_000;
/** Connections to a signer. What comes on top waits for one, and the wait counts. */
export const SIGNER_CONNECTIONS_MAX = 4;
/** An error text is for people; a hostile one must not fill the log. Characters. */
export const SIGNER_MESSAGE_CHARS_MAX = 300;

/** What this side shows, and what it trusts, on TLS. PEM text. */
export interface SignerTls {
  /** Certificates to trust in the place of the system's. */
  readonly ca: string | undefined;
  /** This daemon's own certificate and its key; both or none. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

export interface SignerEndpoint {
  /** May hold a user and a password: never logged, never part of an error. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly tls: SignerTls | undefined;
  /** Ends what is under way, and what comes. */
  readonly stopping: AbortSignal;
}

/** Asks a signer, once. @throws PleiadError SIGNER_UNREACHABLE, SIGNER_TIMEOUT, SIGNER_REFUSED, SIGNER_INVALID_ANSWER; all retryable */
export type SignerCall = (method: string, params: readonly unknown[]) => Promise<unknown>;

/**
 * One JSON-RPC exchange with a signer at a time and connection. Nothing of what is asked stands in an error, as it is
 * long; nothing of the URL but its host does, as the rest may be secret, and a signer that repeats it in its own
 * words is cut short.
 */
export function createSignerCall({ url, timeoutMs, tls, stopping }: SignerEndpoint): SignerCall {
  const { host, protocol } = new URL(url);
  const isTls = protocol === "https:";
  const agentOptions = { keepAlive: true, maxSockets: SIGNER_CONNECTIONS_MAX };
  const trust = { ca: tls?.ca, cert: tls?.certificate, key: tls?.key };
  const agent = isTls ? new HttpsAgent({ ...agentOptions, ...trust }) : new HttpAgent(agentOptions);
  let lastId = 0;

  function failure(
    code: ChainErrorCode,
    method: string,
    reason: string,
    options: ChainFailureOptions = {},
  ): PleiadError {
    const text = withoutSecrets(reason, url);
    return chainFailure(
      code,
      `the signer at ${host} on ${method}: ${text.slice(0, SIGNER_MESSAGE_CHARS_MAX)}`,
      {
        ...options,
        details: { signer: host, method, ...options.details },
      },
    );
  }

  function post(body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = isTls ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      request(url, { method: "POST", headers, signal, agent }, resolve).on("error", reject).end(body);
    });
  }

  return async (method, params) => {
    const id = ++lastId;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([timeout, stopping]);
    let status: number;
    let body: string | undefined;
    try {
      const response = await post(JSON.stringify({ jsonrpc: "2.0", id, method, params }), signal);
      status = response.statusCode ?? 0;
      body = await bodyOf(response);
    } catch (error) {
      if (stopping.aborted) throw failure("SIGNER_UNREACHABLE", method, "the daemon ends");
      if (timeout.aborted) throw failure("SIGNER_TIMEOUT", method, `no answer within ${timeoutMs} ms`);
      // Without its cause: Node's own errors of TLS name more than has to be known.
      throw failure("SIGNER_UNREACHABLE", method, reasonOf(error));
    }
    if (body === undefined)
      throw failure("SIGNER_INVALID_ANSWER", method, `more than ${SIGNER_ANSWER_BYTES_MAX} bytes`);
    const answer = answerOf(body);
    if (answer?.error !== undefined) {
      const { code, message } = answer.error;
      throw failure("SIGNER_REFUSED", method, `${message} (${code})`, { details: { rpcCode: code } });
    }
    if (status === 401 || status === 403)
      throw failure("SIGNER_REFUSED", method, `HTTP status ${status}`, { details: { status } });
    if (status !== 200)
      throw failure("SIGNER_UNREACHABLE", method, `HTTP status ${status}`, { details: { status } });
    if (answer === undefined) throw failure("SIGNER_INVALID_ANSWER", method, "not JSON-RPC");
    if (answer.id !== id) throw failure("SIGNER_INVALID_ANSWER", method, "the answer to another request");
    return answer.result;
  };
}

/** Reads a body up to the limit; undefined when it is larger. */
async function bodyOf(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > SIGNER_ANSWER_BYTES_MAX) return undefined;
      chunks.push(chunk);
    }
  } finally {
    response.destroy();
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

interface Answer {
  readonly id: unknown;
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string } | undefined;
}

/** The JSON-RPC answer in a body; undefined when there is none. */
function answerOf(body: string): Answer | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { id, result, error } = json as { id?: unknown; result?: unknown; error?: unknown };
  if (error === undefined || error === null)
    return result === undefined ? undefined : { id, result, error: undefined };
  if (typeof error !== "object") return undefined;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof message !== "string") return undefined;
  return { id, result, error: { code: typeof code === "number" ? code : 0, message } };
}

/** The system's name for it where there is one. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
