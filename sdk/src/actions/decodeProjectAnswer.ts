import { keccak256 } from "viem";
import { bytesOf } from "../internal/bytes.ts";
import type { Content } from "../types/content.ts";
import type { ProjectAnswer } from "../types/projectAnswer.ts";

const OPENING =
  /\n\n<<<PLEIAD diff base=([0-9a-f]{40}|[0-9a-f]{64}) bytes=([0-9]{1,9}) keccak256=(0x[0-9a-f]{64})>>>\n/g;
const ENDING = "\n<<<PLEIAD end diff>>>\n";
/** Lines whose length is right, but not their digest: an honest answer has none before its own. */
const TRIES_MAX = 16;

/**
 * The parts of a coding agent's answer, as `encodeProjectAnswer` puts them together. The summary is an agent's, and may hold lines that look like the
 * diff's: the first line counts whose length and digest are right for what follows, to the end of the output. Pure.
 *
 * @returns undefined where the output is no such answer: an agent without a repository answers with text alone
 */
export function decodeProjectAnswer(output: Content): ProjectAnswer | undefined {
  const bytes = bytesOf(output);
  // One character for each byte, so that places in it are places in the bytes.
  const text = new TextDecoder("latin1").decode(bytes);
  if (!text.endsWith(ENDING)) return undefined;
  const end = bytes.length - ENDING.length;
  let tries = 0;
  for (const found of text.matchAll(OPENING)) {
    const [line, base = "", length = "", digest = ""] = found;
    const start = found.index + line.length;
    if (end - start !== Number(length)) continue;
    const diff = bytes.subarray(start, end);
    if (keccak256(diff) === digest)
      return { summary: utf8(bytes.subarray(0, found.index)), base, diff: utf8(diff) };
    tries += 1;
    if (tries === TRIES_MAX) return undefined;
  }
  return undefined;
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
