import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import { AgentError } from "../errors.ts";
import { printable } from "../text.ts";

/** What a line holds beside an answer's text: a tool's result, such as a file that was read. */
export const LINE_BYTES_MAX = 33_554_432;
/** Programs print a warning now and then where JSON is due; who prints only such is another program. */
export const NOISE_LINES_MAX = 100;
/** The first words of such a line say enough. */
const NOISE_CHARACTERS_MAX = 200;

const LINE_FEED = 0x0a;
const BRACE = 0x7b;

/** One message of a program. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whom to tell. */
export interface LineReader {
  readonly onMessage: (message: JsonObject) => void;
  /** A line that is no JSON. */
  readonly onNoise: (text: string) => void;
  /** What comes is not the program's protocol; nothing is read any more, only thrown away. */
  readonly onBroken: (error: AgentError) => void;
}

/** Reads a stream of JSON objects, one a line. */
export function readJsonLines(stdout: Readable, reader: LineReader): void {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let noise = 0;
  let broken = false;

  const end = (error: AgentError): void => {
    broken = true;
    pieces = [];
    reader.onBroken(error);
  };
  const keep = (piece: Buffer): void => {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > LINE_BYTES_MAX) end(protocolBroken(`it printed a line of more than ${LINE_BYTES_MAX} bytes`));
  };
  const finishLine = (): void => {
    const line = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
    const text = line.toString().trim();
    if (text === "") return;
    const isJson = line[line.findIndex((byte) => byte > 0x20)] === BRACE;
    if (!isUtf8(line)) {
      end(
        isJson
          ? new AgentError("AGENT_OUTPUT_NOT_UTF8", "the answer is not UTF-8")
          : protocolBroken("it printed what is no text"),
      );
      return;
    }
    const message = isJson ? parseObject(text) : undefined;
    if (message !== undefined) {
      reader.onMessage(message);
      return;
    }
    noise += 1;
    if (noise > NOISE_LINES_MAX) {
      end(protocolBroken(`it printed more than ${NOISE_LINES_MAX} lines that are no JSON`));
      return;
    }
    reader.onNoise(printable(line.subarray(0, 4 * NOISE_CHARACTERS_MAX), []).slice(0, NOISE_CHARACTERS_MAX));
  };

  stdout.on("data", (chunk: Buffer) => {
    let from = 0;
    while (!broken) {
      const at = chunk.indexOf(LINE_FEED, from);
      keep(chunk.subarray(from, at < 0 ? undefined : at));
      if (at < 0 || broken) return;
      finishLine();
      from = at + 1;
    }
  });
  stdout.on("end", () => {
    if (!broken && bytes > 0) finishLine();
  });
}

/** The error of a program that does not speak as it should. */
export function protocolBroken(what: string): AgentError {
  return new AgentError("AGENT_PROTOCOL_BROKEN", `the program does not speak its protocol: ${what}`);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that is an object; an empty one if it is not. */
export function objectAt(value: unknown, key: string): JsonObject {
  const field = isObject(value) ? value[key] : undefined;
  return isObject(field) ? field : {};
}

/** A field that is a text. */
export function textAt(value: unknown, key: string): string | undefined {
  const field = isObject(value) ? value[key] : undefined;
  return typeof field === "string" ? field : undefined;
}

/** A field that is a number. */
export function numberAt(value: unknown, key: string): number | undefined {
  const field = isObject(value) ? value[key] : undefined;
  return typeof field === "number" && Number.isFinite(field) ? field : undefined;
}

/** A field that is a list. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const field = isObject(value) ? value[key] : undefined;
  return Array.isArray(field) ? field : [];
}
