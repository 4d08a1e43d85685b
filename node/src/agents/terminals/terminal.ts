import { setTimeout as sleep } from "node:timers/promises";
import { AgentError } from "../errors.ts";
import type { TerminalSize } from "../guardedProcess.ts";
import {
  ANSWER_BYTES_PER_SECOND_MAX,
  COLUMNS_MAX,
  COLUMNS_MIN,
  INPUT_BYTES_MAX,
  INPUT_BYTES_PER_SECOND_MAX,
  INPUT_PIECES_PER_SECOND_MAX,
  PENDING_CHARACTERS_MAX,
  PENDING_CHARACTERS_RESUME_MAX,
  ROWS_MAX,
  ROWS_MIN,
  SCROLLBACK_LINES_MAX,
  SLICE_CHARACTERS_MAX,
  SLICE_CHARACTERS_MIN,
  SLICE_MS_MAX,
  VIEWERS_MAX,
} from "./limits.ts";
import { createOutputFilter, withoutQuestions } from "./outputFilter.ts";
import { createScreen } from "./screen.ts";
import { createSlices } from "./slices.ts";
import type { TerminalEnd, TerminalSource } from "./source.ts";
import { createBucket } from "./tokenBucket.ts";
import { createViewing, type TerminalViewer, type Viewing } from "./viewing.ts";

/** What stands on a terminal, in plain text. */
export interface TerminalText extends TerminalSize {
  readonly lines: readonly string[];
  readonly cursor: { readonly column: number; readonly row: number };
}

/** A viewer's place at a terminal. */
export interface Seat {
  /** @throws AgentError TERMINAL_VIEW_ONLY, TERMINAL_INPUT_TOO_LARGE, TERMINAL_INPUT_TOO_FAST, TERMINAL_INPUT_WAITS, TERMINAL_ENDED */
  type(text: string): void;
  /** The last who says one decides. @throws AgentError TERMINAL_VIEW_ONLY, TERMINAL_SIZE_INVALID */
  resize(size: TerminalSize): void;
  /** Has the whole screen sent anew. */
  renew(): void;
  /** Nothing is sent until it resumes, when the screen is sent as it is then; but for the end, with the last screen. */
  pause(): void;
  resume(): void;
  leave(): void;
}

/** How somebody looks at a terminal. */
export interface Attaching {
  readonly mayType: boolean;
  /** Whether it is told what people type. @default false */
  readonly hearsInput?: boolean;
}

/** A terminal that outlives its viewers, and for a while what it shows. */
export interface Terminal {
  readonly name: string;
  readonly kind: TerminalSource["kind"];
  size(): TerminalSize;
  /** How what it shows ended; undefined while it runs, and until all of it has been shown. */
  end(): TerminalEnd | undefined;
  /** Whether what it shows has ended, though not all of it may have been shown. */
  isOver(): boolean;
  viewers(): number;
  text(part: "screen" | "all"): TerminalText;
  /** Text that brings another terminal of its size to what it shows. */
  snapshot(): string;
  /** Whether the program wants to be told what is pasted. */
  marksPaste(): boolean;
  /** Gives the viewer the screen as it is, then what follows. @throws AgentError TERMINAL_VIEWERS_TOO_MANY */
  attach(viewer: TerminalViewer, options: Attaching): Seat;
  /** As `Seat.type`, for the daemon itself. */
  type(text: string): void;
  /** Settles at the next change of what is shown, and at the end. */
  changed(): Promise<void>;
  /** Settles once what it shows is over and all of it has been shown. */
  readonly ended: Promise<TerminalEnd>;
  /** Takes it away: viewers are told that it is over. What it shows is not ended by that. */
  close(): void;
}

export interface TerminalOptions {
  readonly name: string;
  readonly size: TerminalSize;
  readonly source: TerminalSource;
  /** @default SCROLLBACK_LINES_MAX */
  readonly scrollbackLines?: number;
  /** Told when it has another size. @default nobody is */
  readonly onResize?: () => void;
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { name, source, scrollbackLines = SCROLLBACK_LINES_MAX, onResize } = options;
  const answers = createBucket(ANSWER_BYTES_PER_SECOND_MAX);
  const inputBytes = createBucket(INPUT_BYTES_PER_SECOND_MAX);
  const inputPieces = createBucket(INPUT_PIECES_PER_SECOND_MAX);
  const screen = createScreen({ size: requireSize(options.size), scrollbackLines }, (answer) => {
    // A program that floods itself with answers would fill its own input.
    if (answers.take(answer.length)) source.answer(answer);
  });
  const filter = createOutputFilter(screen.size);
  const viewings = new Set<Viewing>();
  const listeners = new Set<Viewing>();
  const pending = createSlices();
  let showing: Promise<void> | undefined;
  let isPaused = false;
  let isClosed = false;
  let sliceCharacters = SLICE_CHARACTERS_MAX;
  let end: TerminalEnd | undefined;
  /** The same, as soon as it is known. */
  let last: TerminalEnd | undefined;
  const closed = Promise.withResolvers<void>();
  let change = Promise.withResolvers<void>();

  source.begin((bytes) => {
    if (isClosed) return;
    pending.add(filter.push(bytes));
    if (pending.characters() > PENDING_CHARACTERS_MAX && !isPaused) {
      isPaused = true;
      source.pause();
    }
    if (pending.characters() > 0) showing ??= show();
  }, screen.size());
  const ended = over();

  return {
    name,
    kind: source.kind,
    size: screen.size,
    end: () => end,
    isOver: () => last !== undefined,
    viewers: () => viewings.size,
    text: (part) => ({ ...screen.size(), lines: screen.lines(part), cursor: screen.cursor() }),
    snapshot: screen.snapshot,
    marksPaste: screen.marksPaste,
    attach,
    type,
    changed: () => change.promise,
    ended,
    close,
  };

  /** Shows what waits, slice by slice, each of which reaches the viewers once the screen has it. */
  async function show(): Promise<void> {
    while (pending.characters() > 0 && !isClosed) {
      const slice = pending.take(sliceCharacters);
      const startedAt = performance.now();
      await screen.write(slice);
      const tookMs = performance.now() - startedAt;
      const isSlow = tookMs > SLICE_MS_MAX;
      sliceCharacters = isSlow
        ? Math.max(SLICE_CHARACTERS_MIN, sliceCharacters >> 1)
        : Math.min(SLICE_CHARACTERS_MAX, sliceCharacters << 1);
      const shown = withoutQuestions(slice);
      if (shown !== "") for (const viewing of viewings) viewing.output(shown);
      tellChange();
      if (isPaused && pending.characters() < PENDING_CHARACTERS_RESUME_MAX) {
        isPaused = false;
        source.resume();
      }
      // What is so much work gets half of the daemon's time at most.
      if (isSlow) await sleep(tookMs);
    }
    showing = undefined;
  }

  async function over(): Promise<TerminalEnd> {
    last = await source.ended;
    while (showing !== undefined && !isClosed) await Promise.race([showing, closed.promise]);
    end = last;
    for (const viewing of viewings) viewing.end(last);
    tellChange();
    return last;
  }

  function tellChange(): void {
    const { resolve } = change;
    change = Promise.withResolvers<void>();
    resolve();
  }

  function attach(viewer: TerminalViewer, { mayType, hearsInput = false }: Attaching): Seat {
    if (viewings.size >= VIEWERS_MAX)
      throw new AgentError("TERMINAL_VIEWERS_TOO_MANY", `${viewings.size} look at ${name} already`);
    const viewing = createViewing(viewer, () => ({ ...screen.size(), data: screen.snapshot() }));
    viewings.add(viewing);
    if (hearsInput) listeners.add(viewing);
    if (end !== undefined) viewing.end(end);
    const requireRight = (): void => {
      if (!mayType)
        throw new AgentError("TERMINAL_VIEW_ONLY", `${name} may be looked at, and not typed into`);
    };
    return {
      type(text) {
        requireRight();
        type(text);
      },
      resize(size) {
        requireRight();
        resize(size);
      },
      renew: viewing.renew,
      pause: viewing.pause,
      resume: viewing.resume,
      leave() {
        viewing.stop();
        viewings.delete(viewing);
        listeners.delete(viewing);
      },
    };
  }

  function type(text: string): void {
    requireRunning();
    const bytes = Buffer.byteLength(text);
    if (bytes > INPUT_BYTES_MAX)
      throw new AgentError("TERMINAL_INPUT_TOO_LARGE", `${bytes} bytes are typed at once`, {
        details: { bytes, bytesMax: INPUT_BYTES_MAX },
      });
    if (!inputPieces.take(1) || !inputBytes.take(bytes))
      throw new AgentError("TERMINAL_INPUT_TOO_FAST", `more is typed into ${name} than it takes`);
    source.type(text);
    for (const viewing of listeners) viewing.input(text);
  }

  function resize(size: TerminalSize): void {
    const { columns, rows } = requireSize(size);
    const before = screen.size();
    if (end !== undefined || (before.columns === columns && before.rows === rows)) return;
    screen.resize({ columns, rows });
    source.resize({ columns, rows });
    // Lines are broken anew, and each kind of terminal breaks them in its own way.
    for (const viewing of viewings) viewing.renew();
    onResize?.();
    tellChange();
  }

  function requireRunning(): void {
    if (end !== undefined || isClosed) throw new AgentError("TERMINAL_ENDED", `${name} has ended`);
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    closed.resolve();
    pending.clear();
    for (const viewing of viewings) viewing.close(last ?? { why: "stopped", exitCode: null });
    viewings.clear();
    listeners.clear();
    // What the program still prints goes nowhere, and does not hold it up.
    source.resume();
    tellChange();
    screen.dispose();
  }
}

/** @throws AgentError TERMINAL_SIZE_INVALID */
function requireSize({ columns, rows }: TerminalSize): TerminalSize {
  const isIn = (count: number, least: number, most: number) =>
    Number.isInteger(count) && count >= least && count <= most;
  if (isIn(columns, COLUMNS_MIN, COLUMNS_MAX) && isIn(rows, ROWS_MIN, ROWS_MAX)) return { columns, rows };
  throw new AgentError("TERMINAL_SIZE_INVALID", `no terminal has ${columns} columns and ${rows} rows`, {
    details: { columns, rows },
  });
}
