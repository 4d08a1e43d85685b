import type { IFunctionIdentifier, Terminal } from "@xterm/xterm";

/** Strings to a terminal: titles, links, colours of the theme, the clipboard, and what others made of them. */
const STRINGS = [0, 1, 2, 4, 8, 10, 11, 12, 52, 104, 110, 111, 112, 1337];
/** Questions of a program, which the daemon answers once for all viewers; an answer of this one's would be typed. */
const QUESTIONS: readonly IFunctionIdentifier[] = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { final: "t" },
  { final: "x" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
];
const STRING_QUESTIONS: readonly IFunctionIdentifier[] = [
  { intermediates: "$", final: "q" },
  { intermediates: "+", final: "q" },
];

/** The daemon lets nothing through but what draws; should it ever, the page takes it for nothing all the same. */
export function forbidEffects({ parser }: Terminal): void {
  for (const id of STRINGS) parser.registerOscHandler(id, () => true);
  for (const id of QUESTIONS) parser.registerCsiHandler(id, () => true);
  for (const id of STRING_QUESTIONS) parser.registerDcsHandler(id, () => true);
}
