import { type BlockHeader, CURSOR_HEADERS_MAX } from "./cursor.ts";

/** The recent canonical headers, in memory: what "canonical" means for whoever asks. */
export interface Headers {
  /** The last one; undefined before the first. */
  head(): BlockHeader | undefined;
  /** The one of a number; undefined when it is not, or no longer, there. */
  at(number: bigint): BlockHeader | undefined;
  /** The oldest one that is kept. */
  oldest(): BlockHeader | undefined;
  /** Adds the next one, or begins anew with one that does not follow. */
  add(header: BlockHeader): void;
  /** Forgets all after `number`. */
  cut(number: bigint): void;
}

/** @param options.countMax How many are kept. @default CURSOR_HEADERS_MAX */
export function createHeaders(options: { readonly countMax?: number } = {}): Headers {
  const { countMax = CURSOR_HEADERS_MAX } = options;
  /** Oldest first, numbers without gaps. */
  let headers: BlockHeader[] = [];

  return {
    head: () => headers.at(-1),
    oldest: () => headers[0],
    at(number) {
      const first = headers[0];
      if (first === undefined || number < first.number) return undefined;
      return headers[Number(number - first.number)];
    },
    add({ number, hash, parentHash, timestamp }) {
      const last = headers.at(-1);
      if (last !== undefined && (number !== last.number + 1n || parentHash !== last.hash)) headers = [];
      headers.push({ number, hash, parentHash, timestamp });
      if (headers.length > countMax) headers.shift();
    },
    cut(number) {
      headers = headers.filter((header) => header.number <= number);
    },
  };
}
