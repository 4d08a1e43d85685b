import { keccak256 } from "viem";
import type { ProjectAnswer } from "../types/projectAnswer.ts";

/**
 * The output of a coding agent's task on a repository, UTF-8 text in two parts:
 *
 * ```
 * the summary
 *
 * <<<PLEIAD diff base=COMMIT bytes=N keccak256=0xHASH>>>
 * N bytes of unified diff
 * <<<PLEIAD end diff>>>
 * ```
 *
 * N counts the bytes between both lines, without the line feed before the last one; the last line ends in a line feed. Pure.
 */
export function encodeProjectAnswer({ summary, base, diff }: ProjectAnswer): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(diff);
  const opening = `<<<PLEIAD diff base=${base} bytes=${bytes.length} keccak256=${keccak256(bytes)}>>>`;
  return encoder.encode(`${summary}\n\n${opening}\n${diff}\n<<<PLEIAD end diff>>>\n`);
}
