import { PleiadError } from "@pleiad/sdk/errors";
import { type Hex, isHash } from "viem";
import { z } from "zod";
import { plain } from "../workspace/face/plain.ts";

/** Where a daemon's API is, and the token for it. */
export interface DaemonAccess {
  readonly apiUrl: string;
  readonly apiToken: string;
}

/** A daemon on the same machine answers at once; a blob may come from a peer. */
const TIMEOUT_MS = 35_000;

/** A log of a hundred thousand entries, from a slow disk to a slow disk. */
const LOG_EXPORT_TIMEOUT_MS = 1_800_000;

/** The largest backup, a gigabyte of blobs and the journal, from a slow disk to a slow disk. */
const BACKUP_TIMEOUT_MS = 1_800_000;

const hashSchema = z.custom<Hex>((value) => typeof value === "string" && isHash(value));
const digestSchema = z.object({ digest: hashSchema });
const jobSchema = z.object({
  execution: z.coerce.bigint(),
  task: z.int(),
  state: z.string(),
  outputDigest: hashSchema.nullable(),
  transactionHash: hashSchema.nullable(),
  failures: z.array(z.object({ code: z.string(), message: z.string(), attempt: z.int() })),
  end: z.object({ code: z.string(), message: z.string() }).nullable(),
  reasonDigest: hashSchema.nullable(),
});
const executionSchema = z.object({
  node: z.coerce.bigint(),
  jobs: z.array(jobSchema.extend({ reported: z.boolean(), elapsedMs: z.number().nullable() })),
  waits: z.array(
    z.object({
      task: z.number(),
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      refusal: z.string().optional(),
    }),
  ),
});

export type DaemonJob = z.output<typeof jobSchema>;
export type DaemonExecution = z.output<typeof executionSchema>;

/** What a program asks of a daemon. */
export function daemonClient({ apiUrl, apiToken }: DaemonAccess) {
  /** @param until What ends it in place of the time limit. */
  async function ask(
    path: string,
    init: RequestInit = {},
    timeoutMs = TIMEOUT_MS,
    until: AbortSignal = AbortSignal.timeout(timeoutMs),
  ): Promise<Response> {
    const headers = { authorization: `Bearer ${apiToken}`, ...init.headers };
    let response: Response;
    try {
      response = await fetch(new URL(path, apiUrl), {
        ...init,
        headers,
        signal: until,
      });
    } catch (cause) {
      throw new PleiadError(`the daemon at ${apiUrl} does not answer`, {
        code: "DAEMON_UNREACHABLE",
        retryable: true,
        hint: "start it, or name the one that runs",
        cause,
      });
    }
    if (response.ok) return response;
    const body = z
      .object({ code: z.string(), message: z.string(), hint: z.string().optional() })
      .safeParse(await response.json().catch(() => null));
    throw new PleiadError(
      `the daemon at ${apiUrl} refused ${path}: ${body.data?.message ?? response.status}`,
      {
        code: body.data?.code ?? "DAEMON_REFUSED",
        retryable: response.status >= 500,
        hint: body.data?.hint ?? "see the daemon's log",
      },
    );
  }
  /** What it streams. */
  async function* bodyOf({ body }: Response, what: string): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (body !== null) yield* body;
    } catch (cause) {
      throw new PleiadError(`the daemon at ${apiUrl} stopped in the middle of ${what}`, {
        code: "DAEMON_UNREACHABLE",
        retryable: true,
        hint: "see the daemon's log, and try again",
        cause,
      });
    }
  }
  /** What it answered, in its form. A daemon of another version, or something else, may listen there. */
  async function read<T extends z.ZodType>(schema: T, response: Response): Promise<z.output<T>> {
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new PleiadError(
      `the daemon at ${apiUrl} answered something else than expected: "${issue?.path.join(".")}": ${issue?.message}`,
      {
        code: "DAEMON_ANSWER_INVALID",
        hint: "start it with the same version as this program; see that nothing else listens there",
        details: { path: issue?.path.join(".") },
      },
    );
  }
  return {
    /** What a path answers, in its form. */
    async ask<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
      return read(schema, await ask(path));
    },
    /**
     * Lines of what a path tells, as they come. The signal ends it without an error.
     *
     * @throws PleiadError before the first line where the daemon tells nothing
     */
    async follow(path: string, signal: AbortSignal): Promise<AsyncIterable<string>> {
      const response = await ask(path, {}, undefined, signal);
      return linesOf(bodyOf(response, path), signal);
    },
    /** What a path answers to something that is to be done. */
    async send<T extends z.ZodType>(
      method: "POST" | "DELETE",
      path: string,
      schema: T,
      { body, timeoutMs }: { readonly body?: unknown; readonly timeoutMs?: number } = {},
    ): Promise<z.output<T>> {
      const init =
        body === undefined
          ? { method }
          : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      return read(schema, await ask(path, init, timeoutMs));
    },
    /** @throws PleiadError with the daemon's code and hint where a token for that credential would open nothing */
    async checkCredential(credential: object): Promise<void> {
      const body = JSON.stringify(plain(credential));
      await ask("/workspace/check", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
    },
    async putBlob(bytes: Uint8Array): Promise<Hex> {
      const body = Buffer.from(bytes);
      const response = await ask("/blobs", {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body,
      });
      return (await read(digestSchema, response)).digest;
    },
    async getBlob(digest: Hex): Promise<Uint8Array> {
      return new Uint8Array(await (await ask(`/blobs/${digest}`)).arrayBuffer());
    },
    /** A backup of its store, as it comes; the reader finds out whether it is whole. */
    async *backup(): AsyncGenerator<Uint8Array> {
      yield* bodyOf(await ask("/backup", {}, BACKUP_TIMEOUT_MS), "its backup");
    },
    /**
     * A cluster's log, as it comes; the reader finds out whether it is whole.
     *
     * @throws PleiadError before the first byte where the daemon has no such log or does not give it
     */
    async exportLog(
      cluster: bigint,
      { withKeys }: { readonly withKeys: boolean },
    ): Promise<AsyncIterable<Uint8Array>> {
      const path = `/logs/${cluster}/export${withKeys ? "?keys=true" : ""}`;
      return bodyOf(await ask(path, {}, LOG_EXPORT_TIMEOUT_MS), "its log");
    },
    async jobs(): Promise<DaemonJob[]> {
      return read(z.array(jobSchema), await ask("/jobs"));
    },
    async execution(id: bigint): Promise<DaemonExecution> {
      return read(executionSchema, await ask(`/executions/${id}`));
    },
    async status(): Promise<unknown> {
      return (await ask("/status")).json();
    },
  };
}

/** The lines of a text that comes in pieces, until `signal`. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const piece of pieces) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
