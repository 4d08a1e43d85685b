import { styleText } from "node:util";
import type { TextSink } from "../surroundings.ts";

/** Ways to set text apart, by what it means rather than by how it looks. */
export interface Style {
  /** Whether colours are used at all; without, every function answers its text unchanged. */
  readonly isColoured: boolean;
  /** Whether a line may be drawn again in place: not on a terminal without abilities. */
  readonly canRedraw: boolean;
  title(text: string): string;
  /** Less important than what stands around it. */
  quiet(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warning(text: string): string;
  /** A name or number that the eye should find. */
  mark(text: string): string;
  /** Something to type. */
  command(text: string): string;
}

type Format = Parameters<typeof styleText>[0];

/** The style for a stream: colours on a terminal, unless `NO_COLOR` or `FORCE_COLOR` say otherwise. */
export function styleFor(sink: TextSink, env: Readonly<NodeJS.ProcessEnv>): Style {
  const isColoured = wantsColour(sink, env);
  const paint = (format: Format) => (text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  return {
    isColoured,
    canRedraw: sink.isTTY === true && env.TERM !== "dumb",
    title: paint("bold"),
    quiet: paint("dim"),
    good: paint("green"),
    bad: paint("red"),
    warning: paint("yellow"),
    mark: paint("cyan"),
    command: paint("bold"),
  };
}

/** `NO_COLOR` (any text) wins over `FORCE_COLOR` (anything but 0 and false); else only a terminal that can has colours. */
function wantsColour(sink: TextSink, env: Readonly<NodeJS.ProcessEnv>): boolean {
  if ((env.NO_COLOR ?? "") !== "") return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return sink.isTTY === true && env.TERM !== "dumb";
}
