import type { Address, Hex } from "viem";
import { z } from "zod";
import type { Inclusion, JobRecord, SignedCompletion, TransactionRecord } from "../chain/journal.ts";
import { storeDamaged } from "./errors.ts";

/**
 * The shapes of records on disk. A shape may only change together with the schema version and a migration.
 * Big integers are decimal strings, bytes are hex.
 */

const HASH32 = /^0x[0-9a-f]{64}$/i;
const ADDRESS = /^0x[0-9a-f]{40}$/i;
const BYTES = /^0x([0-9a-f]{2})*$/i;

/** Hex of a shape; written in lower case, so that two spellings of one digest are one digest. */
function hexOf<T extends Hex>(pattern: RegExp, expected: string) {
  const shaped = z.custom<T>(
    (value) => typeof value === "string" && pattern.test(value),
    `expected ${expected}`,
  );
  return z.codec(z.string(), shaped, {
    decode: (text) => text as T,
    encode: (value) => value.toLowerCase(),
  });
}

/** 32 bytes. */
export const hash32Schema = hexOf<Hex>(HASH32, "32 bytes as hex");
/** 20 bytes. */
export const addressSchema = hexOf<Address>(ADDRESS, "an address");
/** Any bytes. */
export const hexSchema = hexOf<Hex>(BYTES, "bytes as hex");
/** A non-negative integer of any size, a decimal string on disk. */
export const bigintSchema = z.codec(z.string().regex(/^(0|[1-9][0-9]*)$/), z.bigint().nonnegative(), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});
const bytesSchema = z.codec(
  z.string().regex(/^([0-9a-f]{2})*$/),
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  {
    decode: (text) => new Uint8Array(Buffer.from(text, "hex")),
    encode: (bytes) => Buffer.from(bytes).toString("hex"),
  },
);
const counter = z.number().int().nonnegative();
const timeMs = z.number().int().nonnegative();

const jobKey = { execution: bigintSchema, task: counter };
const failureSchema = z.object({ code: z.string(), message: z.string() });
const inclusion = { transactionHash: hash32Schema, blockNumber: bigintSchema, blockHash: hash32Schema };
const inclusionSchema = z.object(inclusion) satisfies z.ZodType<Inclusion>;
const transactionKey = { account: addressSchema, nonce: counter };

export const signedSchema = z.object({
  completion: z.object({
    ...jobKey,
    contextHash: hash32Schema,
    outputDigest: hash32Schema,
    evidenceDigest: hash32Schema,
    node: bigintSchema,
    tip: bigintSchema,
  }),
  signature: hexSchema,
}) satisfies z.ZodType<SignedCompletion>;

export const jobSchema = z.object({
  ...jobKey,
  state: z.enum(["leased", "running", "signed", "sent", "mined", "final", "failed", "dropped"]),
  contextHash: hash32Schema,
  lease: z.object({
    id: z.string(),
    attempt: counter,
    session: z.string(),
    untilMs: timeMs,
    released: z.boolean(),
  }),
  output: z
    .object({
      digest: hash32Schema,
      bytes: bytesSchema.nullable(),
      tipWei: bigintSchema.optional(),
      // Outputs of earlier daemons, and of programs that say nothing of how they came, have none.
      evidenceDigest: hash32Schema.optional(),
    })
    .nullable(),
  signed: signedSchema.nullable(),
  transaction: z.object(transactionKey).nullable(),
  inclusion: inclusionSchema.nullable(),
  failures: z.array(failureSchema.extend({ attempt: counter, atMs: timeMs })).readonly(),
  end: failureSchema.nullable(),
  updatedAtMs: timeMs,
}) satisfies z.ZodType<JobRecord>;

export const transactionSchema = z.object({
  ...transactionKey,
  state: z.enum(["intended", "sent", "mined", "final", "replaced", "cancelled"]),
  attempts: z
    .array(
      z.object({
        hash: hash32Schema,
        raw: hexSchema,
        purpose: z.enum(["settle", "cancel"]),
        completions: z
          .array(z.object({ ...jobKey, node: bigintSchema, outputDigest: hash32Schema }))
          .readonly(),
        gasLimit: bigintSchema,
        maxFeePerGasWei: bigintSchema,
        maxPriorityFeePerGasWei: bigintSchema,
      }),
    )
    .readonly(),
  inclusion: z
    .object({
      ...inclusion,
      status: z.enum(["success", "reverted"]),
      gasUsed: bigintSchema,
      effectiveGasPriceWei: bigintSchema,
    })
    .nullable(),
  end: failureSchema.nullable(),
  // Records of the first daemons lack it.
  begunAtSeconds: z.int().nonnegative().nullable().default(null),
  createdAtMs: timeMs,
  updatedAtMs: timeMs,
}) satisfies z.ZodType<TransactionRecord>;

/** What forgotten transactions cost in an hour; its key says which. */
export const spentHourSchema = z.object({ costWei: bigintSchema });

/** Reads what lies under `key` in its shape. @throws STORE_DAMAGED naming the key */
export function decodeRecord<T extends z.ZodType>(key: string, schema: T, payload: unknown): z.output<T> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw storeDamaged(key, `"${issue?.path.join(".")}": ${issue?.message}`);
}

/** The payload of a record. A shape that is wrong here is a mistake of the caller, not of the disk: it is a bug. */
export function encodeRecord<T extends z.ZodType>(schema: T, record: z.output<T>): unknown {
  return z.encode(schema, record);
}

/** Whether two hex strings are the same bytes. */
export function isSameHex(a: Hex, b: Hex): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
