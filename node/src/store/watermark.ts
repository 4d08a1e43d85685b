import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { z } from "zod";
import type { SigningBarrier } from "../chain/journal.ts";
import { writeFileAtomic, writeFileNew } from "../config/files.ts";
import { bigintSchema } from "./codec.ts";
import { toStoreError } from "./errors.ts";
import { readFactsFile } from "./factsFile.ts";

/** Name of the watermark in the data folder. */
export const WATERMARK_FILE = "watermark.json";

/** Clocks of machines and block times differ by less, and what is of before is known by its id, too. Seconds. */
export const WATERMARK_MARGIN_SECONDS = 15;

/** Why a node's memory has a gap: an older state was restored, or the database was made anew beside a sound ledger. */
export type WatermarkReason = "restore" | "rebuild";

/** A line for whoever finds the file. */
const ABOUT =
  "This node's memory has a gap that ends here. Without this file it could sign a second answer for an execution of before.";

const watermarkSchema = z.object({
  about: z.string(),
  reason: z.enum(["restore", "rebuild"]),
  /** When the gap was noticed, by this machine's clock: nothing was signed by an earlier life after that. Unix seconds. */
  atSeconds: z.number().int().nonnegative(),
  /** Whether the chain has been seen since. Until then it is not known what was created before. */
  isSealed: z.boolean(),
  /** Executions created in a block of this time or before are of before. Unix seconds. */
  createdThroughSeconds: bigintSchema,
  /** So are those up to this id, should a reorganisation bring them back in a later block. */
  executionsThrough: bigintSchema,
});

/** What `watermark.json` says. */
export type WatermarkFacts = z.output<typeof watermarkSchema>;

/** What of the chain was there when the node first saw it again. */
export interface SeenChain {
  /** Unix seconds of the newest block. */
  readonly timestamp: bigint;
  /** The highest id of an execution that runs; 0 for none. */
  readonly execution: bigint;
}

/** Tells executions that a life before the gap may have signed for from those that it cannot have. */
export interface Watermark {
  /** Undefined where the node's memory has no gap. */
  readonly facts: WatermarkFacts | undefined;
  /** What may be signed for an execution; see `SigningBarrier`. Without `createdAt` it counts as of before. */
  barrierOf(execution: { readonly execution: bigint; readonly createdAt?: bigint }): SigningBarrier;
  /** Fixes what "before" means, once the chain was seen. Does nothing where that is fixed. Flushed. */
  seal(seen: SeenChain): Promise<void>;
}

/** A node whose memory has no gap. */
export const NO_WATERMARK: Pick<Watermark, "barrierOf"> = { barrierOf: () => "none" };

/**
 * Reads the watermark of a data folder. One that is damaged is kept beside and replaced by a stricter one: whatever it
 * said, everything up to now is of before.
 *
 * @throws STORE_FULL, STORE_IO
 */
export async function openWatermark(
  path: string,
  modules: { readonly logger: Logger; readonly now: () => number },
): Promise<Watermark> {
  let facts: WatermarkFacts | undefined;
  try {
    facts = await readWatermark(path);
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
    modules.logger.error(
      { code: error.code, reason: error.message },
      "the watermark is damaged; all that was created until now counts as of before",
    );
    facts = await replaceDamaged(path, modules.now());
  }

  return {
    get facts() {
      return facts;
    },
    barrierOf({ execution, createdAt }) {
      if (facts === undefined) return "none";
      const isOfBefore =
        !facts.isSealed ||
        createdAt === undefined ||
        createdAt <= facts.createdThroughSeconds ||
        execution <= facts.executionsThrough;
      if (!isOfBefore) return "none";
      return facts.reason === "restore" ? "everything" : "unrecorded";
    },
    async seal({ timestamp, execution }) {
      if (facts === undefined || facts.isSealed) return;
      const noticed = BigInt(facts.atSeconds + WATERMARK_MARGIN_SECONDS);
      const sealed: WatermarkFacts = {
        ...facts,
        isSealed: true,
        createdThroughSeconds: highest(facts.createdThroughSeconds, noticed, timestamp),
        executionsThrough: highest(facts.executionsThrough, execution),
      };
      await writeWatermark(path, sealed);
      facts = sealed;
    },
  };
}

/** Reads the watermark; undefined when there is none. @throws STORE_DAMAGED, STORE_IO */
export function readWatermark(path: string): Promise<WatermarkFacts | undefined> {
  return readFactsFile(path, WATERMARK_FILE, watermarkSchema);
}

/**
 * Raises the watermark to now, flushed: from here on nothing is signed before the chain was seen. What an earlier one
 * said stays in force; of two reasons the stricter one counts.
 *
 * @param nowMs unix milliseconds
 * @throws STORE_DAMAGED when there is one that cannot be read; STORE_FULL, STORE_IO
 */
export async function raiseWatermark(
  path: string,
  reason: WatermarkReason,
  nowMs: number,
): Promise<WatermarkFacts> {
  return raise(path, await readWatermark(path), reason, nowMs);
}

async function raise(
  path: string,
  before: WatermarkFacts | undefined,
  reason: WatermarkReason,
  nowMs: number,
): Promise<WatermarkFacts> {
  const facts: WatermarkFacts = {
    about: ABOUT,
    reason: before?.reason === "restore" ? "restore" : reason,
    atSeconds: Math.max(before?.atSeconds ?? 0, Math.ceil(nowMs / 1_000)),
    isSealed: false,
    createdThroughSeconds: before?.createdThroughSeconds ?? 0n,
    executionsThrough: before?.executionsThrough ?? 0n,
  };
  await writeWatermark(path, facts);
  return facts;
}

/** As `raiseWatermark`; a damaged one is kept beside, and the new one is as strict as any. */
export async function raiseWatermarkAnyway(
  path: string,
  reason: WatermarkReason,
  nowMs: number,
): Promise<WatermarkFacts> {
  try {
    return await raiseWatermark(path, reason, nowMs);
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
    return replaceDamaged(path, nowMs);
  }
}

/** The damaged one stays until the new one is in its place: killed or without room in between, the node would have no watermark. */
async function replaceDamaged(path: string, nowMs: number): Promise<WatermarkFacts> {
  try {
    const damaged = await readFile(path);
    const facts = await raise(path, undefined, "restore", nowMs);
    await writeFileNew(`${path}.damaged-${randomBytes(4).toString("hex")}`, damaged);
    return facts;
  } catch (error) {
    throw toStoreError(error, path);
  }
}

async function writeWatermark(path: string, facts: WatermarkFacts): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(z.encode(watermarkSchema, facts), undefined, 2)}\n`);
  } catch (error) {
    throw toStoreError(error, path);
  }
}

function highest(...values: readonly bigint[]): bigint {
  let top = 0n;
  for (const value of values) if (value > top) top = value;
  return top;
}
