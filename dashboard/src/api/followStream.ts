import { currentSession, onSession } from "../session.ts";
import { read } from "./client.ts";

/** `live`: everything that changes is told. `lost`: it was or would be, and is tried again. */
export type Connection = "connecting" | "live" | "lost";

const PROTOCOL = "pleiad.workspace.v1";
/** Between two tries, doubled each time, as a daemon that restarts is back within seconds. Milliseconds. */
export const AGAIN_MS_MIN = 250;
export const AGAIN_MS_MAX = 4_000;
/** A stream that lived so long is a good one, after which the next try comes soon again. Milliseconds. */
const GOOD_MS = AGAIN_MS_MAX;

/** What the browser has, and tests have their own of. */
export interface StreamSurroundings {
  readonly session: { readonly current: typeof currentSession; readonly on: typeof onSession };
  readonly openSocket: (path: string, protocols: string[]) => Pick<WebSocket, "addEventListener" | "close">;
  /** A handshake that was refused says nothing. Asking says whether it was the token, and closes the session then. */
  readonly ask: () => Promise<unknown>;
  readonly clock: {
    readonly monotonicMs: () => number;
    /** The answer calls it off. */
    readonly after: (delayMs: number, run: () => void) => () => void;
  };
}

const BROWSER: StreamSurroundings = {
  session: { current: currentSession, on: onSession },
  openSocket: (path, protocols) => new WebSocket(`ws://${location.host}${path}`, protocols),
  ask: () => read("/me"),
  clock: {
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  },
};

/**
 * Follows a stream by which the daemon tells what changes, and connects again whenever it ends, for as long as somebody is signed in:
 * one socket at a time, at ever longer pauses. Each time that it becomes live, whoever follows reads anew what changed meanwhile.
 *
 * @param Message what the stream tells, after it said that it is open
 * @returns ends it
 */
export function followStream<Message>(
  path: string,
  handlers: {
    readonly onConnection: (connection: Connection) => void;
    readonly onMessage: (message: Message) => void;
  },
  { session, openSocket, ask, clock }: StreamSurroundings = BROWSER,
): () => void {
  const { onConnection, onMessage } = handlers;
  let isOver = false;
  let token: string | undefined;
  let socket: ReturnType<typeof openSocket> | undefined;
  let callOff: (() => void) | undefined;
  let againMs = AGAIN_MS_MIN;
  let liveSinceMs: number | undefined;

  function connect(): void {
    callOff = undefined;
    if (token === undefined || socket !== undefined) return;
    const made = openSocket(path, [PROTOCOL, `bearer.${token}`]);
    socket = made;
    made.addEventListener("message", ({ data }) => {
      if (made !== socket) return;
      const message = JSON.parse(String(data)) as { readonly kind: string };
      if (message.kind !== "open") return onMessage(message as Message);
      liveSinceMs = clock.monotonicMs();
      onConnection("live");
    });
    made.addEventListener("close", () => {
      if (made !== socket) return;
      socket = undefined;
      void lost();
    });
  }

  async function lost(): Promise<void> {
    if (liveSinceMs !== undefined && clock.monotonicMs() - liveSinceMs >= GOOD_MS) againMs = AGAIN_MS_MIN;
    liveSinceMs = undefined;
    onConnection("lost");
    await ask().catch(() => {});
    // Somebody signed out or in meanwhile.
    if (token === undefined || socket !== undefined || callOff !== undefined) return;
    callOff = clock.after(againMs, connect);
    againMs = Math.min(AGAIN_MS_MAX, againMs * 2);
  }

  function drop(): void {
    const left = socket;
    socket = undefined;
    liveSinceMs = undefined;
    token = undefined;
    callOff?.();
    callOff = undefined;
    left?.close();
  }

  /** Signed out, nothing goes on; with another token, the stream is another's. */
  function heedSession(): void {
    const now = session.current();
    const next = now.state === "open" ? now.token : undefined;
    if (isOver || next === token) return;
    drop();
    token = next;
    if (next === undefined) return;
    onConnection("connecting");
    connect();
  }

  const endHeeding = session.on(heedSession);
  heedSession();
  return () => {
    isOver = true;
    endHeeding();
    drop();
  };
}
