import { closeSession, currentSession } from "../session.ts";
import type { Reads } from "./types.ts";

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
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(inPath[name] ?? ""));
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const response = await ask(`${filled}${search.size > 0 ? `?${search}` : ""}`, signal);
  return (await response.json()) as Reads[Path];
}

/** Asks the daemon for bytes by their digest, which it has or gets from a peer, and has checked against it. @throws ApiFailure */
export async function readBlob(digest: string, signal?: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await (await ask(`/blobs/${encodeURIComponent(digest)}`, signal)).arrayBuffer());
}

/** @throws ApiFailure */
async function ask(path: string, signal: AbortSignal | undefined): Promise<Response> {
  const session = currentSession();
  if (session.state !== "open") throw new ApiFailure("refused", { code: "TOKEN_WRONG", message: "no token" });
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      headers: { authorization: `Bearer ${session.token}` },
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
  const { code = `HTTP_${response.status}`, message = "The daemon refused.", hint, retryable } = refusal;
  if (response.status === 401) closeSession(code === "TOKEN_EXPIRED" ? "expired" : "wrong");
  throw new ApiFailure("refused", { code, message, hint, retryable });
}
