import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { z } from "zod";
import { type BlockHeader, CURSOR_HEADERS_MAX, type Cursor } from "../chain/cursor.ts";
import { bigintSchema, decodeRecord, encodeRecord, hash32Schema, isSameHex } from "./codec.ts";
import type { Draft, Records } from "./records.ts";

const STATE_KEY = "cursor/state";
const HEADER_PREFIX = "cursor/header/";

/** 64 bits in hex: keys of one length sort like the numbers. */
const NUMBER_DIGITS = 16;

const headerSchema = z.object({
  number: bigintSchema,
  hash: hash32Schema,
  parentHash: hash32Schema,
  timestamp: bigintSchema,
}) satisfies z.ZodType<BlockHeader>;

/** `tail` is the lowest number kept. */
const stateSchema = z.object({ genesisHash: hash32Schema, head: headerSchema, tail: bigintSchema });
type CursorState = z.infer<typeof stateSchema>;

/** The cursor of `chain/cursor.ts` over the records. */
export function createCursor(modules: { readonly records: Records }): Cursor {
  const { records } = modules;

  return {
    async genesisHash() {
      return (await readState(records))?.genesisHash;
    },

    async head() {
      return (await readState(records))?.head;
    },

    headerAt: (number) => readHeader(records, number),

    async history() {
      const headers: BlockHeader[] = [];
      for await (const [key, payload] of records.entries(HEADER_PREFIX, { reverse: true })) {
        headers.push(decodeRecord(key, headerSchema, payload));
      }
      return headers;
    },

    start: (genesisHash, header) =>
      records.update(
        async (draft) => {
          const state = await readState(draft);
          if (state !== undefined) deleteHeaders(draft, state.tail, state.head.number);
          putHeader(draft, header);
          putState(draft, { genesisHash, head: header, tail: header.number });
        },
        { flush: true },
      ),

    advance: (headers) =>
      records.update(
        async (draft) => {
          const state = requireStarted(await readState(draft));
          if (headers.length === 0) return;
          const head = headers.reduce(follow, state.head);
          const wanted = head.number - BigInt(CURSOR_HEADERS_MAX) + 1n;
          const tail = wanted > state.tail ? wanted : state.tail;
          deleteHeaders(draft, state.tail, (tail > state.head.number ? state.head.number + 1n : tail) - 1n);
          for (const header of headers) if (header.number >= tail) putHeader(draft, header);
          putState(draft, { ...state, head, tail });
        },
        { flush: false },
      ),

    rollBack: (target) =>
      records.update(
        async (draft) => {
          const state = requireStarted(await readState(draft));
          const header = await readHeader(draft, target.number);
          if (header === undefined || !isSameHex(header.hash, target.hash))
            throw beyondHistory(target, state);
          deleteHeaders(draft, header.number + 1n, state.head.number);
          putState(draft, { ...state, head: header });
        },
        { flush: true },
      ),
  };
}

/** The next header, if it follows `head`. */
function follow(head: BlockHeader, header: BlockHeader): BlockHeader {
  if (header.number !== head.number + 1n || !isSameHex(header.parentHash, head.hash)) {
    throw new PleiadError(
      `block ${header.number} (${header.hash}) does not follow ${head.number} (${head.hash})`,
      {
        code: "CURSOR_UNLINKED",
        retryable: true,
        hint: "find the common ancestor, roll back to it, and advance from there",
        details: { head, header },
      },
    );
  }
  return header;
}

function headerKey(number: bigint): string {
  return HEADER_PREFIX + number.toString(16).padStart(NUMBER_DIGITS, "0");
}

async function readState(reader: Draft | Records): Promise<CursorState | undefined> {
  const payload = await reader.get(STATE_KEY);
  return payload === undefined ? undefined : decodeRecord(STATE_KEY, stateSchema, payload);
}

async function readHeader(reader: Draft | Records, number: bigint): Promise<BlockHeader | undefined> {
  const key = headerKey(number);
  const payload = await reader.get(key);
  return payload === undefined ? undefined : decodeRecord(key, headerSchema, payload);
}

function putState(draft: Draft, state: CursorState): void {
  draft.put(STATE_KEY, encodeRecord(stateSchema, state));
}

function putHeader(draft: Draft, header: BlockHeader): void {
  draft.put(headerKey(header.number), encodeRecord(headerSchema, header));
}

function deleteHeaders(draft: Draft, from: bigint, to: bigint): void {
  for (let number = from; number <= to; number += 1n) draft.delete(headerKey(number));
}

function requireStarted(state: CursorState | undefined): CursorState {
  if (state !== undefined) return state;
  throw new PleiadError("the cursor stands nowhere yet", {
    code: "CURSOR_NOT_STARTED",
    hint: "start it at the block from which the contracts are followed",
  });
}

function beyondHistory(
  target: { readonly number: bigint; readonly hash: Hex },
  state: CursorState,
): PleiadError {
  return new PleiadError(
    `block ${target.number} (${target.hash}) is not among the blocks this node has followed`,
    {
      code: "CURSOR_BEYOND_HISTORY",
      hint: "the chain has changed deeper than the node remembers: stop taking work, and check the provider",
      details: { target, head: state.head, tail: state.tail, headersMax: CURSOR_HEADERS_MAX },
    },
  );
}
