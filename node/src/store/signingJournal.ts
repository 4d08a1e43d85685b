import { hash } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import { z } from "zod";
import type { Signing, SigningJournal } from "../chain/journal.ts";
import { decodeRecord, hash32Schema } from "./codec.ts";
import type { Draft, Records } from "./records.ts";
import type { LedgerEntry, SigningLedger } from "./signingLedger.ts";
import { NO_WATERMARK, type Watermark } from "./watermark.ts";

/** Under it lies how many signings there are. */
export const SIGNING_COUNT_KEY = "signings";
/** Before the hash of what was signed for. */
export const SIGNING_PREFIX = "signing/";

export const signingCountSchema = z.object({ count: z.number().int().nonnegative() });
export const signingSchema = z.object({ index: z.number().int().nonnegative(), digest: hash32Schema });

/** Signings taken over from the ledger in one step, so that a long one is not one giant write. */
const IMPORT_BATCH = 1_000;

/**
 * The signings over the records and, on disk, the ledger beside them.
 *
 * @param modules.ledger flushed beside the record; whatever was acknowledged stands in both
 * @param modules.watermark what may be signed after a gap in the node's memory. @default there is none
 */
export function createSigningJournal(modules: {
  readonly records: Records;
  readonly ledger?: Pick<SigningLedger, "write">;
  readonly watermark?: Pick<Watermark, "barrierOf">;
}): SigningJournal {
  const { records, ledger, watermark = NO_WATERMARK } = modules;
  /** By index: whose flush has not ended well yet. None of them is acknowledged before it has. */
  const unflushed = new Map<number, LedgerEntry>();

  /** Makes sure that an entry is in the ledger; one whose flush is under way or has failed is written again. */
  async function secure(index: number): Promise<void> {
    const entry = unflushed.get(index);
    if (entry === undefined) return;
    await ledger?.write(index, entry);
    if (unflushed.get(index) === entry) unflushed.delete(index);
  }

  return {
    barrierOf: async (execution) => watermark.barrierOf(execution),
    async checkAndRecordSigning(signing) {
      const barrier = watermark.barrierOf(signing);
      if (barrier === "everything") throw signingBarred(signing);
      const context = contextOf(signing);
      const key = signingKeyOf(context);
      const outputDigest = signing.outputDigest.toLowerCase() as Hex;
      const entry = { context, digest: Buffer.from(outputDigest.slice(2), "hex") };
      /** Of the ledger, while the record is flushed as well: each flush is a wait for the disk. */
      let beside: Promise<void> | undefined;
      const index = await records.update(
        async (draft) => {
          const recorded = readSigning(key, await draft.get(key));
          if (recorded?.digest === outputDigest) return recorded.index;
          if (recorded !== undefined) throw signingConflict(signing, recorded.digest);
          if (barrier === "unrecorded") throw signingBarred(signing);
          const free = await readCount(draft);
          if (ledger !== undefined) {
            unflushed.set(free, entry);
            beside = secure(free);
            // Looked at below, unless the record failed first: then that is the answer.
            beside.catch(() => undefined);
          }
          putSigning(draft, free, key, outputDigest);
          return free;
        },
        { flush: true },
      );
      await (beside ?? secure(index));
    },
    async digestOf(signing) {
      const key = signingKeyOf(contextOf(signing));
      return readSigning(key, await records.get(key))?.digest;
    },
  };
}

/** How many signings the records hold. */
export async function countSignings(records: Records): Promise<number> {
  return readCount(records);
}

/**
 * Brings records and ledger to the same signings at the start, each from the other.
 *
 * Cases, with D signings in the records and L whole entries in the ledger:
 * - an entry below D is missing or damaged: the ledger is written anew from the records, which were verified;
 * - an entry from D on is whole: it goes into the records. It was never acknowledged, or the records are new;
 * - an entry from D on is damaged: a torn write that was never acknowledged, unless the records are new. Then it may
 *   have been a promise, and nobody knows any more what was signed.
 *
 * @param options.recordsAreNew the database was made by this opening, though there may have been one before
 * @param options.signingsExpected how many signings the marker knows of
 * @throws SIGNINGS_LOST when a promise cannot be restored from either
 */
export async function reconcileSignings(
  options: { readonly recordsAreNew: boolean; readonly signingsExpected: number },
  modules: { readonly records: Records; readonly ledger: SigningLedger; readonly logger: Logger },
): Promise<void> {
  const { records, ledger, logger } = modules;
  const recorded = await countSignings(records);
  const { sound, whole } = await readLedger(ledger, recorded);
  if (options.recordsAreNew && (!whole || sound.count < options.signingsExpected)) {
    throw signingsLost(sound.count, Math.max(options.signingsExpected, ledger.countAtOpening));
  }
  if (sound.count < recorded) {
    logger.warn(
      { recorded, sound: sound.count },
      "the signing ledger was damaged; it is written anew from the database",
    );
    await ledger.rewrite(recordedEntries(records));
    return;
  }
  for (let from = 0; from < sound.unrecorded.length; from += IMPORT_BATCH) {
    const batch = sound.unrecorded.slice(from, from + IMPORT_BATCH);
    await records.update(
      async (draft) => {
        for (const { context, digest } of batch) {
          putSigning(draft, await readCount(draft), signingKeyOf(context), `0x${digest.toString("hex")}`);
        }
      },
      { flush: true },
    );
  }
}

interface SoundEntries {
  readonly count: number;
  readonly unrecorded: readonly LedgerEntry[];
}

async function readLedger(
  ledger: SigningLedger,
  recorded: number,
): Promise<{ readonly sound: SoundEntries; readonly whole: boolean }> {
  const unrecorded: LedgerEntry[] = [];
  let count = 0;
  try {
    for await (const entry of ledger.entries(0)) {
      if (count >= recorded) unrecorded.push(entry);
      count += 1;
    }
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
    return { sound: { count, unrecorded }, whole: false };
  }
  return { sound: { count, unrecorded }, whole: true };
}

/** The signings on record as the ledger holds them, by their contexts. */
export async function* recordedEntries(
  records: Pick<Records, "entries">,
): AsyncGenerator<readonly [index: number, entry: LedgerEntry]> {
  for await (const [key, payload] of records.entries(SIGNING_PREFIX)) {
    const { index, digest } = decodeRecord(key, signingSchema, payload);
    const context = Buffer.from(key.slice(SIGNING_PREFIX.length), "hex");
    yield [index, { context, digest: Buffer.from(digest.slice(2), "hex") }];
  }
}

/** What a signing is keyed by, as 32 bytes: the ledger's entries have one size. */
export function contextOf(signing: Omit<Signing, "outputDigest">): Buffer {
  const { chainId, contract, execution, task, contextHash } = signing;
  return hash("sha256", `${chainId}/${contract}/${execution}/${task}/${contextHash}`.toLowerCase(), "buffer");
}

export function signingKeyOf(context: Buffer): string {
  return SIGNING_PREFIX + context.toString("hex");
}

function readSigning(key: string, payload: unknown): z.infer<typeof signingSchema> | undefined {
  return payload === undefined ? undefined : decodeRecord(key, signingSchema, payload);
}

async function readCount(reader: Pick<Draft, "get">): Promise<number> {
  const payload = await reader.get(SIGNING_COUNT_KEY);
  return payload === undefined ? 0 : decodeRecord(SIGNING_COUNT_KEY, signingCountSchema, payload).count;
}

function putSigning(draft: Draft, index: number, key: string, digest: Hex): void {
  draft.put(key, { index, digest });
  draft.put(SIGNING_COUNT_KEY, { count: index + 1 });
}

function signingConflict(signing: Signing, recorded: Hex): PleiadError {
  return new PleiadError(
    `task ${signing.task} of execution ${signing.execution} was answered with ${recorded}; refusing to sign ${signing.outputDigest}`,
    {
      code: "SIGNING_CONFLICT",
      hint: "sign the output on record, or give the task up; two different signatures for one context prove equivocation",
      details: { ...signing, recorded },
    },
  );
}

function signingBarred(signing: Signing): PleiadError {
  return new PleiadError(
    `execution ${signing.execution} was created before this node's memory was restored: it signs nothing for it`,
    {
      code: "SIGNING_BARRED",
      retryable: true,
      hint: "nothing: other nodes may answer it; what is created from now on this node answers again",
      details: { ...signing },
    },
  );
}

export function signingsLost(found: number, expected: number): PleiadError {
  return new PleiadError(`the database is new, and of ${expected} signings only ${found} can be read back`, {
    code: "SIGNINGS_LOST",
    hint: "put a copy of signings.log back, or let the node start without them: pleiad node rebuild --signings-lost",
    details: { found, expected },
  });
}
