import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Logger } from "pino";
import { z } from "zod";
import { errnoOf, writeFileAtomic } from "../config/files.ts";
import type { Clock } from "./clock.ts";
import { reasonOf } from "./errors.ts";
import {
  ADDRESS_BOOK_BYTES_MAX,
  ADDRESS_BOOK_MAX,
  ADDRESS_BOOK_WRITE_MS,
  ADDRESS_CHARACTERS_MAX,
  ADDRESS_EXPIRES_SECONDS,
  ADDRESSES_PER_NODE_MAX,
} from "./limits.ts";
import { parsePeerAddress, withPeer } from "./peerAddress.ts";

/** An address that this daemon dialed, and whose peer showed there a certificate of this node. */
export interface KnownAddress {
  readonly address: string;
  readonly node: bigint;
  /** When a connection there was last certified, unix seconds. */
  readonly reachedAt: bigint;
}

/** Addresses at which nodes were reached, for the next start. */
export interface AddressBook {
  /** Reads the file. One that is damaged is as good as none: it is told in the log, and written anew. */
  load(): Promise<void>;
  /** Notes that this daemon dialed the address and found a certified peer of the node there. */
  reached(node: bigint, address: string, peer: string): void;
  /** What is not too old, the latest first. */
  list(): readonly KnownAddress[];
  /** Writes what is not written yet, and ends. */
  stop(): Promise<void>;
}

const entrySchema = z.strictObject({
  address: z.string().max(ADDRESS_CHARACTERS_MAX),
  node: z.string().regex(/^[1-9][0-9]{0,77}$/),
  reachedAt: z.string().regex(/^[0-9]{1,12}$/),
});
const fileSchema = z.strictObject({
  version: z.literal(1),
  sha256: z.string(),
  entries: z.array(entrySchema).max(ADDRESS_BOOK_MAX),
});
type FileEntry = z.output<typeof entrySchema>;

/**
 * @param options.path the file, mode 0600; in a folder that is there
 * @param modules.wantedNodes nodes whose addresses are the last to give way when the book is full
 */
export function createAddressBook(
  options: { readonly path: string },
  modules: {
    readonly wantedNodes: () => readonly bigint[];
    readonly clock: Clock;
    readonly logger: Logger;
  },
): AddressBook {
  const { clock, logger } = modules;
  /** By address; the latest last. */
  const known = new Map<string, KnownAddress>();
  let cancelWrite: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  function list(): KnownAddress[] {
    const oldest = clock.wallSeconds() - ADDRESS_EXPIRES_SECONDS;
    return [...known.values()].filter(({ reachedAt }) => reachedAt >= oldest).reverse();
  }

  function add(entry: KnownAddress): void {
    known.delete(entry.address);
    known.set(entry.address, entry);
    const ofNode = [...known.values()].filter(({ node }) => node === entry.node);
    if (ofNode.length > ADDRESSES_PER_NODE_MAX) known.delete(ofNode[0]?.address ?? "");
    if (known.size <= ADDRESS_BOOK_MAX) return;
    const wanted = new Set(modules.wantedNodes());
    const all = [...known.values()];
    known.delete((all.find(({ node }) => !wanted.has(node)) ?? all[0])?.address ?? "");
  }

  function write(): Promise<void> {
    cancelWrite?.();
    cancelWrite = undefined;
    const content = encodeBook(list());
    writing = writing.then(async () => {
      try {
        await writeFileAtomic(options.path, content);
      } catch (error) {
        if (errnoOf(error) === undefined) throw error;
        // The peers are there all the same; the next start finds fewer of them.
        logger.warn({ path: options.path, ...reasonOf(error) }, "addresses of peers cannot be kept");
      }
    });
    return writing;
  }

  return {
    list,
    async load() {
      try {
        for (const entry of decodeBook(await readBounded(options.path))) add(entry);
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return;
        logger.warn(
          { path: options.path, code: "ADDRESS_BOOK_DAMAGED", reason: reasonOf(error).reason },
          "addresses of peers cannot be read; they are collected anew",
        );
      }
    },
    reached(node, address, peer) {
      const text = withPeer(address, peer);
      if (parsePeerAddress(text) === undefined) return;
      add({ address: text, node, reachedAt: clock.wallSeconds() });
      cancelWrite ??= clock.after(ADDRESS_BOOK_WRITE_MS, () => void write());
    },
    async stop() {
      if (cancelWrite !== undefined) await write();
      await writing;
    },
  };
}

/** Reads no more than a book can have. */
async function readBounded(path: string): Promise<string> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(ADDRESS_BOOK_BYTES_MAX + 1) });
    if (bytesRead > ADDRESS_BOOK_BYTES_MAX) throw new Error(`more than ${ADDRESS_BOOK_BYTES_MAX} bytes`);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Oldest first, with a digest: half a file, or a changed one, is not taken for a short book. */
function encodeBook(latestFirst: readonly KnownAddress[]): string {
  const entries = latestFirst
    .map(({ address, node, reachedAt }) => ({ address, node: `${node}`, reachedAt: `${reachedAt}` }))
    .reverse();
  return `${JSON.stringify({ version: 1, sha256: digestOf(entries), entries })}\n`;
}

/** @throws Error when it is not what `encodeBook` wrote */
function decodeBook(content: string): KnownAddress[] {
  const { sha256, entries } = fileSchema.parse(JSON.parse(content));
  if (digestOf(entries) !== sha256) throw new Error("its digest is another");
  return entries.map(({ address, node, reachedAt }) => {
    if (parsePeerAddress(address) === undefined) throw new Error(`"${address}" is no address of a peer`);
    return { address, node: BigInt(node), reachedAt: BigInt(reachedAt) };
  });
}

function digestOf(entries: readonly FileEntry[]): string {
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex");
}
