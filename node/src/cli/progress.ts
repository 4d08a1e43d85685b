import type { TextSink } from "./surroundings.ts";
import { cutTo } from "./text/displayWidth.ts";
import type { Style } from "./text/style.ts";

/** Fast enough to look alive, slow enough to cost nothing. */
const FRAME_MS = 120;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
/** A log of something that takes minutes should not be all waiting. */
const SILENCE_MS_DEFAULT = 10_000;
/** What a terminal has that does not say. Columns. */
const TERMINAL_COLUMNS_DEFAULT = 80;
/** Moves to the start of the line and clears it. */
const CLEAR_LINE = "\r\u001b[2K";

export interface ProgressOptions {
  /** Without a terminal: how long to say nothing while the same thing goes on. @default 10,000 */
  readonly silenceMs?: number;
}

/** Tells a person what is going on while it goes on. */
export interface Progress {
  /** What is being done from now on. */
  say(text: string): void;
  /** Takes the line away while something else is printed; the next frame brings it back. */
  clear(): void;
  /** Nothing is going on any more. */
  end(): void;
}

/**
 * Progress on standard error: on a terminal one line that moves and counts the seconds, else a line for each thing that
 * begins, and one now and then while it lasts.
 */
export function createProgress(sink: TextSink, style: Style, options: ProgressOptions = {}): Progress {
  const isLive = style.canRedraw;
  let text = "";
  let startedAtMs = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const elapsed = () => `${Math.floor((performance.now() - startedAtMs) / 1_000)} s`;
  const draw = (): void => {
    frame = (frame + 1) % FRAMES.length;
    const line = `${FRAMES[frame]} ${text} ${elapsed()}`;
    sink.write(CLEAR_LINE + style.quiet(cutTo(line, (sink.columns || TERMINAL_COLUMNS_DEFAULT) - 1)));
  };
  const remind = (): void => {
    sink.write(`… ${text} (${elapsed()})\n`);
  };
  const clear = (): void => {
    if (isLive && timer !== undefined) sink.write(CLEAR_LINE);
  };
  const stopTimer = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    say(next) {
      if (next === text && timer !== undefined) return;
      if (next !== text) startedAtMs = performance.now();
      text = next;
      stopTimer();
      if (!isLive) sink.write(`${text} …\n`);
      timer = isLive
        ? setInterval(draw, FRAME_MS)
        : setInterval(remind, options.silenceMs ?? SILENCE_MS_DEFAULT);
      // What goes on keeps the process alive, its telling does not.
      timer.unref();
      if (isLive) draw();
    },
    clear,
    end() {
      clear();
      stopTimer();
      text = "";
    },
  };
}
