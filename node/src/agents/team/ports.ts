import type { AgentTools, UsageTold } from "../driver.ts";
import type { KeptFolder } from "../sandbox/watch.mjs";
import type {
  AgentEvent,
  Attachment,
  PermissionAnswer,
  PermissionRequest,
  SessionDriver,
  SessionEnd,
  ToolServer,
} from "../session.ts";

/** What a team needs of others. The daemon wires the real ones in; tests wire fakes. */

/** A helper as it is to be: who it is and what runs it. */
export interface HelperPlan {
  readonly cluster: bigint;
  /** Its name, unique on this node while it lives. */
  readonly name: string;
  readonly role: string;
  /** What it is there for; the first thing it is told. */
  readonly goal: string;
  /** A service that the operator configured. */
  readonly service: string;
  /** On whose behalf it speaks and remembers: an address in lower case. */
  readonly user: string;
  /** Who spawned it, as the workspace names parties. @default unknown: an earlier version spawned it, and nobody starts it again once it failed */
  readonly by?: string;
  /** What it is to do first. @default nothing: it waits for messages */
  readonly task?: string;
  /** Files that go with the task. @default none */
  readonly attachments?: readonly Attachment[];
  /** A project that the operator offers, by name. @default none: an empty folder of its own */
  readonly project?: string;
  /** What it may cost in all, as text (`"12.50"`); the smaller of it and the operator's budget counts. @default the operator's */
  readonly budget?: string;
  /** Agents that spawned it, the nearest first: what it costs is theirs, too. @default a person spawned it */
  readonly family?: readonly HelperSpawner[];
}

/** An agent that spawned a helper, as the books know it. */
export interface HelperSpawner {
  readonly agent: string;
  /** What that one was given, as text. */
  readonly budget?: string;
}

/** A message that waits for a helper. */
export interface Mail {
  readonly id: string;
  /** Who wrote it, as the credential says. */
  readonly from: string;
  readonly text: string;
  /** Its thread of messages, to answer in. */
  readonly thread: string;
}

/** Work that another agent of the cluster handed to a helper. */
export interface Errand {
  readonly id: string;
  readonly from: string;
  readonly prompt: string;
  readonly thread: string;
}

/**
 * A helper's own place in the workspace: it speaks there as itself. All of it may fail with a PleiadError; one that is
 * retryable is tried again, any other ends the helper.
 */
export interface HelperDesk {
  /** Messages that it has not acknowledged, oldest first. */
  unread(): Promise<readonly Mail[]>;
  acknowledge(ids: readonly string[]): Promise<void>;
  /** Work that is handed to it and has no end yet, oldest first. */
  errands(): Promise<readonly Errand[]>;
  beginErrand(id: string): Promise<void>;
  endErrand(id: string, state: "done" | "failed", text: string): Promise<void>;
  /** Tells whoever spawned it; said once for each `requestId`, however often it is called. */
  report(text: string, requestId: string): Promise<void>;
  /** Says how it is, for all members to see. */
  presence(state: "running" | "done", note: string): Promise<void>;
  /** A sign of life, which costs no entry. */
  beat(): Promise<void>;
  /** Calls back when there may be something new for it; the answer ends that. */
  onNews(handler: () => void): () => void;
}

/** Credentials for an agent's tools. */
export interface HelperTools {
  /** Servers for its program, with a token of this helper alone. */
  readonly servers: readonly ToolServer[];
  /** The same for a model without a program, called within the daemon. @default it has a program */
  readonly tools?: AgentTools;
  /** A program is about to start: from now on it is noted when it connects them. */
  begin(): void;
  /** Settles once the program has connected them. */
  ready(signal: AbortSignal): Promise<void>;
  /** Takes the token back. */
  revoke(): Promise<void>;
}

/** The folder that a helper works in. */
export interface Workplace {
  readonly folder: string;
  /** Where its program keeps what it needs to resume. */
  readonly homeFolder: string;
  /** What of these is kept, with a limit for each. */
  readonly kept: readonly KeptFolder[];
  /** What a program in a sandbox has to read besides: absolute paths. */
  readonly readable: readonly string[];
  /** Before each turn: whatever it does then can be taken back. */
  checkpoint(): Promise<void>;
  /** After each turn: what it changed, for the report; empty where nothing. */
  changes(): Promise<string>;
  /** Its program is gone. With `isOver` for good: what it did for a project is kept where its operator finds it. */
  leave(isOver: boolean): Promise<void>;
}

/** What a person sees of a helper. */
export interface Stage {
  show(event: AgentEvent): void;
  /** Something that the daemon says, on a line of its own. */
  note(text: string): void;
  close(end: SessionEnd): void;
}

/** What a turn may cost, and what it did. */
export interface Purse {
  /** @throws PleiadError BUDGET_USED_UP, with what to do */
  begin(plan: HelperPlan): Promise<void>;
  /**
   * What a turn used, however it ended, as far as its provider told; `costUsd` is of this turn alone.
   *
   * @param hasEnded it came to its own end: there was nothing more to tell
   */
  spent(plan: HelperPlan, told: UsageTold, hasEnded: boolean): Promise<void>;
}

export interface TeamPorts {
  /** Undefined for a name that is no service, or none that lives for more than one prompt. */
  driverOf(service: string): SessionDriver | undefined;
  /** Services that helpers can be started with. */
  services(): readonly string[];
  deskOf(plan: HelperPlan): HelperDesk;
  toolsFor(plan: HelperPlan): Promise<HelperTools>;
  workplaceFor(plan: HelperPlan): Promise<Workplace>;
  /** It is over: its private folders go, whether this daemon or one before it made them. */
  forget(plan: HelperPlan): Promise<void>;
  stageFor(plan: HelperPlan): Promise<Stage>;
  readonly purse: Purse;
  /** @param onWaiting told once where a person is asked, and no rule has answered at once */
  askPermission(
    plan: HelperPlan,
    request: PermissionRequest,
    signal: AbortSignal,
    onWaiting: () => void,
  ): Promise<PermissionAnswer>;
  /** From `agentTag`, for this helper's processes. */
  tagOf(plan: HelperPlan): string;
}
