import { closeSession, currentSession } from "../session.ts";
import type { Reads, Writes } from "./types.ts";

/** Why there is no answer: the daemon is `gone`, or it `refused`. */
export class ApiFailure extends Error {
  readonly kind: "gone" | "refused";
  readonly code: string;
  readonly hint: string | undefined;
  /** Whether the same may succeed later without anybody doing anything. */
  readonly isRetryable: boolean;

  constructor(
    kind: "gone" | "refused",
    refusal: { code: string; message: string; hint?: string | undefined; retryable?: boolean | undefined },
  ) {
    super(refusal.message);
    this.kind = kind;
    this.code = refusal.code;
    this.hint = refusal.hint;
    this.isRetryable = refusal.retryable ?? false;
  }
}

/** A daemon on this machine answers at once, but for a blob that it gets from a peer. Milliseconds. */
const TIMEOUT_MS = 35_000;

type Values = Readonly<Record<string, string | number | undefined>>;

/** Asks the daemon for what a path of its OpenAPI document answers. @throws ApiFailure */
export async function read<Path extends keyof Reads>(
  path: Path,
  inPath: Values = {},
  query: Values = {},
  signal?: AbortSignal,
): Promise<Reads[Path]> {
  const response = await ask(addressOf(path, inPath, query), { signal });
  return (await response.json()) as Reads[Path];
}

/**
 * Has the daemon do what a method and path of its OpenAPI document do: `write("POST /workspace/{cluster}/messages", { cluster }, body)`.
 *
 * @throws ApiFailure
 */
export async function write<Route extends keyof Writes>(
  route: Route,
  inPath: Values,
  body: Writes[Route]["body"],
  { query = {}, signal, timeoutMs }: { query?: Values; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<Writes[Route]["answer"]> {
  const [method = "POST", path = ""] = route.split(" ");
  const response = await ask(addressOf(path, inPath, query), {
    method,
    signal,
    timeoutMs,
    ...(body === undefined ? {} : { type: "application/json", body: JSON.stringify(body) }),
  });
  return (await response.json()) as Writes[Route]["answer"];
}

/** Gives the daemon bytes to keep, and to hand to whoever asks by their digest. @throws ApiFailure */
export async function writeBlob(bytes: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<string> {
  const given = { method: "POST", type: "application/octet-stream", body: bytes, signal };
  const { digest } = (await (await ask("/blobs", given)).json()) as { readonly digest: string };
  return digest;
}

/** A path with its parts and its query filled in. */
export function addressOf(path: string, inPath: Values, query: Values = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(inPath[name] ?? ""));
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `${filled}${search.size > 0 ? `?${search}` : ""}`;
}

/** Asks the daemon for bytes by their digest, which it has or gets from a peer, and has checked against it. @throws ApiFailure */
export async function readBlob(digest: string, signal?: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await (await ask(`/blobs/${encodeURIComponent(digest)}`, { signal })).arrayBuffer());
}

interface Asked {
  readonly method?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The daemon's answer as it is, for what is no JSON. @throws ApiFailure */
export async function ask(
  address: string,
  { method = "GET", type, body, signal, timeoutMs = TIMEOUT_MS }: Asked = {},
): Promise<Response> {
  const session = currentSession();
  if (session.state !== "open") throw new ApiFailure("refused", { code: "TOKEN_WRONG", message: "no token" });
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      headers: {
        authorization: `Bearer ${session.token}`,
        ...(type === undefined ? {} : { "content-type": type }),
      },
      ...(body === undefined ? {} : { body }),
      cache: "no-store",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiFailure("gone", {
      code: "DAEMON_UNREACHABLE",
      message: "The daemon does not answer.",
      retryable: true,
    });
  }
  if (response.ok) return response;
  const refusal = (await response.json().catch(() => ({}))) as {
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
    readonly retryable?: boolean;
  };
  // A daemon that stops refuses all with 503, in words that are not its own.
  const isStopping = response.status === 503;
  const {
    code = `HTTP_${response.status}`,
    message = "The daemon refused.",
    hint,
    retryable = isStopping,
  } = refusal;
  if (response.status === 401) closeSession(code === "TOKEN_EXPIRED" ? "expired" : "wrong");
  throw new ApiFailure("refused", { code, message, hint, retryable });
}
