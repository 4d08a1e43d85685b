import { AgentError } from "./errors.ts";
import type { PromptPart } from "./promptFence.ts";
import { partHash } from "./promptFence.ts";

/** No opening line is longer: a name of at most 39 characters, a number, a hash. */
const OPENING_LINE_BYTES_MAX = 160;
const OPENING_LINE =
  /^<<<PLEIAD part (system|persona|task|request|rules|memory|thread|input [A-Za-z0-9_-]{1,32}|output [A-Za-z0-9 _-]{1,32}) bytes=(0|[1-9][0-9]{0,7}) sha256-16=([0-9a-f]{16})>>>\n/;

/**
 * The parts of a prompt, in order, each with exactly the data it was built from.
 *
 * It reads as many bytes as an opening line says and looks at nothing in them.
 *
 * @throws AgentError PROMPT_MALFORMED, with the offset of the part that is wrong, in bytes.
 */
export function parsePrompt(prompt: string | Uint8Array): PromptPart[] {
  const bytes = typeof prompt === "string" ? Buffer.from(prompt) : Buffer.from(prompt);
  const parts: PromptPart[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const opening = OPENING_LINE.exec(bytes.toString("latin1", offset, offset + OPENING_LINE_BYTES_MAX));
    if (opening === null) throw malformed("no opening line", offset);
    const [line, name = "", count, hash] = opening;
    const start = offset + line.length;
    const end = start + Number(count);
    const ending = `\n<<<PLEIAD end ${name}>>>\n`;
    if (bytes.toString("latin1", end, end + ending.length) !== ending) throw malformed("no end line", offset);
    const data = bytes.subarray(start, end);
    if (partHash(data) !== hash) throw malformed("another hash", offset);
    parts.push({ name, data: data.toString("utf8") });
    offset = end + ending.length;
  }
  return parts;
}

function malformed(reason: string, offset: number): AgentError {
  return new AgentError("PROMPT_MALFORMED", `the part at byte ${offset} has ${reason}`, {
    details: { offset },
  });
}
