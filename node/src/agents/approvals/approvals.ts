import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { AgentError } from "../errors.ts";
import type { PermissionAnswer, PermissionOption, PermissionRequest } from "../session.ts";
import { type ApprovalRule, isCut, ruleFor } from "./rules.ts";
import type { ApprovalRow, ApprovalState, ApprovalStore, ApprovedBy, RememberedAnswer } from "./types.ts";

/** One agent asks one thing at a time; more that wait are a flood. */
export const APPROVALS_WAITING_PER_AGENT_MAX = 16;
/** More than a person will ever look through. */
export const APPROVALS_WAITING_MAX = 256;
/** What an agent says of its wish: a paragraph. */
const WHAT_CHARACTERS_MAX = 500;
/** A command or a file's change, for a person to look at. */
const INPUT_CHARACTERS_MAX = 16_384;
/** An agent offers a handful. */
const OPTIONS_MAX = 16;
/** Ids go back as they came: one that is longer cannot be kept, and is refused. */
const OPTION_ID_CHARACTERS_MAX = 200;
const LABEL_CHARACTERS_MAX = 200;
const NAME_CHARACTERS_MAX = 200;
/** Digits of a time in an id, so that ids sort by time. */
const TIME_DIGITS = 15;
const RANDOM_BYTES = 6;

/** Who asks. */
export interface Asker {
  readonly agent: string;
  readonly cluster: bigint | undefined;
  /** Nobody may be asked: what neither a rule nor a remembered answer decides is refused at once. @default a person is asked */
  readonly isUnattended?: boolean;
  /** Told once where a person is asked: from then on until the answer the agent waits. Must not throw. @default nobody */
  readonly onWaiting?: () => void;
}

export interface Approvals {
  /**
   * The question of one agent: what `SessionStart.askPermission` wants. Settles when a rule, a person or the clock has decided, and
   * with `cancelled` when nobody did. Never rejects for want of an answer.
   */
  ask(asker: Asker, request: PermissionRequest, signal: AbortSignal): Promise<PermissionAnswer>;
  /**
   * A person's answer. Whether the person may is the caller's to check.
   *
   * @param option id of one of the options; undefined: none of them, the request is cancelled
   * @throws AgentError APPROVAL_UNKNOWN, APPROVAL_ENDED, APPROVAL_OPTION_UNKNOWN
   */
  answer(id: string, option: string | undefined, by: ApprovedBy): Promise<ApprovalRow>;
  get(id: string): Promise<ApprovalRow | undefined>;
  waiting(): Promise<readonly ApprovalRow[]>;
  ended(limit: number): Promise<readonly ApprovalRow[]>;
  remembered(): Promise<readonly RememberedAnswer[]>;
  /** @throws AgentError APPROVAL_UNKNOWN */
  revoke(id: string): Promise<void>;
  /** Told after each question, answer, end and remembered answer, once it is on disk. Must not throw. The answer ends it. */
  onChange(handler: () => void): () => void;
  /** Cancels what waits. The sessions are over by then. */
  stop(): Promise<void>;
}

/**
 * Opens the book of agents' questions. What waited when the daemon ended is cancelled: the sessions that asked are gone.
 *
 * @param options.waitMs how long a person has
 * @param options.now Unix milliseconds. @default Date.now
 */
export async function openApprovals(
  options: { readonly rules: readonly ApprovalRule[]; readonly waitMs: number; readonly now?: () => number },
  modules: { readonly store: ApprovalStore; readonly logger: Logger },
): Promise<Approvals> {
  const { rules, waitMs, now = Date.now } = options;
  const { logger } = modules;
  const handlers = new Set<() => void>();
  const store = tellingStore(modules.store, () => {
    for (const handler of handlers) handler();
  });
  /** Those who wait for an answer in this process. */
  const asking = new Map<
    string,
    { readonly row: ApprovalRow; readonly settle: (row: ApprovalRow) => void }
  >();
  /** Rows that are being ended: the first end stands. */
  const ending = new Set<string>();

  const left = await store.waiting();
  for (const row of left)
    await store.put(over(row, "cancelled", { reason: "the daemon was restarted, and the session was over" }));
  if (left.length > 0)
    logger.info({ approvals: left.length }, "questions of agents whose session is over were cancelled");

  function over(row: ApprovalRow, state: ApprovalState, more: Partial<ApprovalRow>): ApprovalRow {
    return { ...row, state, endedAtMs: now(), ...more };
  }

  /** Ends a question once, on disk first. Undefined where it is over already, or is being ended. */
  async function end(
    id: string,
    state: ApprovalState,
    more: Partial<ApprovalRow>,
  ): Promise<ApprovalRow | undefined> {
    const waiting = asking.get(id);
    if (waiting === undefined || ending.has(id)) return undefined;
    ending.add(id);
    try {
      const row = over(waiting.row, state, more);
      await store.put(row);
      asking.delete(id);
      waiting.settle(row);
      return row;
    } finally {
      ending.delete(id);
    }
  }

  async function known(row: ApprovalRow): Promise<RememberedAnswer | undefined> {
    if (row.input !== undefined && isCut(row.input)) return undefined;
    return (await store.remembered()).find(
      (one) =>
        one.agent === row.agent &&
        one.cluster === row.cluster &&
        one.tool === row.tool &&
        one.input === row.input &&
        one.what === row.what &&
        (one.untilMs === undefined || one.untilMs > now()),
    );
  }

  /** What is decided without a person: the answer, and by which rule. */
  async function decided(
    row: ApprovalRow,
  ): Promise<{ readonly option: PermissionOption; readonly rule: string } | undefined> {
    const memory = await known(row);
    if (memory !== undefined) {
      const option = optionFor(row.options, memory.allow);
      if (option !== undefined) return { option, rule: memory.id };
    }
    const found = ruleFor(rules, row);
    if (found === undefined || found.rule.answer === "ask") return undefined;
    const option = optionFor(row.options, found.rule.answer === "allowOnce");
    return option === undefined ? undefined : { option, rule: `approvals.rules ${found.number}` };
  }

  async function ask(
    asker: Asker,
    request: PermissionRequest,
    signal: AbortSignal,
  ): Promise<PermissionAnswer> {
    const row = rowOf(asker, request, now(), waitMs);
    if (row === undefined || signal.aborted) return { cancelled: true };
    const byRule = await decided(row);
    if (byRule !== undefined) {
      const by = { kind: "rule", rule: byRule.rule } as const;
      await store.put(over(row, "answered", { answer: byRule.option.id, by }));
      return { option: byRule.option.id };
    }
    if (asker.isUnattended === true) {
      const refusal = optionFor(row.options, false);
      const reason = "nobody is asked for the task of an execution, and no rule decides it";
      await store.put(over(row, "cancelled", { answer: refusal?.id, reason }));
      logger.info(
        { agent: row.agent, tool: row.tool },
        "an agent of an execution gets no leave: no rule says so",
      );
      return refusal === undefined ? { cancelled: true } : { option: refusal.id };
    }
    const ofAgent = [...asking.values()].filter((one) => one.row.agent === row.agent).length;
    if (asking.size >= APPROVALS_WAITING_MAX || ofAgent >= APPROVALS_WAITING_PER_AGENT_MAX) {
      await store.put(over(row, "cancelled", { reason: "too many questions wait already" }));
      return { cancelled: true };
    }
    const settled = Promise.withResolvers<ApprovalRow>();
    asking.set(row.id, { row, settle: settled.resolve });
    const failed = (error: unknown) => settled.reject(error);
    const onAbort = () =>
      void end(row.id, "cancelled", { reason: "the agent's turn or session ended" }).catch(failed);
    const timer = setTimeout(() => void end(row.id, "timedOut", {}).catch(failed), waitMs);
    try {
      await store.put(row);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      logger.info({ approval: row.id, agent: row.agent, tool: row.tool }, "an agent asks for leave");
      asker.onWaiting?.();
      const { answer } = await settled.promise;
      return answer === undefined ? { cancelled: true } : { option: answer };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      asking.delete(row.id);
    }
  }

  return {
    ask,
    async answer(id, optionId, by) {
      const row = await store.get(id);
      if (row === undefined) throw unknown(id);
      const option = row.options.find((one) => one.id === optionId);
      if (optionId !== undefined && option === undefined) {
        throw new AgentError(
          "APPROVAL_OPTION_UNKNOWN",
          `${id} has no option ${JSON.stringify(optionId.slice(0, 80))}`,
          {
            details: { id, options: row.options.map((one) => one.id) },
          },
        );
      }
      const ended = await end(id, "answered", { answer: option?.id, by });
      if (ended === undefined) {
        const { state } = (await store.get(id)) ?? row;
        throw new AgentError("APPROVAL_ENDED", `${id} is over: ${state}`, { details: { id, state } });
      }
      if (option?.kind === "allowAlways" || option?.kind === "rejectAlways")
        await remember(ended, option, by);
      return ended;
    },
    get: (id) => store.get(id),
    waiting: () => store.waiting(),
    ended: (limit) => store.ended(limit),
    remembered: () => store.remembered(),
    async revoke(id) {
      if (!(await store.forget(id))) throw unknown(id);
    },
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    async stop() {
      for (const id of [...asking.keys()]) await end(id, "cancelled", { reason: "the daemon was stopped" });
    },
  };

  /** What was cut for a person to read is not remembered: what follows the cut is not known. */
  async function remember(row: ApprovalRow, option: PermissionOption, by: ApprovedBy): Promise<void> {
    if (row.input !== undefined && isCut(row.input)) return;
    const { id, agent, cluster, tool, input, what } = row;
    const forMs = ruleFor(rules, row)?.rule.forMs;
    await store.remember({
      id,
      agent,
      cluster,
      tool,
      input,
      what,
      allow: option.kind === "allowAlways",
      createdAtMs: now(),
      untilMs: forMs === undefined ? undefined : now() + forMs,
      by,
    });
  }
}

/** The store, which tells of each change that it has kept. */
function tellingStore(store: ApprovalStore, tell: () => void): ApprovalStore {
  return {
    async put(row) {
      await store.put(row);
      tell();
    },
    get: (id) => store.get(id),
    waiting: () => store.waiting(),
    ended: (limit) => store.ended(limit),
    async remember(answer) {
      await store.remember(answer);
      tell();
    },
    remembered: () => store.remembered(),
    async forget(id) {
      const wasThere = await store.forget(id);
      tell();
      return wasThere;
    },
  };
}

/** A question as it is kept; undefined where it cannot be, since an option could not be given back as it came. */
function rowOf(
  { agent, cluster }: Asker,
  request: PermissionRequest,
  nowMs: number,
  waitMs: number,
): ApprovalRow | undefined {
  const { title, tool, input, options } = request;
  const ids = new Set(options.map(({ id }) => id));
  if (options.length > OPTIONS_MAX || ids.size < options.length) return undefined;
  if (options.some(({ id }) => id.length > OPTION_ID_CHARACTERS_MAX)) return undefined;
  return {
    id: `${String(nowMs).padStart(TIME_DIGITS, "0")}-${randomBytes(RANDOM_BYTES).toString("hex")}`,
    agent: cut(agent, NAME_CHARACTERS_MAX),
    cluster,
    what: cut(title, WHAT_CHARACTERS_MAX),
    tool: tool === undefined ? undefined : cut(tool, NAME_CHARACTERS_MAX),
    input: input === undefined ? undefined : cut(input, INPUT_CHARACTERS_MAX),
    options: options.map(({ id, label, kind }) => ({ id, label: cut(label, LABEL_CHARACTERS_MAX), kind })),
    createdAtMs: nowMs,
    deadlineMs: nowMs + waitMs,
    state: "waiting",
    answer: undefined,
    by: undefined,
    endedAtMs: undefined,
    reason: undefined,
  };
}

/** The agent's option that says so, for this once where it has one: a rule here decides the next time, too. */
function optionFor(options: readonly PermissionOption[], allow: boolean): PermissionOption | undefined {
  const kinds = allow ? (["allowOnce"] as const) : (["rejectOnce", "rejectAlways"] as const);
  for (const kind of kinds) {
    const found = options.find((option) => option.kind === kind);
    if (found !== undefined) return found;
  }
  return undefined;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function unknown(id: string): AgentError {
  return new AgentError("APPROVAL_UNKNOWN", `there is no approval ${JSON.stringify(id.slice(0, 80))}`, {
    details: { id: id.slice(0, 80) },
  });
}
