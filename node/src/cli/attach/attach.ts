import { setTimeout as sleep } from "node:timers/promises";
import type { ReadStream, WriteStream } from "node:tty";
import type { WorkspaceClient } from "@pleiad/sdk/workspace/createWorkspaceClient";
import { createScreen, type Screen } from "../../agents/terminals/screen.ts";
import type { TerminalServerMessage } from "../../workspace/http/terminalMessages.ts";
import { printableLine } from "../text/printable.ts";
import { connectTerminal } from "./connection.ts";
import { readKeys } from "./keys.ts";
import { createPainter, GIVE_BACK } from "./painter.ts";

/** Frames a second are enough for an eye. */
const FRAME_MS = 33;
/** What a person pastes is sent no faster than a terminal takes it. */
const TYPED_BYTES_PER_MS_MAX = 48;
/** How long what could not be done is said. */
const REFUSAL_SHOWN_MS = 4_000;
/** An agent's terminal has at least that. */
const COLUMNS_MIN = 10;
const ROWS_MIN = 3;

export interface Attachment {
  readonly client: WorkspaceClient;
  readonly name: string;
  /** Nothing is typed, and the size stays. */
  readonly isView: boolean;
  readonly stdout: WriteStream;
  /** None where it is no terminal: then nothing can be typed. */
  readonly stdin: ReadStream | undefined;
  /** Leaves. */
  readonly signal: AbortSignal;
}

export type AttachmentEnd =
  | { readonly how: "left" }
  | { readonly how: "ended"; readonly why: string; readonly exitCode: number | null };

/**
 * Shows an agent's terminal on the person's own, until either is over. A terminal of its own, without a window, stands between
 * the two: so the sizes may differ, and nothing that an agent prints reaches the person's but what is on the screen.
 *
 * @throws PleiadError why the connection ended
 */
export async function attachTerminal(attachment: Attachment): Promise<AttachmentEnd> {
  const { client, name, stdout, stdin, signal } = attachment;
  let mayType = !attachment.isView && stdin !== undefined;
  let screen: Screen | undefined;
  let refusal: { readonly text: string; readonly untilMs: number } | undefined;
  let end: AttachmentEnd = { how: "left" };
  let isDrawing = false;
  let isDirty = false;
  /** What came is shown one after the other. */
  let turn = Promise.resolve();
  let typing = Promise.resolve();
  const keys = new TextDecoder("utf-8");
  const painter = createPainter({ hasKeys: mayType });
  const room = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });

  const giveBack = (): void => {
    stdout.write(GIVE_BACK);
    stdin?.setRawMode(false);
  };
  // However this process ends, short of SIGKILL: a bug, too, ends it by `process.exit`.
  process.on("exit", giveBack);
  stdin?.setRawMode(true);
  stdout.write(painter.begin());
  const connection = connectTerminal(client, name, (message) => {
    turn = turn.then(() => heed(message));
  });
  const leave = () => connection.close();
  signal.addEventListener("abort", leave, { once: true });
  stdout.on("resize", resized);
  stdin?.on("data", typed);
  stdin?.resume();
  if (signal.aborted) leave();
  try {
    await connection.over;
    await turn;
    return end;
  } finally {
    signal.removeEventListener("abort", leave);
    stdout.off("resize", resized);
    stdin?.off("data", typed);
    stdin?.pause();
    process.off("exit", giveBack);
    screen?.dispose();
    screen = undefined;
    giveBack();
  }

  async function heed(message: TerminalServerMessage): Promise<void> {
    switch (message.kind) {
      case "open":
        mayType &&= message.terminal.mayType;
        sendSize();
        return;
      case "screen":
        screen?.dispose();
        screen = createScreen({ size: message, scrollbackLines: 0 });
        await screen.write(message.data);
        return draw();
      case "output":
        await screen?.write(message.data);
        return draw();
      case "refused":
        refusal = {
          text: `${message.code}: ${printableLine(message.message)}`,
          untilMs: performance.now() + REFUSAL_SHOWN_MS,
        };
        return draw();
      case "end":
        end = { how: "ended", why: message.why, exitCode: message.exitCode };
    }
  }

  function sendSize(): void {
    if (!mayType) return;
    const { columns, rows } = room();
    // One row is the line below.
    if (columns >= COLUMNS_MIN && rows - 1 >= ROWS_MIN)
      connection.send({ kind: "resize", columns, rows: rows - 1 });
  }

  function resized(): void {
    painter.forget();
    stdout.write("\u001b[2J");
    sendSize();
    draw();
  }

  function typed(bytes: Buffer): void {
    const { pieces, leaves } = readKeys(keys.decode(bytes, { stream: true }));
    for (const piece of mayType ? pieces : []) {
      typing = typing.then(async () => {
        connection.send({ kind: "input", data: piece });
        const pauseMs = Buffer.byteLength(piece) / TYPED_BYTES_PER_MS_MAX;
        if (pauseMs >= 1) await sleep(pauseMs);
      });
    }
    if (leaves) void typing.then(leave);
  }

  /** Draws soon, and no more than the eye and the terminal take. */
  function draw(): void {
    isDirty = true;
    if (!isDrawing) void drawing();
  }

  async function drawing(): Promise<void> {
    isDrawing = true;
    while (isDirty && screen !== undefined) {
      isDirty = false;
      const isTaken = stdout.write(painter.frame(screen, room(), status(screen)));
      if (!isTaken) await new Promise<void>((resolve) => stdout.once("drain", resolve));
      await sleep(FRAME_MS);
    }
    isDrawing = false;
  }

  function status(shown: Screen): string {
    if (refusal !== undefined && performance.now() < refusal.untilMs) return ` ${refusal.text}`;
    const { columns, rows } = shown.size();
    const mine = room();
    const isPart = columns > mine.columns || rows > mine.rows - 1;
    return [
      ` ${printableLine(name)}`,
      mayType ? "" : "looking on",
      isPart ? `part of ${columns}×${rows}` : "",
      "Ctrl-] leaves",
    ]
      .filter((part) => part !== "")
      .join(" · ");
  }
}
