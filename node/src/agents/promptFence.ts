import { createHash } from "node:crypto";

/**
 * The fence around each part of a prompt, version 1. Byte by byte:
 *
 *     <<<PLEIAD part NAME bytes=N sha256-16=HHHHHHHHHHHHHHHH>>>\n DATA \n<<<PLEIAD end NAME>>>\n
 */

/** One part: its name and its data. */
export interface PromptPart {
  readonly name: string;
  readonly data: string;
}

/** A part's name and the bytes of its data. */
export interface SizedPart {
  readonly name: string;
  readonly bytes: number;
}

/** A part as its name and size. */
export function sized(part: PromptPart): SizedPart {
  return { name: part.name, bytes: Buffer.byteLength(part.data) };
}

/** How a part stands in an opening line and in the list of parts. */
export function describePart(name: string, bytes: number, hash: string): string {
  return `${name} bytes=${bytes} sha256-16=${hash}`;
}

/** First 16 hex digits of the SHA-256 of a part's data. */
export function partHash(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}

/** A part in its fence, line end included. */
export function fencePart({ name, data }: PromptPart): string {
  const opening = describePart(name, Buffer.byteLength(data), partHash(data));
  return `<<<PLEIAD part ${opening}>>>\n${data}\n<<<PLEIAD end ${name}>>>\n`;
}

/** Bytes that a part with so many bytes of data takes in a prompt, its fence included. */
export function fencedBytes(name: string, dataBytes: number): number {
  return fencePart({ name, data: "" }).length - 1 + String(dataBytes).length + dataBytes;
}

/** Bytes of the line that names a part in the list of parts. */
export function listedBytes(name: string, dataBytes: number): number {
  return describePart(name, dataBytes, "0".repeat(16)).length + 1;
}
