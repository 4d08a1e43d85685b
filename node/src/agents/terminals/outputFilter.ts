import type { TerminalSize } from "../guardedProcess.ts";
import {
  SEQUENCE_CHARACTERS_MAX,
  SEQUENCE_NUMBER_MAX,
  SEQUENCE_NUMBERS_MAX,
  STRING_CHARACTERS_MAX,
} from "./limits.ts";

/** Lets through what draws, and nothing that does more. */
export interface OutputFilter {
  /**
   * What of a program's output may be shown. It ends between two sequences, never within one; the questions to the terminal
   * are still in it (`withoutQuestions`).
   */
  push(bytes: Uint8Array): string;
}

const ESC = "\u001b";
/** How deep in a sequence the text is. */
type State = "text" | "escape" | "control" | "string" | "stringEscape";

/** Control sequences without a private mark that draw, move, erase or colour. */
const DRAWING = new Set("@ABCDEFGHIJKLMPSTXZ`abdefgmrsu");
/** Those that do as much work as their number says; more than a screen's lines or a line's columns changes nothing. */
const SCROLLING = new Set("STLM");
/** Cursor keys, origin, wrapping, blinking and hidden cursor, mouse, focus, the other screen, pasting, drawing at once. */
const PRIVATE_MODES = new Set(
  "1 6 7 12 25 45 47 66 1000 1002 1003 1004 1006 1047 1048 1049 2004 2026".split(" "),
);
/** Two-character sequences: save and restore the cursor, move, tab stop, keypad. */
const ESCAPES = new Set("78DEHM=>");
/** What eight-bit controls say in two characters. */
const EIGHT_BIT: Readonly<Record<number, string>> = { 132: "D", 133: "E", 136: "H", 141: "M" };
/** They turn the reading direction, so that text says something else than it is. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** The line drawing set, from 0x5f on, as the characters that it stands for. */
const LINE_DRAWING = "\u00a0◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

/** Moves, erases and colours, with numbers that need no look. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a control sequence is what is looked for
const COMMON = /\u001b\[(?:\d{1,4}(?:;\d{1,4}){0,15})?[A-HJKXdfm]/y;

/** @param size Of the terminal, as it is at the time. */
export function createOutputFilter(size: () => TerminalSize): OutputFilter {
  const decoder = new TextDecoder("utf-8");
  let state: State = "text";
  /** What came of the sequence so far, without its introducer. */
  let sequence = "";
  let isTooLong = false;
  let stringCharacters = 0;
  /** Line drawing or not, of both character sets, and which of them counts. */
  let drawing = [false, false];
  let shift = 0;

  return {
    push(bytes) {
      const text = decoder.decode(bytes, { stream: true });
      // What nearly all output consists of stays in one piece: small pieces cost memory.
      const isCommon = (at: number): boolean => {
        COMMON.lastIndex = at;
        return drawing[shift] !== true && text.charCodeAt(at) === 0x1b && COMMON.test(text);
      };
      let shown = "";
      let runFrom = 0;
      for (let at = 0; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        if (state === "text" && (code > 0x9f || (code > 0x1f && code < 0x7f))) continue;
        if (state === "text" && ((code >= 0x08 && code <= 0x0d) || isCommon(at))) {
          if (code === 0x1b) at = COMMON.lastIndex - 1;
          continue;
        }
        if (state === "text") shown += words(text.slice(runFrom, at));
        shown += step(code, text[at] ?? "");
        runFrom = at + 1;
      }
      if (state === "text") shown += words(text.slice(runFrom));
      return shown;
    },
  };

  function step(code: number, character: string): string {
    if (state === "string" || state === "stringEscape") return inString(code, character);
    if (code === 0x1b) return begin("escape");
    if (code === 0x18 || code === 0x1a) return begin("text");
    if (code < 0x20 || code === 0x7f) return control(code, character);
    if (code >= 0x80 && code <= 0x9f) return eightBit(code);
    if (state === "escape") return inEscape(code, character);
    return inControl(code, character);
  }

  function begin(next: State): string {
    state = next;
    sequence = "";
    isTooLong = false;
    stringCharacters = 0;
    return "";
  }

  /** Titles, links, the clipboard, images, questions in strings: none of it is kept, however long. */
  function inString(code: number, character: string): string {
    stringCharacters += 1;
    const isOver = code === 0x9c || code === 0x07 || code === 0x18 || code === 0x1a;
    if (isOver || stringCharacters > STRING_CHARACTERS_MAX) return begin("text");
    if (state === "stringEscape") {
      // ESC \ ends it; any other is a sequence of its own.
      if (code === 0x5c) return begin("text");
      begin("escape");
      return step(code, character);
    }
    if (code === 0x1b) state = "stringEscape";
    return "";
  }

  /** They act within a sequence, too. No bell: it is for a person, and an agent may have said anything. */
  function control(code: number, character: string): string {
    if (code === 0x0e) shift = 1;
    else if (code === 0x0f) shift = 0;
    return code >= 0x08 && code <= 0x0d ? character : "";
  }

  function eightBit(code: number): string {
    begin("text");
    if (code === 0x9b) begin("control");
    else if (code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f)) begin("string");
    const short = EIGHT_BIT[code];
    return short === undefined ? "" : ESC + short;
  }

  function inEscape(code: number, character: string): string {
    if (sequence === "" && character === "[") return begin("control");
    if (sequence === "" && "]P^_X".includes(character)) return begin("string");
    if (code < 0x30) {
      sequence = (sequence + character).slice(0, 2);
      return "";
    }
    const before = sequence;
    begin("text");
    if (before === "(" || before === ")") drawing[before === "(" ? 0 : 1] = character === "0";
    if (before === "#" && character === "8") return `${ESC}#8`;
    if (before !== "") return "";
    if (character === "c") {
      drawing = [false, false];
      shift = 0;
      return `${ESC}c`;
    }
    return ESCAPES.has(character) ? ESC + character : "";
  }

  function inControl(code: number, character: string): string {
    if (code < 0x40 || code > 0x7e) {
      // What is no ASCII is in no sequence: it ends as if it had never begun.
      if (code > 0x7e) {
        begin("text");
        return words(character);
      }
      if (sequence.length < SEQUENCE_CHARACTERS_MAX) sequence += character;
      else isTooLong = true;
      return "";
    }
    const parameters = sequence;
    const isRefused = isTooLong;
    begin("text");
    return isRefused ? "" : controlSequence(parameters, character, size());
  }

  function words(text: string): string {
    if (text === "") return "";
    const plain = text.replace(DIRECTION, "");
    if (drawing[shift] !== true) return plain;
    return plain.replace(/[_-~]/g, (character) => LINE_DRAWING[character.charCodeAt(0) - 0x5f] ?? character);
  }
}

/** A control sequence as it may be shown, or nothing. */
function controlSequence(parameters: string, final: string, size: TerminalSize): string {
  const [, mark = "", list = "", middle = ""] = /^([<=>?]?)([0-9;:]*)([ -/]*)$/.exec(parameters) ?? [
    undefined,
    "<",
  ];
  const kind = mark + middle + final;
  const numbers = list.split(";");
  if (numbers.length > SEQUENCE_NUMBERS_MAX) return "";
  if (kind === "?h" || kind === "?l") {
    const known = numbers.filter((mode) => PRIVATE_MODES.has(mode));
    return known.length === 0 ? "" : `${ESC}[?${known.join(";")}${final}`;
  }
  if (kind === "h" || kind === "l") return list === "4" ? `${ESC}[4${final}` : "";
  if (isQuestion(kind, list)) return `${ESC}[${mark}${list}${middle}${final}`;
  const most = SCROLLING.has(kind) ? size.rows : kind === "b" ? size.columns : SEQUENCE_NUMBER_MAX;
  const bounded = list.replace(/\d+/g, (digits) => String(Math.min(Number(digits), most)));
  if (DRAWING.has(kind) || kind === "?J" || kind === "?K" || kind === "!p" || kind === " q")
    return `${ESC}[${mark}${bounded}${middle}${final}`;
  return "";
}

/** What is it, is it well, where is the cursor, which mode is set. */
function isQuestion(kind: string, list: string): boolean {
  if (kind === "c" || kind === ">c") return list === "" || list === "0";
  if (kind === "n") return list === "5" || list === "6";
  if (kind === "?n") return list === "6";
  return (kind === "$p" || kind === "?$p") && /^\d{1,5}$/.test(list);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a control sequence is what is looked for
const QUESTION = /\u001b\[[>?]?[0-9]*(?:c|n|\$p)/g;

/** Filtered output for a viewer: its own terminal is asked nothing, so nothing is typed back. */
export function withoutQuestions(filtered: string): string {
  return filtered.replace(QUESTION, "");
}
