import type { TerminalSize } from "../../../../node/src/agents/guardedProcess.ts";
import { createScreen } from "../../../../node/src/agents/terminals/screen.ts";
import type { TerminalEnd, TerminalSource } from "../../../../node/src/agents/terminals/source.ts";
import type { TerminalMessage, TerminalViewer } from "../../../../node/src/agents/terminals/viewing.ts";

/** A source that prints what a test says. */
export interface TestSource extends TerminalSource {
  print(text: string | Uint8Array): void;
  finish(end?: TerminalEnd): void;
  readonly typed: string[];
  readonly answers: string[];
  readonly sizes: TerminalSize[];
  readonly paused: () => boolean;
}

export function testSource(): TestSource {
  let to: (bytes: Uint8Array) => void = () => {};
  let isPaused = false;
  const ended = Promise.withResolvers<TerminalEnd>();
  const source = {
    kind: "program" as const,
    typed: [] as string[],
    answers: [] as string[],
    sizes: [] as TerminalSize[],
    begin(print: (bytes: Uint8Array) => void, size: TerminalSize) {
      to = print;
      source.sizes.push(size);
    },
    print: (text: string | Uint8Array) => to(typeof text === "string" ? Buffer.from(text) : text),
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
    },
    paused: () => isPaused,
    type: (text: string) => void source.typed.push(text),
    answer: (text: string) => void source.answers.push(text),
    resize: (size: TerminalSize) => void source.sizes.push(size),
    finish: (end: TerminalEnd = { why: "finished", exitCode: 0 }) => ended.resolve(end),
    ended: ended.promise,
  };
  return source;
}

/** A viewer with a terminal of its own, on which it shows what it is told. */
export interface TestViewer extends TerminalViewer {
  readonly told: TerminalMessage[];
  /** Holds up what is sent to it, until it is let go. */
  hold(): () => void;
  /** What it shows. */
  shown(): Promise<readonly string[]>;
  bytes(): number;
}

export function testViewer(): TestViewer {
  let screen = createScreen({ size: { columns: 80, rows: 24 }, scrollbackLines: 2_000 });
  const told: TerminalMessage[] = [];
  let turn = Promise.resolve();
  let gate = Promise.resolve();
  return {
    told,
    async send(message) {
      told.push(message);
      turn = turn.then(async () => {
        if (message.kind === "screen") {
          screen.dispose();
          const { columns, rows } = message;
          screen = createScreen({ size: { columns, rows }, scrollbackLines: 2_000 });
        }
        if (message.kind === "screen" || message.kind === "output") await screen.write(message.data);
      });
      await gate;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async shown() {
      await turn;
      return screen.lines("all");
    },
    bytes: () => told.reduce((sum, message) => sum + ("data" in message ? message.data.length : 0), 0),
  };
}

/** Waits until something holds, looking again whenever the terminal changes. */
export async function until(terminal: { changed(): Promise<void> }, holds: () => boolean): Promise<void> {
  for (;;) {
    const change = terminal.changed();
    if (holds()) return;
    await change;
  }
}
