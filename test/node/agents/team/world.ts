import { PleiadError } from "@pleiad/sdk/errors";
import { pino } from "pino";
import type { AgentUsage, UsageTold } from "../../../../node/src/agents/driver.ts";
import { AgentError } from "../../../../node/src/agents/errors.ts";
import type {
  AgentSession,
  SessionDriver,
  SessionEnd,
  SessionStart,
  Turn,
} from "../../../../node/src/agents/session.ts";
import type {
  Errand,
  HelperDesk,
  HelperPlan,
  Mail,
  TeamPorts,
} from "../../../../node/src/agents/team/ports.ts";
import { requireForm } from "../../../../node/src/workspace/checks.ts";

export const logger = pino({ level: process.env.PLEIAD_TEST_LOG ?? "silent" });

/** What the agent of a test does with one turn. */
export type Behave = (turn: {
  readonly text: string;
  readonly index: number;
  readonly signal: AbortSignal;
}) => Promise<string>;

/** A driver without a program: each session is resumed under the id that it was given. */
export class ScriptedDriver implements SessionDriver {
  readonly kind = "scripted";
  readonly starts: SessionStart[] = [];
  readonly prompts: Turn[] = [];
  /** Sessions that are open. */
  open_ = 0;
  /** Makes `open` fail with these, one after the other. */
  readonly refusals: AgentError[] = [];
  behave: Behave = async () => "done";
  /** What each turn tells of what it used, before it ends. */
  told: UsageTold | undefined;
  /** What each session says that it counted. */
  counted: AgentUsage | undefined;

  async open(start: SessionStart): Promise<AgentSession> {
    this.starts.push(start);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    this.open_ += 1;
    const ended = Promise.withResolvers<SessionEnd>();
    let state: "running" | "done" = "running";
    const { counted } = this;
    const end = (how: SessionEnd): void => {
      if (state === "done") return;
      state = "done";
      this.open_ -= 1;
      ended.resolve(how);
    };
    start.signal.addEventListener("abort", () => end({ why: "stopped", error: undefined }));
    await start.toolsReady?.(start.signal);
    return {
      id: start.resume ?? `session-${this.starts.length}`,
      program: "scripted 1.0",
      ...(counted === undefined ? {} : { counted }),
      state: () => state,
      prompt: async (turn) => {
        this.prompts.push(turn);
        turn.onAsked?.();
        if (this.told !== undefined) turn.onUsage?.(this.told);
        const aborted = new Promise<never>((_resolve, reject) => {
          turn.signal.addEventListener("abort", () => reject(new AgentError("AGENT_STOPPED", "stopped")));
        });
        try {
          const work = this.behave({ text: turn.text, index: this.prompts.length, signal: turn.signal });
          const text = await Promise.race([work, aborted]);
          return { output: Buffer.from(text), elapsedMs: 1, stopReason: "end", usage: { outputTokens: 3 } };
        } catch (error) {
          // A program that breaks in the middle of a turn is gone.
          if (error instanceof AgentError && error.code === "AGENT_FAILED") end({ why: "failed", error });
          throw error;
        }
      },
      close: async () => {
        end({ why: "finished", error: undefined });
        return ended.promise;
      },
      ended: ended.promise,
    };
  }
}

/** A workspace of one helper, in memory. */
export class FakeDesk implements HelperDesk {
  readonly mail: (Mail & { isRead?: boolean })[] = [];
  readonly jobs: (Errand & { state: string; answer?: string })[] = [];
  readonly reports = new Map<string, string>();
  readonly presences: string[] = [];
  beats = 0;
  /** Makes every question fail so. */
  refusal: Error | undefined;
  #handlers = new Set<() => void>();

  deliver(text: string, from = "writer"): string {
    // As long as the ids of a log's entries are.
    const id = `0x${String(this.mail.length + 1).padStart(64, "0")}`;
    this.mail.push({ id, from, text, thread: id });
    this.news();
    return id;
  }
  hand(prompt: string): string {
    const id = `job-${this.jobs.length + 1}`;
    this.jobs.push({ id, from: "writer", prompt, thread: "talk", state: "queued" });
    this.news();
    return id;
  }
  news(): void {
    for (const handler of [...this.#handlers]) handler();
  }
  async unread() {
    if (this.refusal !== undefined) throw this.refusal;
    return this.mail.filter(({ isRead }) => isRead !== true);
  }
  async acknowledge(ids: readonly string[]) {
    for (const one of this.mail) if (ids.includes(one.id)) one.isRead = true;
  }
  async errands() {
    return this.jobs.filter(({ state }) => state === "queued" || state === "running");
  }
  async beginErrand(id: string) {
    for (const job of this.jobs) if (job.id === id) job.state = "running";
  }
  async endErrand(id: string, state: "done" | "failed", text: string) {
    requireSaid(text);
    for (const job of this.jobs) if (job.id === id) Object.assign(job, { state, answer: text });
  }
  async report(text: string, requestId: string) {
    requireSaid(text);
    requireForm("request", requestId);
    if (!this.reports.has(requestId)) this.reports.set(requestId, text);
  }
  async presence(state: string, note: string) {
    if (this.refusal !== undefined && !("retryable" in this.refusal && this.refusal.retryable === true))
      throw this.refusal;
    this.presences.push(`${state}: ${note}`);
  }
  async beat() {
    this.beats += 1;
  }
  onNews(handler: () => void) {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }
  get watchers(): number {
    return this.#handlers.size;
  }
}

export function plan(overrides: Partial<HelperPlan> = {}): HelperPlan {
  return {
    cluster: 1n,
    name: "worker",
    role: "coder",
    goal: "write what is asked for",
    service: "scripted",
    user: `0x${"aa".repeat(20)}`,
    ...overrides,
  };
}

/** Ports of a team with one driver and one desk, and what was asked of the others. */
export function world() {
  const driver = new ScriptedDriver();
  const desk = new FakeDesk();
  const said: string[] = [];
  const place = { changes: "M file.txt" };
  /** Workplaces that were asked for. */
  const places = { count: 0 };
  /** Names of those whose private folders went. */
  const forgotten: string[] = [];
  const purse = {
    refusal: undefined as Error | undefined,
    spent: 0,
    /** What was said to have been spent, and whether the turn had ended. */
    told: [] as { readonly told: UsageTold; readonly hasEnded: boolean }[],
  };
  const ports: TeamPorts = {
    driverOf: (service) => (service === "scripted" ? driver : undefined),
    services: () => ["scripted"],
    deskOf: () => desk,
    toolsFor: async () => ({
      servers: [{ name: "pleiad", command: "/bin/false", args: [], environment: { PLEIAD_TOKEN: "secret" } }],
      begin: () => void said.push("tools expected"),
      ready: async () => void said.push("tools ready"),
      revoke: async () => void said.push("tools revoked"),
    }),
    workplaceFor: async () => {
      places.count += 1;
      return {
        folder: "/nowhere",
        homeFolder: "/nowhere/home",
        kept: [{ path: "/nowhere", bytesMax: 1, what: "its copy", key: "folders.copyBytesMax" }],
        readable: ["/nowhere/objects"],
        checkpoint: async () => void said.push("checkpoint"),
        changes: async () => place.changes,
        leave: async () => void said.push("left"),
      };
    },
    forget: async ({ name }) => void forgotten.push(name),
    stageFor: async () => ({
      show: () => {},
      note: (text) => void said.push(`note: ${text}`),
      close: ({ why }) => void said.push(`stage closed: ${why}`),
    }),
    purse: {
      async begin() {
        if (purse.refusal !== undefined) throw purse.refusal;
      },
      async spent(_plan, told, hasEnded) {
        purse.spent += 1;
        purse.told.push({ told, hasEnded });
      },
    },
    askPermission: async () => ({ cancelled: true }),
    tagOf: ({ name }) => `team-test-prefix:${name}`,
  };
  return {
    driver,
    desk,
    said,
    place,
    purse,
    ports,
    forgotten,
    get places() {
      return places.count;
    },
  };
}

/** The workspace takes no message without a word. */
function requireSaid(text: string): void {
  if (text.trim() === "")
    throw new PleiadError("there is no text", { code: "TEXT_EMPTY", hint: "say something" });
}
