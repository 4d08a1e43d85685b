import type { AgentDriver, AgentOutcome, AgentTools, AgentUsage, UsageWatch } from "./driver.ts";
import type { AgentError } from "./errors.ts";
import type { KeptFolder } from "./sandbox/watch.mjs";

/**
 * An agent that lives for more than one prompt: a coding agent in its folder. Drivers whose programs can do that offer
 * `open` besides `run`; `run` is then one session with one turn.
 *
 * | from | to | when |
 * |---|---|---|
 * | – | spawning | `open` is called |
 * | spawning | running | the program is started, has said that it is ready, and its tools have been connected |
 * | spawning | done: failed | it is not there, ends at once, is not logged in, or does not get ready in time |
 * | running | running | a turn begins or ends; done with a turn is what the program's protocol says, never silence |
 * | running | done: finished | `close` was called and the program ended |
 * | running | done: failed | the program ended by itself, or broke its protocol |
 * | running | done: stopped | its signal was aborted, its time is over, or a limit was passed |
 * | running | done: lost | its guard was killed |
 */
export interface SessionDriver {
  /** Kind of service, as in the configuration. */
  readonly kind: string;
  /** Whether its agents work in a folder. @default true */
  readonly hasFolder?: boolean;
  /**
   * Starts the program, or resumes what it kept of an earlier session, and gets it ready for a prompt.
   *
   * @throws AgentError; nothing of the session is left then
   */
  open(start: SessionStart): Promise<AgentSession>;
}

/** Whether a driver keeps sessions, too. */
export function keepsSessions(driver: AgentDriver): driver is AgentDriver & SessionDriver {
  return "open" in driver;
}

/** A week: nobody waits longer for one session, and well inside what a timer can count (2^31 ms). */
export const SESSION_TIMEOUT_MS_MAX = 604_800_000;

/** What a session begins with. */
export interface SessionStart {
  /** Where the agent works: its own worktree. @default a fresh, empty folder that goes with the session */
  readonly workFolder?: string;
  /** What keeps the program's own memory of sessions, so that one can be resumed. @default a folder that goes with the session */
  readonly homeFolder?: string;
  /** What of these is kept after the session, with a limit for each. @default none is measured */
  readonly kept?: readonly KeptFolder[];
  /** What a program in a sandbox may read besides what its service names: absolute paths. @default nothing */
  readonly readable?: readonly string[];
  /** MCP servers that the agent is given. All of them are connected before the first prompt. */
  readonly toolServers: readonly ToolServer[];
  /** Tools of an agent without a program, whose driver carries out its calls; any other leaves them out. @default none */
  readonly tools?: AgentTools;
  /** Settles once the agent's tools have been asked for, where the one who serves them can tell. */
  readonly toolsReady?: (signal: AbortSignal) => Promise<void>;
  /** The session to go on with, as `AgentSession.id` named it. */
  readonly resume?: string;
  /** What that session had counted, as `AgentSession.counted` said it last. @default nothing: all of it is counted once more */
  readonly counted?: AgentUsage;
  /** Whose process this is, from `agentTag`. */
  readonly tag: string;
  /** Ends the session. */
  readonly signal: AbortSignal;
  /** How long it may live, in milliseconds; above `SESSION_TIMEOUT_MS_MAX` that is what counts. */
  readonly timeoutMs: number;
  /** Largest answer of one turn, in bytes. */
  readonly outputBytesMax: number;
  /** Told of everything that the agent shows while it works, in its order. It returns at once and does not throw. */
  readonly onEvent: (event: AgentEvent) => void;
  /**
   * Asked when the agent wants leave for something. Whoever answers decides by policy or asks a person; it may take as long as
   * the turn. When that ends, `signal` is aborted, the agent is told that the request is cancelled, and an answer comes too
   * late. A rejection, and an option that was not offered, count as cancelled too. What came of it is an event.
   */
  readonly askPermission: (request: PermissionRequest, signal: AbortSignal) => Promise<PermissionAnswer>;
}

/** An MCP server over standard input and output, started by the agent's program. */
export interface ToolServer {
  /** `[a-z0-9-]{1,32}`: programs make the tools' names of it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** May hold a token: it is passed on by files of mode 0600 or by the environment, never by arguments. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it has to read in a sandbox, besides its command and arguments: absolute paths. @default nothing */
  readonly readable?: readonly string[];
}

/** A running agent. */
export interface AgentSession {
  /**
   * By which the program knows the session; what `resume` takes. Undefined where the program cannot resume, or where its
   * memory goes with the session: no `homeFolder` was given, and the operator names no HOME.
   */
  readonly id: string | undefined;
  /** What the program says that it is: name and version, as far as it does. */
  readonly program: string | undefined;
  /**
   * Tokens of all its turns, where the program counts on over them: who resumes the session gives it back, since what a program
   * keeps itself lies within its agent's reach. @default the program counts each turn by itself
   */
  readonly counted?: AgentUsage | undefined;
  state(): SessionState;
  /**
   * One turn: gives the agent a text, and settles when its program says that the turn is over. One at a time.
   *
   * @throws AgentError: AGENT_STOPPED when `signal` is aborted, AGENT_TIMED_OUT and AGENT_OUTPUT_TOO_LARGE (in all three the
   *   turn is cancelled, and the session goes on where the program obeys), AGENT_OUTPUT_NOT_UTF8, AGENT_TURN_RUNNING,
   *   AGENT_ATTACHMENT_REFUSED, AGENT_FAILED where the program says that the turn failed, and whatever ended the session
   */
  prompt(turn: Turn): Promise<TurnOutcome>;
  /** Ends the program: first as its protocol does, then by the guard. Settles when nothing is left. */
  close(): Promise<SessionEnd>;
  /** Settles once nothing is left, however it came; never rejects. */
  readonly ended: Promise<SessionEnd>;
}

export type SessionState = "spawning" | "running" | "done";

/** Why a session is done. */
export interface SessionEnd {
  readonly why: "finished" | "failed" | "stopped" | "lost";
  /** What went wrong, where something did. */
  readonly error: AgentError | undefined;
}

/** What an agent is given for one turn. */
export interface Turn extends UsageWatch {
  readonly text: string;
  /** Images and files that go with it. @default none */
  readonly attachments?: readonly Attachment[];
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** A file that is handed to an agent. Drivers whose program takes no such thing say so (AGENT_ATTACHMENT_REFUSED). */
export interface Attachment {
  readonly name: string;
  /** For example `image/png`. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * What a turn gave. Its `output` is the last thing that the agent said: what it says before a call of a tool is not part of
 * the answer unless nothing follows. It may be blank, since an agent may do its work without a word.
 */
export interface TurnOutcome extends AgentOutcome {
  /** Why the agent stopped: `end` of its own accord; the others say what cut it short. */
  readonly stopReason: "end" | "tokens" | "turns" | "refused" | "cancelled";
}

/** What an agent shows while it works. */
export type AgentEvent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thought"; readonly text: string }
  | {
      readonly kind: "tool";
      readonly id: string;
      readonly name: string;
      readonly state: "begun" | "done" | "failed";
      /** What it was called with or what came of it, cut, for a person. */
      readonly summary: string;
    }
  | {
      /** What came of a request for leave. `cancelled`: nobody chose, or the turn ended before. */
      readonly kind: "permission";
      readonly title: string;
      readonly outcome: "allowed" | "rejected" | "cancelled";
      /** The label of the option that was chosen. */
      readonly option: string | undefined;
    }
  | { readonly kind: "notice"; readonly text: string };

/** An agent asks for leave. */
export interface PermissionRequest {
  /** What it wants to do, in the program's own words, cut. */
  readonly title: string;
  /** The tool, where the program names one. */
  readonly tool: string | undefined;
  /** What the tool is to be called with, as JSON text, cut. */
  readonly input: string | undefined;
  /** Exactly what the agent offers to choose from. */
  readonly options: readonly PermissionOption[];
}

export interface PermissionOption {
  readonly id: string;
  readonly label: string;
  readonly kind: "allowOnce" | "allowAlways" | "rejectOnce" | "rejectAlways";
}

/** One of the options, or none: the request is then cancelled, and the agent told so. */
export type PermissionAnswer = { readonly option: string } | { readonly cancelled: true };
