import { ApiFailure, addressOf, read } from "../../api/client.ts";
import { currentSession } from "../../session.ts";
import { createFloodGauge } from "./flood.ts";
import {
  AGAIN_MS_MAX,
  AGAIN_MS_MIN,
  FLOOD_AGAIN_CHARACTERS_MAX,
  FLOOD_CALM_MS,
  FLOOD_CHARACTERS_MAX,
  FLOOD_REST_MS,
  REFUSAL_SHOWN_MS,
} from "./limits.ts";

const PROTOCOL = "pleiad.workspace.v1";
const CLOSE_REFUSED = 4403;

/** Where what is told is drawn. */
export interface StreamSink {
  screen(screen: { readonly columns: number; readonly rows: number; readonly data: string }): void;
  output(data: string): void;
  /** Characters that are not drawn yet. */
  waiting(): number;
}

export interface StreamStatus {
  /**
   * `away`: nobody sees it, so nothing is asked for. `again`: the connection broke and is made anew. `none`: the agent has no terminal
   * on this node. `flooded`: more comes than can be drawn; now and then the newest screen is.
   */
  readonly state:
    | "away"
    | "connecting"
    | "live"
    | "paused"
    | "flooded"
    | "again"
    | "ended"
    | "none"
    | "refused";
  readonly mayType: boolean;
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
  /** Characters that were shown to nobody here since somebody last said that they know. */
  readonly leftOut: number;
  /** How it ended; why it is refused; what the daemon said of what was typed. */
  readonly words: string | undefined;
}

type ServerMessage =
  | { readonly kind: "open"; readonly terminal: { readonly mayType: boolean } }
  | {
      readonly kind: "screen";
      readonly columns: number;
      readonly rows: number;
      readonly data: string;
      readonly leftOut: number;
    }
  | { readonly kind: "output"; readonly data: string }
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly hint?: string }
  | { readonly kind: "end"; readonly why: string; readonly exitCode: number | null };

const BEGIN: StreamStatus = { state: "away", mayType: false, size: undefined, leftOut: 0, words: undefined };

export type TerminalStream = ReturnType<typeof createTerminalStream>;

/**
 * What an agent's terminal shows, for as long as somebody sees it: joined late, it is the exact screen and what follows. What comes
 * faster than it is drawn is left out by the daemon until the next look.
 */
export function createTerminalStream(
  { cluster, name }: { readonly cluster: string; readonly name: string },
  { sink, onStatus }: { readonly sink: StreamSink; readonly onStatus: (status: StreamStatus) => void },
) {
  const gauge = createFloodGauge();
  const inPath = { cluster, name };
  let status = BEGIN;
  let socket: WebSocket | undefined;
  let isSeen = false;
  let isPaused = false;
  /** What comes is left out: the daemon was told to pause, and has not answered with a screen since. */
  let isDeaf = false;
  /** A flood is let pass. */
  let isResting = false;
  /** The last screen that was not drawn, which is the one to stay if the end comes next. */
  let lastScreen: Extract<ServerMessage, { readonly kind: "screen" }> | undefined;
  let againMs = AGAIN_MS_MIN;
  let againTimer: Timer;
  let floodTimer: Timer;
  let wordsTimer: Timer;

  function set(change: Partial<StreamStatus>): void {
    status = { ...status, ...change };
    onStatus(status);
  }

  function connect(): void {
    const session = currentSession();
    clearTimeout(againTimer);
    if (socket !== undefined || !isSeen || isPaused || session.state !== "open") return;
    const path = addressOf("/workspace/{cluster}/terminals/{name}", inPath);
    const made = new WebSocket(`ws://${location.host}${path}`, [PROTOCOL, `bearer.${session.token}`]);
    socket = made;
    isDeaf = false;
    gauge.forget();
    if (status.state !== "again") set({ state: "connecting", words: undefined });
    made.addEventListener("message", ({ data }) => {
      if (made === socket) heed(JSON.parse(String(data)) as ServerMessage);
    });
    made.addEventListener("close", ({ code, reason }) => {
      if (made !== socket) return;
      drop();
      if (status.state !== "ended") void closed(code, reason);
    });
  }

  function heed(message: ServerMessage): void {
    switch (message.kind) {
      case "open":
        againMs = AGAIN_MS_MIN;
        set({ mayType: message.terminal.mayType });
        break;
      case "screen":
        heedScreen(message);
        break;
      case "output":
        heedOutput(message.data);
        break;
      case "refused":
        set({ words: `${message.message}${message.hint === undefined ? "" : `: ${message.hint}`}` });
        clearTimeout(wordsTimer);
        wordsTimer = setTimeout(() => set({ words: undefined }), REFUSAL_SHOWN_MS);
        break;
      case "end": {
        const code = message.exitCode === null ? "" : `, exit code ${message.exitCode}`;
        const isBehind = isDeaf;
        stopTimers();
        clearTimeout(wordsTimer);
        if (isBehind && lastScreen !== undefined) {
          isPaused = false;
          heedScreen(lastScreen);
        }
        set({ state: "ended", mayType: false, words: `${message.why}${code}` });
      }
    }
  }

  function heedScreen(screen: Extract<ServerMessage, { readonly kind: "screen" }>): void {
    const { columns, rows, leftOut } = screen;
    // One that was on its way when the daemon was told to pause, unless it is the last.
    if (isPaused || isResting) {
      lastScreen = screen;
      return;
    }
    isDeaf = false;
    sink.screen(screen);
    const state = status.state === "flooded" ? "flooded" : "live";
    set({ state, size: { columns, rows }, leftOut: status.leftOut + leftOut });
  }

  function heedOutput(data: string): void {
    // What was on its way when the daemon was told to pause.
    if (isDeaf) {
      set({ leftOut: status.leftOut + data.length });
      return;
    }
    sink.output(data);
    const most = status.state === "flooded" ? FLOOD_AGAIN_CHARACTERS_MAX : FLOOD_CHARACTERS_MAX;
    if (gauge.isFlood(data.length, sink.waiting(), performance.now(), most)) rest();
  }

  /** Draws nothing for a while, then the newest screen; calm for long enough, it is live again. */
  function rest(): void {
    isDeaf = true;
    isResting = true;
    lastScreen = undefined;
    send({ kind: "pause" });
    set({ state: "flooded" });
    clearTimeout(floodTimer);
    floodTimer = setTimeout(() => {
      isResting = false;
      gauge.forget();
      send({ kind: "resume" });
      floodTimer = setTimeout(() => {
        floodTimer = undefined;
        if (status.state === "flooded") set({ state: "live" });
      }, FLOOD_CALM_MS);
    }, FLOOD_REST_MS);
  }

  /** A handshake that was refused says nothing; asking says why, and whether it is worth another try. */
  async function closed(code: number, reason: string): Promise<void> {
    if (code === CLOSE_REFUSED && reason === "TERMINAL_UNKNOWN")
      return set({ state: "none", mayType: false });
    // Whoever goes on connects anew.
    if (isPaused) return set({ mayType: false });
    set({ state: "again", mayType: false });
    try {
      await read("/workspace/{cluster}/terminals/{name}", inPath);
    } catch (error) {
      const failure = error instanceof ApiFailure ? error : undefined;
      const isFinal = failure?.kind === "refused" && !failure.isRetryable;
      if (failure?.code === "TERMINAL_UNKNOWN") set({ state: "none" });
      else if (isFinal) set({ state: "refused", words: failure.hint ?? failure.message });
      if (isFinal) return;
    }
    if (socket !== undefined || !isSeen) return;
    againTimer = setTimeout(connect, againMs);
    againMs = Math.min(AGAIN_MS_MAX, againMs * 2);
  }

  function send(message: object): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function drop(): void {
    const left = socket;
    socket = undefined;
    stopTimers();
    left?.close();
  }

  function stopTimers(): void {
    clearTimeout(againTimer);
    clearTimeout(floodTimer);
    floodTimer = undefined;
    isResting = false;
  }

  return {
    status: () => status,
    /** Somebody sees it, or nobody does any more. */
    setSeen(is: boolean): void {
      isSeen = is;
      if (is) {
        if (status.state !== "ended" && status.state !== "refused") connect();
        return;
      }
      drop();
      if (status.state !== "ended" && status.state !== "none" && !isPaused) set({ state: "away" });
    },
    pause(): void {
      isPaused = true;
      isDeaf = true;
      lastScreen = undefined;
      stopTimers();
      send({ kind: "pause" });
      set({ state: "paused" });
    },
    resume(): void {
      isPaused = false;
      if (socket === undefined) connect();
      else send({ kind: "resume" });
    },
    /** Tries again what ended, was refused or was not there: the agent may have another terminal now. */
    again(): void {
      drop();
      set({ state: "connecting", words: undefined });
      connect();
    },
    type: (data: string) => send({ kind: "input", data }),
    resize: (size: { readonly columns: number; readonly rows: number }) => send({ kind: "resize", ...size }),
    forgetLeftOut: () => set({ leftOut: 0 }),
    end(): void {
      isSeen = false;
      clearTimeout(wordsTimer);
      drop();
    },
  };
}

type Timer = ReturnType<typeof setTimeout> | undefined;
