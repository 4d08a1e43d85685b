import type { Terminal } from "@xterm/headless";

/** What a terminal is set to, and does not say. */
export interface TrackedModes {
  cursorHidden: boolean;
  mouseInText: boolean;
  cursorStyle: string;
  /** First and last row in which it scrolls, of the ordinary screen and the other one; none: all of them. */
  region: Record<"normal" | "alternate", readonly [top: number, bottom: number] | undefined>;
  /** How what is written next looks: for each of `KINDS` the numbers that say so, or nothing. */
  style: string[];
  /** The same, as it was when the program saved the cursor. */
  saved: Record<"normal" | "alternate", readonly string[]>;
}

/**
 * Bold, dim, italic, underlined, blinking, inverse, hidden, struck out, overlined; colours of text, ground and underline. An array of
 * fixed length: a map that is emptied at each change of colour leaves its old tables behind, tens of megabytes in a flood.
 */
const KINDS = [1, 2, 3, 4, 5, 7, 8, 9, 53, 38, 48, 58] as const;
const plainStyle = (): string[] => KINDS.map(() => "");

const untouched = (): TrackedModes => ({
  cursorHidden: false,
  mouseInText: false,
  cursorStyle: "",
  region: { normal: undefined, alternate: undefined },
  style: plainStyle(),
  saved: { normal: plainStyle(), alternate: plainStyle() },
});

type Numbers = readonly (number | number[])[];

/** Hears of each sequence as it is shown, and leaves the showing to the terminal. */
export function trackModes(terminal: Terminal): TrackedModes {
  const tracked = untouched();
  const reset = () => {
    Object.assign(tracked, untouched());
    return false;
  };
  const save = () => {
    tracked.saved[terminal.buffer.active.type] = [...tracked.style];
    return false;
  };
  const restore = (type = terminal.buffer.active.type) => {
    tracked.style = [...tracked.saved[type]];
    return false;
  };
  const mode = (isSet: boolean) => (numbers: Numbers) => {
    if (numbers.includes(1048) || numbers.includes(1049)) {
      if (isSet) save();
      else restore(numbers.includes(1049) ? "normal" : undefined);
    }
    if (numbers.includes(25)) tracked.cursorHidden = !isSet;
    if (numbers.includes(1006)) tracked.mouseInText = isSet;
    return false;
  };
  const { parser } = terminal;
  parser.registerCsiHandler({ prefix: "?", final: "h" }, mode(true));
  parser.registerCsiHandler({ prefix: "?", final: "l" }, mode(false));
  parser.registerCsiHandler({ final: "r" }, ([top, bottom]) => {
    const first = Number(top) || 1;
    const last = Math.min(Number(bottom) || terminal.rows, terminal.rows);
    if (first < last)
      tracked.region[terminal.buffer.active.type] =
        first === 1 && last === terminal.rows ? undefined : [first, last];
    return false;
  });
  parser.registerCsiHandler({ intermediates: " ", final: "q" }, ([style]) => {
    tracked.cursorStyle = String(style ?? 0);
    return false;
  });
  parser.registerCsiHandler({ final: "m" }, (numbers) => {
    applyStyle(tracked.style, numbers);
    return false;
  });
  parser.registerCsiHandler({ final: "s" }, save);
  parser.registerCsiHandler({ final: "u" }, () => restore());
  parser.registerEscHandler({ final: "7" }, save);
  parser.registerEscHandler({ final: "8" }, () => restore());
  parser.registerCsiHandler({ intermediates: "!", final: "p" }, reset);
  parser.registerEscHandler({ final: "c" }, reset);
  return tracked;
}

/** What a number switches off. */
const OFF: Readonly<Record<number, readonly number[]>> = {
  22: [1, 2],
  23: [3],
  24: [4],
  25: [5],
  27: [7],
  28: [8],
  29: [9],
  39: [38],
  49: [48],
  55: [53],
  59: [58],
};

function applyStyle(style: string[], numbers: Numbers): void {
  const set = (kind: number, text: string): void => {
    const at = (KINDS as readonly number[]).indexOf(kind);
    if (at >= 0) style[at] = text;
  };
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at];
    if (typeof number !== "number") continue;
    const following = numbers[at + 1];
    const parts = Array.isArray(following) ? following.map((part) => (part < 0 ? "" : String(part))) : [];
    if (number <= 0) style.fill("");
    else if (OFF[number] !== undefined) for (const kind of OFF[number]) set(kind, "");
    else if (number === 38 || number === 48 || number === 58) {
      const count = following === 5 ? 2 : following === 2 ? 4 : 0;
      set(number, count > 0 ? numbers.slice(at, at + count + 1).join(";") : [number, ...parts].join(":"));
      at += count;
    } else if (isIn(number, 30, 37) || isIn(number, 90, 97)) set(38, String(number));
    else if (isIn(number, 40, 47) || isIn(number, 100, 107)) set(48, String(number));
    else if (number === 4 && parts[0] === "0") set(4, "");
    else if (number === 21) set(4, "21");
    else set(number, [number, ...parts].join(":"));
  }
}

function isIn(number: number, first: number, last: number): boolean {
  return number >= first && number <= last;
}
