import { outputTooLarge } from "../answer.ts";
import type { UsageTold } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { AgentEvent, TurnOutcome } from "../session.ts";
import { printable, redact } from "../text.ts";
import type { UsageTotal } from "./tool.ts";

/** A tool's call and its result are shown to a person in one line. */
export const SUMMARY_CHARACTERS_MAX = 500;
/** An error's first words say what is wrong. */
export const FAILURE_CHARACTERS_MAX = 500;

/** How programs say that nobody is logged in, or that the key is not taken. */
const NOT_LOGGED_IN =
  /not logged in|log ?in again|\/login\b|authentication_(?:failed|error)|invalid (?:x-)?api.key|incorrect api key|missing api key|api key (?:is )?(?:not valid|missing|required)|(?:missing environment variable|must specify the|set the)\b[^\n]{0,40}_api_key|\b401\b|unauthori[sz]ed|please (?:set an auth method|authenticate)|invalid auth method/i;

/** What is known of a turn that is under way. Each program's reader tells it what it read. */
export interface TurnState {
  /** By which the program knows the session. */
  sessionId: string | undefined;
  /** The model's name as the program reports it. */
  model: string | undefined;
  /** The program said that the turn is over. */
  readonly isDone: boolean;
  /** The agent says something; what it says after its last tool is its answer. */
  say(text: string): void;
  think(text: string): void;
  /** The agent calls a tool. */
  beginTool(id: string, name: string, input: unknown): void;
  endTool(id: string, name: string, isOk: boolean, result: unknown): void;
  notice(text: string): void;
  /** Tokens of one answer of the model, by its id: said again, it counts once. */
  count(id: string, usage: UsageTotal): void;
  /** Tokens of the whole turn, in place of what was counted before. */
  countAll(usage: UsageTotal): void;
  /** Tokens of the whole session so far. */
  countTotal(usage: UsageTotal): void;
  /** What it cost so far in this session, in dollars, as the program reckons. */
  costs(dollars: number): void;
  /** What went wrong, in the program's words. */
  fail(text: string): void;
  /** The program says that the turn is over; `answer`, where it says there what the answer is. */
  finish(stopReason: TurnOutcome["stopReason"], answer?: string): void;
}

export interface TurnOptions {
  readonly outputBytesMax: number;
  /** Never to be shown. */
  readonly secrets: readonly string[];
  /** What was counted of the session before; what `countTotal` is told is more by this turn's. @default nothing */
  readonly countedBefore?: UsageTotal | undefined;
  readonly onEvent: (event: AgentEvent) => void;
  /** The program said that the turn is over. */
  readonly onSettled: () => void;
  /** The answer is larger than allowed: the turn is to be ended. */
  readonly onTooLarge: () => void;
}

/** A turn, with what is asked of it in the end. */
export interface Turning {
  readonly state: TurnState;
  /** Too much was said: nothing else counts. */
  readonly tooLarge: AgentError | undefined;
  /** What the program said went wrong. */
  readonly failure: string | undefined;
  /** What the program has told so far of what the turn used. */
  told(): UsageTold;
  /** What it said last of the whole session. */
  readonly total: UsageTotal | undefined;
  /** @throws AgentError AGENT_OUTPUT_TOO_LARGE, AGENT_OUTPUT_NOT_UTF8 */
  outcome(elapsedMs: number): TurnOutcome;
}

export function createTurn(options: TurnOptions): Turning {
  const { outputBytesMax, onEvent } = options;
  let said: string[] = [];
  let saidBefore = "";
  let saidBytes = 0;
  let answer: string | undefined;
  let stopReason: TurnOutcome["stopReason"] | undefined;
  const counted = new Map<string, UsageTotal>();
  let total: UsageTotal | undefined;
  let costUsd: number | undefined;
  let failure: string | undefined;
  let tooLarge: AgentError | undefined;

  const shown = (value: unknown): string => {
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    return redact(
      printable(Buffer.from(text.slice(0, 4 * SUMMARY_CHARACTERS_MAX)), options.secrets),
      options.secrets,
    ).slice(0, SUMMARY_CHARACTERS_MAX);
  };
  const checkSize = (bytes: number): void => {
    if (bytes <= outputBytesMax || tooLarge !== undefined) return;
    tooLarge = outputTooLarge(outputBytesMax);
    said = [];
    options.onTooLarge();
  };
  const beginAnew = (): void => {
    if (said.length > 0) saidBefore = said.join("");
    said = [];
    saidBytes = 0;
  };

  const state: TurnState = {
    sessionId: undefined,
    model: undefined,
    get isDone() {
      return stopReason !== undefined;
    },
    say(text) {
      if (text === "" || tooLarge !== undefined) return;
      const bytes = Buffer.byteLength(text);
      saidBytes += bytes;
      said.push(text);
      onEvent({ kind: "text", text });
      checkSize(saidBytes);
    },
    think(text) {
      if (text !== "") onEvent({ kind: "thought", text });
    },
    beginTool(id, name, input) {
      beginAnew();
      onEvent({ kind: "tool", id, name, state: "begun", summary: shown(input) });
    },
    endTool(id, name, isOk, result) {
      beginAnew();
      onEvent({ kind: "tool", id, name, state: isOk ? "done" : "failed", summary: shown(result) });
    },
    notice(text) {
      onEvent({ kind: "notice", text: shown(text) });
    },
    count(id, tokens) {
      counted.set(id, tokens);
    },
    countAll(tokens) {
      counted.clear();
      counted.set("all", tokens);
    },
    countTotal(tokens) {
      total = tokens;
      counted.set("total", onTop(tokens, options.countedBefore));
    },
    costs(dollars) {
      costUsd = dollars;
    },
    fail(text) {
      failure ??= shown(text).slice(0, FAILURE_CHARACTERS_MAX);
    },
    finish(reason, text) {
      if (stopReason !== undefined) return;
      stopReason = reason;
      answer = text;
      if (text !== undefined) checkSize(Buffer.byteLength(text));
      options.onSettled();
    },
  };

  function told(): UsageTold {
    return {
      ...(counted.size === 0 ? {} : { usage: sumOf(counted.values()) }),
      ...(state.model === undefined ? {} : { model: state.model }),
      ...(costUsd === undefined ? {} : { costUsd }),
    };
  }

  return {
    state,
    get tooLarge() {
      return tooLarge;
    },
    get failure() {
      return failure;
    },
    told,
    get total() {
      return total;
    },
    outcome(elapsedMs) {
      if (tooLarge !== undefined) throw tooLarge;
      // What it says before it calls a tool is its answer if nothing follows.
      const text = answer ?? (said.length > 0 ? said.join("") : saidBefore);
      if (!text.isWellFormed())
        throw new AgentError("AGENT_OUTPUT_NOT_UTF8", "the answer holds half a character");
      return {
        output: Buffer.from(text),
        elapsedMs,
        stopReason: stopReason ?? "end",
        ...told(),
      };
    },
  };
}

/** A sum that became smaller is a new one: all of it is this turn's. */
function onTop(total: UsageTotal, before: UsageTotal = { inputTokens: 0, outputTokens: 0 }): UsageTotal {
  if (total.inputTokens < before.inputTokens || total.outputTokens < before.outputTokens) return total;
  return {
    inputTokens: total.inputTokens - before.inputTokens,
    outputTokens: total.outputTokens - before.outputTokens,
  };
}

function sumOf(parts: Iterable<UsageTotal>): UsageTotal {
  let [inputTokens, outputTokens] = [0, 0];
  for (const part of parts) {
    inputTokens += part.inputTokens;
    outputTokens += part.outputTokens;
  }
  return { inputTokens, outputTokens };
}

/** Whether a program's words mean that nobody is logged in. */
export function meansNotLoggedIn(text: string): boolean {
  return NOT_LOGGED_IN.test(text);
}
