/** One change of a batch; without a value the key is removed. */
export interface BackendOperation {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

export interface EntriesOptions {
  /** From the highest key down. @default false */
  readonly reverse?: boolean;
  /** At most this many. @default all */
  readonly limit?: number;
}

/**
 * The ordered keys and bytes below the records: LevelDB on disk, a map in memory. It knows nothing of what it keeps
 * and is trusted with nothing: `records.ts` checks whatever comes back.
 */
export interface Backend {
  get(key: string): Promise<Uint8Array | undefined>;
  /** As `get`, at once: for a walk over everything, where waiting for each answer would be most of the time. */
  getNow(key: string): Uint8Array | undefined;
  /** Entries whose key starts with `prefix`, in key order, as they were when the call was made. */
  entries(prefix: string, options?: EntriesOptions): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  /** All operations or none; with `flush` the answer means that they survive a power cut. */
  write(operations: readonly BackendOperation[], flush: boolean): Promise<void>;
  /** Closes and opens again, which is the only way to know what a failed write has left. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** A backend that forgets everything with its process. For tests, and for what needs no history. */
export function createMemoryBackend(): Backend {
  const values = new Map<string, Uint8Array>();

  return {
    async get(key) {
      return values.get(key);
    },
    getNow: (key) => values.get(key),
    async *entries(prefix, options = {}) {
      const keys = [...values.keys()].filter((key) => key.startsWith(prefix)).sort();
      if (options.reverse === true) keys.reverse();
      const found = keys.slice(0, options.limit).map((key) => [key, values.get(key)] as const);
      for (const [key, value] of found) if (value !== undefined) yield [key, value];
    },
    async write(operations) {
      for (const { key, value } of operations) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
    },
    async reopen() {},
    async close() {},
  };
}
