import type { TerminalSize } from "../guardedProcess.ts";

/** What a terminal shows: a program in a terminal of its own, or a session of a driver. */
export interface TerminalSource {
  readonly kind: "program" | "session";
  /** Begins to hand over what is printed. Once. */
  begin(print: (bytes: Uint8Array) => void, size: TerminalSize): void;
  /** Holds the printing up: what waits to be shown is enough. */
  pause(): void;
  resume(): void;
  /** What a person typed. @throws AgentError TERMINAL_INPUT_WAITS, TERMINAL_ENDED */
  type(text: string): void;
  /** What the terminal itself answers to a program that asked it something. */
  answer(text: string): void;
  resize(size: TerminalSize): void;
  /** Settles once all that was printed is handed over; never rejects. */
  readonly ended: Promise<TerminalEnd>;
}

/** How what a terminal shows ended. */
export interface TerminalEnd {
  /** A session's word, or a program's. */
  readonly why: "finished" | "failed" | "stopped" | "lost";
  readonly exitCode: number | null;
}
