import { SNAPSHOT_EVERY_MS, VIEWER_WAITING_BYTES_MAX } from "./limits.ts";
import type { TerminalEnd } from "./source.ts";

/** What a viewer is told, in this order: a screen, what follows on it; another screen at any time; at last the end. */
export type TerminalMessage =
  | {
      readonly kind: "screen";
      readonly columns: number;
      readonly rows: number;
      readonly data: string;
      /** Characters that were shown since the last message and this viewer was not told of. */
      readonly leftOut: number;
    }
  | { readonly kind: "output"; readonly data: string }
  /** Of those alone that asked for it. */
  | { readonly kind: "input"; readonly data: string }
  | ({ readonly kind: "end" } & TerminalEnd);

/** What stands on a terminal: text that brings another one of its size to it. */
export interface TerminalScreen {
  readonly columns: number;
  readonly rows: number;
  readonly data: string;
}

/** Somebody who looks at a terminal: a connection, a recording. */
export interface TerminalViewer {
  /** Settles once the message is out of this process's hands; rejects when the viewer is gone. */
  send(message: TerminalMessage): Promise<void>;
}

/** What one viewer has been told, and is yet to be told. */
export interface Viewing {
  output(data: string): void;
  /** What a person typed. */
  input(data: string): void;
  /** The screen has another form now: a new one follows. */
  renew(): void;
  /** It wants to be told nothing until it resumes, and gets the screen as it is then. The end it is told all the same. */
  pause(): void;
  resume(): void;
  end(end: TerminalEnd): void;
  /** As `end`, at once, whatever it has yet to take. */
  close(end: TerminalEnd): void;
  stop(): void;
}

/**
 * Keeps one viewer up to date, and no more for it than `VIEWER_WAITING_BYTES_MAX` and one screen: whoever falls behind is told
 * nothing until it has taken what is on its way, and then gets the screen as it is.
 *
 * | from | to | when |
 * |---|---|---|
 * | – | live | the first screen is sent |
 * | live | behind | too much is on its way; or the screen got another size; or it paused |
 * | behind | live | it has not paused, all is taken, `SNAPSHOT_EVERY_MS` passed since the last screen: a new one is sent |
 * | any | over | it is gone, or it was told the end and has taken all |
 */
export function createViewing(viewer: TerminalViewer, screen: () => TerminalScreen): Viewing {
  let waitingBytes = 0;
  let isBehind = false;
  let hasPaused = false;
  let leftOut = 0;
  let isOver = false;
  let end: TerminalEnd | undefined;
  let screenAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  sendScreen();

  return {
    output(data) {
      if (isOver) return;
      // What it has not taken is as good as lost to it; the screen that follows has all.
      isBehind ||= waitingBytes + data.length > VIEWER_WAITING_BYTES_MAX;
      if (isBehind) leftOut += data.length;
      else send({ kind: "output", data });
    },
    input(data) {
      if (!isOver && waitingBytes + data.length <= VIEWER_WAITING_BYTES_MAX) send({ kind: "input", data });
    },
    renew() {
      isBehind = true;
      catchUp();
    },
    pause() {
      hasPaused = true;
      isBehind = true;
    },
    resume() {
      hasPaused = false;
      catchUp();
    },
    end(last) {
      end = last;
      // Nothing more comes that a later screen would have.
      clearTimeout(timer);
      timer = undefined;
      catchUp();
    },
    close(last) {
      if (isOver) return;
      stop();
      if (isBehind) sendScreen();
      send({ kind: "end", ...last });
    },
    stop,
  };

  function sendScreen(): void {
    const message = { kind: "screen" as const, ...screen(), leftOut };
    leftOut = 0;
    send(message);
  }

  function send(message: TerminalMessage): void {
    const bytes = message.kind === "end" ? 0 : message.data.length;
    waitingBytes += bytes;
    viewer.send(message).then(() => {
      waitingBytes -= bytes;
      catchUp();
    }, stop);
  }

  function catchUp(): void {
    if (isOver || timer !== undefined) return;
    if (isBehind) {
      if (waitingBytes > 0 || (hasPaused && end === undefined)) return;
      const waitMs = end === undefined ? screenAt + SNAPSHOT_EVERY_MS - performance.now() : 0;
      if (waitMs > 0) {
        timer = setTimeout(() => {
          timer = undefined;
          catchUp();
        }, waitMs);
        return;
      }
      isBehind = false;
      screenAt = performance.now();
      sendScreen();
    }
    if (end !== undefined) {
      isOver = true;
      send({ kind: "end", ...end });
    }
  }

  function stop(): void {
    isOver = true;
    clearTimeout(timer);
    timer = undefined;
  }
}
