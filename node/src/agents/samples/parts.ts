import { createHash } from "node:crypto";
import { SampleFailure } from "./failure.ts";
import { FENCE_LINE_BYTES_MAX, PROMPT_PARTS_MAX } from "./limits.ts";

/**
 * The prompt's wire format. A prompt is made of parts:
 *
 *     <<<PLEIAD part NAME bytes=N sha256-16=HHHH>>>
 *     ...exactly N bytes of data...
 *     <<<PLEIAD end NAME>>>
 *
 * The parser goes by N alone. Data may contain lines that look like fences; they are never looked at, so no data can
 * leave its place. Free lines between two parts (a template may explain itself to a model) are skipped.
 */
const OPENING = "<<<PLEIAD part ";
const ANY_FENCE = "<<<PLEIAD ";
const OPENING_LINE = /^<<<PLEIAD part (.+) bytes=(0|[1-9][0-9]{0,9}) sha256-16=([0-9a-f]{16})>>>$/;
const NEWLINE = 0x0a;

/** One part of a prompt: its name and its bytes, checked against their hash. */
export interface PromptPart {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Whether the prompt is in the wire format; if not, a person typed or piped plain text. */
export function beginsWithFence(prompt: Uint8Array): boolean {
  return Buffer.from(prompt.subarray(0, OPENING.length)).toString("latin1") === OPENING;
}

function lineAt(prompt: Buffer, start: number): { readonly text: string; readonly next: number } {
  const newline = prompt.indexOf(NEWLINE, start);
  const end = newline === -1 ? prompt.length : newline;
  const shown = prompt.subarray(start, Math.min(end, start + FENCE_LINE_BYTES_MAX));
  return { text: shown.toString("utf8"), next: end + 1 };
}

function parseOpening(line: string): { name: string; length: number; hash: string } {
  const [, name, bytes, hash] = OPENING_LINE.exec(line) ?? [];
  if (name === undefined || bytes === undefined || hash === undefined) {
    throw new SampleFailure(
      "FENCE_MALFORMED",
      `"${line}" is not a line that opens a part`,
      "expected <<<PLEIAD part NAME bytes=N sha256-16=HHHH>>> with 16 lower-case hex digits",
    );
  }
  return { name, length: Number(bytes), hash };
}

function takeData(prompt: Buffer, start: number, opening: ReturnType<typeof parseOpening>): Buffer {
  const { name, length, hash } = opening;
  const data = prompt.subarray(start, start + length);
  if (data.length < length) {
    throw new SampleFailure(
      "PART_TRUNCATED",
      `part "${name}" promises ${length} bytes and only ${data.length} follow`,
      "send the whole prompt",
    );
  }
  const digest = createHash("sha256").update(data).digest("hex").slice(0, 16);
  if (digest !== hash) {
    throw new SampleFailure(
      "PART_HASH_MISMATCH",
      `part "${name}" hashes to ${digest} and its fence says ${hash}`,
      "the prompt was changed on its way; send it again",
    );
  }
  return data;
}

/**
 * Takes a prompt apart, by byte counts.
 *
 * @param prompt the bytes of stdin
 * @returns the parts in the order in which they stand
 * @throws SampleFailure FENCE_MALFORMED, PART_TRUNCATED, PART_UNCLOSED, PART_HASH_MISMATCH, PART_DUPLICATE,
 * PARTS_TOO_MANY
 */
export function parsePrompt(prompt: Uint8Array): readonly PromptPart[] {
  const bytes = Buffer.from(prompt.buffer, prompt.byteOffset, prompt.byteLength);
  const parts: PromptPart[] = [];
  const names = new Set<string>();
  let position = 0;
  while (position < bytes.length) {
    const line = lineAt(bytes, position);
    position = line.next;
    if (!line.text.startsWith(ANY_FENCE)) continue;
    const opening = parseOpening(line.text);
    if (names.has(opening.name)) {
      throw new SampleFailure("PART_DUPLICATE", `part "${opening.name}" stands twice`, "name each part once");
    }
    if (parts.length === PROMPT_PARTS_MAX) {
      throw new SampleFailure(
        "PARTS_TOO_MANY",
        `the prompt has more than ${PROMPT_PARTS_MAX} parts`,
        "depend on fewer tasks",
      );
    }
    const data = takeData(bytes, position, opening);
    const closing = Buffer.from(`\n<<<PLEIAD end ${opening.name}>>>`);
    position += opening.length;
    if (!bytes.subarray(position, position + closing.length).equals(closing)) {
      throw new SampleFailure(
        "PART_UNCLOSED",
        `part "${opening.name}" is not followed by its end line after ${opening.length} bytes`,
        `expected <<<PLEIAD end ${opening.name}>>> on the next line`,
      );
    }
    position = lineAt(bytes, position + 1).next;
    names.add(opening.name);
    parts.push({ name: opening.name, data });
  }
  return parts;
}

/** The data of the part called `name`, or the typed failure that says that `program` needs it. */
export function requirePart(parts: readonly PromptPart[], name: string, program: string): Uint8Array {
  const part = parts.find((candidate) => candidate.name === name);
  if (part !== undefined) return part.data;
  const present = parts.map((candidate) => `"${candidate.name}"`).join(", ");
  throw new SampleFailure(
    "PART_MISSING",
    `the prompt has no part "${name}"; it has ${present === "" ? "none" : present}`,
    `the ${program} cannot work without it`,
  );
}

/** The outputs of the tasks that this one depends on, in order; at least one, or the typed failure. */
export function requireOutputs(
  parts: readonly PromptPart[],
  program: string,
  from: string,
): readonly [PromptPart, ...PromptPart[]] {
  const [first, ...rest] = parts.filter((part) => part.name.startsWith("output "));
  if (first !== undefined) return [first, ...rest];
  throw new SampleFailure(
    "PART_MISSING",
    'the prompt has no part "output TASKNAME"',
    `the ${program} works on the output of the ${from}: let its task depend on that task`,
  );
}
