import { isAddress, isHex, size } from "viem";
import { z } from "zod";
import type { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import { fromBase64 } from "../internal/base64.ts";
import {
  LOG_EXPORT_FEEDS_MAX,
  LOG_EXPORT_FORMAT,
  LOG_EXPORT_VERSION,
  type LogExportFeed,
  type LogExportLine,
} from "../types/logExport.ts";

/**
 * Takes one line of an exported cluster log apart; nothing in it is checked but its form.
 *
 * @throws PleiadError `LOG_EXPORT_MALFORMED`, `LOG_EXPORT_VERSION_UNKNOWN`
 *
 * @example
 * const line = decodeLogExportLine(text);
 * if (line.kind === "entry") console.log(decodeLogEntry(line.bytes).sequence);
 */
export function decodeLogExportLine(text: string): LogExportLine {
  const value = parsed(text);
  if ("format" in value) return headerOf(value);
  const parsedLine = lineSchema.safeParse(value);
  if (!parsedLine.success) throw malformed(reasonOf(parsedLine.error));
  const line = parsedLine.data;
  if ("entry" in line) return { kind: "entry", bytes: line.entry };
  if ("kept" in line) return { kind: "kept", bytes: line.kept };
  if ("certificate" in line) return { kind: "certificate", bytes: line.certificate };
  if ("fork" in line) return { kind: "fork", entries: line.fork };
  if ("end" in line) return { kind: "end", counts: line.end };
  const { node, generation, epoch, key } = line.key;
  return { kind: "key", key: { feed: { node, generation }, epoch, key } };
}

const base64 = z.string().transform((text, context) => {
  const bytes = fromBase64(text);
  if (bytes !== undefined) return bytes;
  context.addIssue("it is no base64");
  return z.NEVER;
});
const UINT64_MAX = 2n ** 64n - 1n;
const decimal = (max: bigint) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,77})$/)
    .transform(BigInt)
    .refine((value) => value <= max);
const count = z.int().nonnegative();
const address = z.custom<`0x${string}`>(
  (value) => typeof value === "string" && isAddress(value, { strict: false }),
);
const hash = z.custom<`0x${string}`>(
  (value) => isHex(value) && size(value) === 32 && value === value.toLowerCase(),
);
const place = z.strictObject({ sequence: count, hash, stamp: decimal(UINT64_MAX) });

const feedSchema = z.strictObject({
  node: decimal(UINT64_MAX),
  generation: count,
  base: place,
  head: place,
  forkedAt: z.int().positive().optional(),
});

const headerSchema = z.strictObject({
  format: z.literal(LOG_EXPORT_FORMAT),
  version: z.literal(LOG_EXPORT_VERSION),
  chainId: z.int().positive(),
  clusterRegistry: address,
  nodeRegistry: address,
  cluster: decimal(2n ** 256n - 1n),
  exportedAtMs: count,
  withKeys: z.boolean(),
  feeds: z.array(feedSchema).max(LOG_EXPORT_FEEDS_MAX),
});

const lineSchema = z.union([
  z.strictObject({ entry: base64 }),
  z.strictObject({ kept: base64 }),
  z.strictObject({ certificate: base64 }),
  z.strictObject({ fork: z.tuple([base64, base64]) }),
  z.strictObject({
    key: z.strictObject({
      node: decimal(UINT64_MAX),
      generation: count,
      epoch: count,
      key: base64.refine((bytes) => bytes.length === 32, "a key has 32 bytes"),
    }),
  }),
  z.strictObject({
    end: z.strictObject({ keys: count, certificates: count, forks: count, kept: count, entries: count }),
  }),
]);

function parsed(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed("a line is not JSON", cause);
  }
  if (typeof value === "object" && value !== null) return value;
  throw malformed("a line is no object");
}

function headerOf(value: object): LogExportLine {
  const { format, version } = value as Readonly<Record<string, unknown>>;
  if (format === LOG_EXPORT_FORMAT && version !== LOG_EXPORT_VERSION) {
    throw sdkError(
      "LOG_EXPORT_VERSION_UNKNOWN",
      `the export has version ${version}, known is ${LOG_EXPORT_VERSION}`,
      { details: { version } },
    );
  }
  const header = headerSchema.safeParse(value);
  if (!header.success) throw malformed(`its first line: ${reasonOf(header.error)}`);
  const { format: _, version: __, feeds, ...facts } = header.data;
  return { kind: "header", header: { ...facts, feeds: distinct(feeds.map(feedOf)) } };
}

function feedOf({ node, generation, base, head, forkedAt }: z.output<typeof feedSchema>): LogExportFeed {
  const name = `${node}.${generation}`;
  if (head.sequence < base.sequence) throw malformed(`feed ${name} ends before it begins`);
  if (forkedAt !== undefined && forkedAt <= head.sequence)
    throw malformed(`feed ${name} goes on to ${head.sequence}, though it was forked at ${forkedAt}`);
  return { feed: { node, generation }, base, head, ...(forkedAt === undefined ? {} : { forkedAt }) };
}

function distinct(feeds: readonly LogExportFeed[]): readonly LogExportFeed[] {
  const names = new Set(feeds.map(({ feed }) => `${feed.node}.${feed.generation}`));
  if (names.size < feeds.length) throw malformed("its first line names a feed twice");
  return feeds;
}

function reasonOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `${issue?.path.join(".") || "a line"}: ${issue?.message}`;
}

function malformed(reason: string, cause?: unknown): PleiadError {
  return sdkError("LOG_EXPORT_MALFORMED", `the export is malformed: ${reason}`, { cause });
}
