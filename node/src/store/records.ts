import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import type { Backend, BackendOperation, EntriesOptions } from "./backend.ts";
import { checkEnvelope, checksumIn, decodeEnvelope, encodeEnvelope } from "./envelope.ts";
import { storeClosed, storeDamaged, storeEmptied } from "./errors.ts";
import type { SequenceMark } from "./mark.ts";

/** One step's view: what it reads is what is there, with its own changes on top. */
export interface Draft {
  get(key: string): Promise<unknown>;
  put(key: string, payload: unknown): void;
  delete(key: string): void;
}

/** Named JSON payloads over a `Backend` that is not trusted. See the README for what is noticed, and when. */
export interface Records {
  /** Schema version of what is kept. */
  readonly schema: number;
  /** Number of the last write. */
  readonly sequence: number;
  /** Whether this opening made the database. */
  readonly created: boolean;
  get(key: string): Promise<unknown>;
  entries(prefix: string, options?: EntriesOptions): AsyncIterable<readonly [key: string, payload: unknown]>;
  /** Everything as it lies there at this moment, `meta` included, in key order and unchecked: for a backup. */
  raw(): AsyncIterable<readonly [key: string, bytes: Uint8Array]>;
  /**
   * Runs one step alone and writes all its changes, or none when it throws. A step must not call `update` itself.
   *
   * @param options.flush whether the answer means that the changes survive a power cut
   * @throws STORE_FULL or STORE_IO (retryable; the step left nothing), STORE_BUSY (retryable), STORE_CLOSED,
   * STORE_DAMAGED
   */
  update<T>(step: (draft: Draft) => Promise<T>, options: { readonly flush: boolean }): Promise<T>;
  /** Sets the schema version, flushed; what a migration does last. */
  setSchema(schema: number): Promise<void>;
  /** Waits for running steps, then closes the backend. */
  close(): Promise<void>;
}

/** The record about all others. It is in no sum, for it holds the sum. */
export const META_KEY = "meta";

/** What `meta` says: enough to notice any record that was lost, changed or brought back. */
export interface Meta {
  readonly schema: number;
  readonly sequence: number;
  readonly count: number;
  /** All records' checksums, combined by exclusive or. */
  readonly sum: bigint;
}

const metaSchema = z.object({
  schema: z.number().int().nonnegative(),
  count: z.number().int().nonnegative(),
  sum: z.string().regex(/^[0-9a-f]{1,16}$/),
});

/** A step waits for those before it; more than this many at once means that the disk has stopped answering. */
export const UPDATES_WAITING_MAX = 4_096;

/** A write whose outcome is unknown until the backend was opened again, and what undoes it. */
interface Unsettled {
  readonly undo: readonly BackendOperation[];
}

/**
 * Opens the records in a backend and checks every one of them.
 *
 * @param options.create whether an empty backend may become a new database
 * @param options.schema the schema version of a new database
 * @param options.name what to call the backend in errors: its folder
 * @param options.acknowledged the highest write known to have been flushed; a new database counts on from there
 * @param modules.mark where the last flushed sequence number is kept; absent for a backend in memory
 * @throws STORE_EMPTIED, STORE_DAMAGED and what the backend throws
 */
export async function openRecords(
  options: {
    readonly create: boolean;
    readonly schema: number;
    readonly name: string;
    readonly acknowledged: number;
  },
  modules: { readonly backend: Backend; readonly mark?: SequenceMark },
): Promise<Records> {
  const { backend, mark } = modules;
  const found = await readMeta(backend);
  if (found === undefined && !options.create) throw storeEmptied(options.name, "is empty");
  let meta: Meta = found ?? { schema: options.schema, sequence: 0, count: 0, sum: 0n };
  await verify(backend, meta);
  if (found !== undefined && meta.sequence < options.acknowledged) {
    const stands = `it stands at write ${meta.sequence}`;
    throw storeDamaged("db", `${stands}, but write ${options.acknowledged} was acknowledged`);
  }

  let unsettled: Unsettled | undefined;
  let closed = false;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** Writes `operations` under `next`; when that fails, remembers how to take it back. */
  async function write(
    operations: readonly BackendOperation[],
    undo: readonly BackendOperation[],
    next: Meta,
    flush: boolean,
  ): Promise<void> {
    try {
      await backend.write([...operations, { key: META_KEY, value: encodeMeta(next) }], flush);
      if (flush) await mark?.raise(next.sequence);
    } catch (error) {
      unsettled = { undo };
      throw error;
    }
    meta = next;
  }

  /**
   * After a failed write LevelDB may acknowledge later ones and lose them, and the failed one may be there or not.
   * Opening again tells; what was reported as failed is then taken back, so that failed means nothing happened.
   */
  async function settle({ undo }: Unsettled): Promise<void> {
    await backend.reopen();
    const now = await readMeta(backend);
    if (now === undefined || now.sequence < meta.sequence) {
      throw storeDamaged("db", `it lost writes after ${now?.sequence ?? 0} when the disk failed`);
    }
    await verify(backend, now);
    if (now.sequence === meta.sequence + 1) {
      const undone = { ...meta, sequence: now.sequence + 1 };
      await backend.write([...undo, { key: META_KEY, value: encodeMeta(undone) }], true);
      meta = undone;
    } else {
      meta = { ...meta, sequence: now.sequence };
    }
    unsettled = undefined;
  }

  async function runStep<T>(step: (draft: Draft) => Promise<T>, flush: boolean): Promise<T> {
    const changes = new Map<string, { readonly payload: unknown } | undefined>();
    /** What the step has read: nobody else changes it before the step is written. Each was checked. */
    const there = new Map<string, Uint8Array | undefined>();
    const result = await step({
      async get(key) {
        if (changes.has(key)) return changes.get(key)?.payload;
        const bytes = await backend.get(key);
        const payload = bytes === undefined ? undefined : decodeEnvelope(key, bytes).payload;
        there.set(key, bytes);
        return payload;
      },
      put: (key, payload) => void changes.set(key, { payload }),
      delete: (key) => void changes.set(key, undefined),
    });
    if (changes.size === 0) return result;

    const operations: BackendOperation[] = [];
    const undo: BackendOperation[] = [];
    const sequence = meta.sequence + 1;
    let { count, sum } = meta;
    for (const [key, change] of changes) {
      const before = there.has(key) ? there.get(key) : await backend.get(key);
      const value = change === undefined ? undefined : encodeEnvelope(key, sequence, change.payload);
      operations.push({ key, value });
      undo.push({ key, value: before });
      if (before !== undefined) {
        sum ^= there.has(key) ? checksumIn(before) : decodeEnvelope(key, before).checksum;
        count -= 1;
      }
      if (value !== undefined) {
        sum ^= checksumIn(value);
        count += 1;
      }
    }
    await write(operations, undo, { schema: meta.schema, sequence, count, sum }, flush);
    return result;
  }

  /** Lets one task run after all before it, whether those failed or not. */
  function afterAllBefore<T>(task: () => Promise<T>): Promise<T> {
    waiting += 1;
    const run = last.then(task).finally(() => {
      waiting -= 1;
    });
    last = run.catch(() => undefined);
    return run;
  }

  async function alone<T>(task: () => Promise<T>): Promise<T> {
    if (waiting >= UPDATES_WAITING_MAX) {
      throw new PleiadError(`${waiting} writes wait for the disk`, {
        code: "STORE_BUSY",
        retryable: true,
        hint: "the disk is too slow for what the node is asked to do, or it has stopped",
        details: { waiting, updatesWaitingMax: UPDATES_WAITING_MAX },
      });
    }
    return afterAllBefore(async () => {
      if (closed) throw storeClosed();
      if (unsettled !== undefined) await settle(unsettled);
      return task();
    });
  }

  if (found === undefined) await write([], [], { ...meta, sequence: options.acknowledged + 1 }, true);

  return {
    get schema() {
      return meta.schema;
    },
    get sequence() {
      return meta.sequence;
    },
    created: found === undefined,
    async get(key) {
      if (closed) throw storeClosed();
      return readPayload(backend, key);
    },
    async *entries(prefix, entriesOptions) {
      if (closed) throw storeClosed();
      for await (const [key, bytes] of backend.entries(prefix, entriesOptions)) {
        yield [key, decodeEnvelope(key, bytes).payload];
      }
    },
    raw() {
      if (closed) throw storeClosed();
      return backend.entries("");
    },
    update: (step, { flush }) => alone(() => runStep(step, flush)),
    setSchema: (schema) => alone(() => write([], [], { ...meta, schema, sequence: meta.sequence + 1 }, true)),
    close: () =>
      afterAllBefore(async () => {
        if (closed) return;
        closed = true;
        await backend.close();
      }),
  };
}

async function readPayload(backend: Backend, key: string): Promise<unknown> {
  const bytes = await backend.get(key);
  return bytes === undefined ? undefined : decodeEnvelope(key, bytes).payload;
}

/**
 * Reads everything once: each record's checksum, that together they are the records that were written, and that each is found
 * by its key. LevelDB looks a key up through indexes and filters that a walk over all records does not use: where those are
 * damaged, a record that is there would not be found.
 */
async function verify(backend: Backend, meta: Meta): Promise<void> {
  let count = 0;
  let sum = 0n;
  for await (const [key, bytes] of backend.entries("")) {
    if (key === META_KEY) continue;
    const { sequence, checksum } = checkEnvelope(key, bytes);
    const found = backend.getNow(key);
    if (found === undefined || checksumIn(found) !== checksum)
      throw storeDamaged(key, "it is not found by its key");
    if (sequence > meta.sequence) {
      throw storeDamaged(key, `write ${sequence} is here, but the last known write is ${meta.sequence}`);
    }
    count += 1;
    sum ^= checksum;
  }
  if (count !== meta.count) throw storeDamaged("db", `${meta.count} records were written, ${count} are here`);
  if (sum !== meta.sum) throw storeDamaged("db", "an older state of some records has come back");
}

async function readMeta(backend: Backend): Promise<Meta | undefined> {
  const bytes = await backend.get(META_KEY);
  return bytes === undefined ? undefined : decodeMeta(bytes);
}

/** What a record under `META_KEY` says. @throws STORE_DAMAGED */
export function decodeMeta(bytes: Uint8Array): Meta {
  const { payload, sequence } = decodeEnvelope(META_KEY, bytes);
  const parsed = metaSchema.safeParse(payload);
  if (!parsed.success) throw storeDamaged(META_KEY, "it does not have the expected fields");
  const { schema, count, sum } = parsed.data;
  return { schema, sequence, count, sum: BigInt(`0x${sum}`) };
}

/** The record under `META_KEY`. */
export function encodeMeta({ schema, sequence, count, sum }: Meta): Uint8Array {
  return encodeEnvelope(META_KEY, sequence, { schema, count, sum: sum.toString(16) });
}
