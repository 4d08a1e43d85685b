import { LINE_CHARACTERS_MAX } from "./limits.ts";

/** What a person types to an agent that reads no keys: one line, sent by Enter. */
export interface LineEditor {
  /** Takes keys; answers the lines that Enter ended. */
  type(keys: string): readonly string[];
  draft(): string;
}

/** Keys that a terminal sends as a sequence: arrows and the like, of which none does anything here; and marks of what is pasted. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are what is looked for
const SEQUENCE = /^\u001b(?:\[[0-9;<?]*[ -/]*[@-~]|O.|[^[O])?/;
const PASTE_BEGINS = "\u001b[200~";
const PASTE_ENDS = "\u001b[201~";

export function createLineEditor(): LineEditor {
  let draft = "";
  let isPasting = false;
  /** A line feed then is the second half of one line end. */
  let isAfterReturn = false;
  return {
    draft: () => draft,
    type(keys) {
      const lines: string[] = [];
      let rest = keys;
      while (rest !== "") {
        const sequence = SEQUENCE.exec(rest)?.[0] ?? "";
        if (sequence !== "") {
          if (sequence === PASTE_BEGINS) isPasting = true;
          if (sequence === PASTE_ENDS) isPasting = false;
          rest = rest.slice(sequence.length);
          continue;
        }
        const key = String.fromCodePoint(rest.codePointAt(0) ?? 0);
        rest = rest.slice(key.length);
        press(key, lines);
        isAfterReturn = key === "\r";
      }
      return lines;
    },
  };

  function press(key: string, lines: string[]): void {
    if (key === "\r" || key === "\n") {
      // What is pasted may have several lines, and is one message.
      if (isPasting) {
        if (key === "\r" || !isAfterReturn) add("\n");
      } else if (draft.trim() !== "") {
        lines.push(draft);
        draft = "";
      }
    } else if (key === "\u007f" || key === "\b") {
      draft = [...draft].slice(0, -1).join("");
    } else if (key === "\u0003" || key === "\u0015") {
      draft = "";
    } else if (key === "\u0017") {
      draft = draft.replace(/\S*\s*$/, "");
    } else if (key === "\t" || key >= " ") {
      add(key);
    }
  }

  function add(text: string): void {
    if (draft.length + text.length <= LINE_CHARACTERS_MAX) draft += text;
  }
}
