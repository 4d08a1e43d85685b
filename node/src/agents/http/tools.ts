import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { AgentTools, ToolAnswer, ToolSpec } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { AgentEvent } from "../session.ts";
import { printable, withCutNote } from "../text.ts";
import { isObject } from "./json.ts";
import type { ToolCall } from "./modelApi.ts";

/** A model is offered no more tools than this: the fewest that a provider takes. */
export const TOOLS_MAX = 128;
/** Every API takes a name of so many characters. */
export const TOOL_NAME_CHARACTERS_MAX = 64;
/** How often a model may call tools before it must have answered. */
export const TOOL_ROUNDS_MAX = 64;
/** What a model asks for at once beyond this is not carried out, and it is told so. */
export const TOOL_CALLS_PER_ROUND_MAX = 16;
/** One result; a model reads more than this only in parts. */
export const TOOL_ANSWER_BYTES_MAX = 65_536;
/** All results of one run: they are sent again in every round, and a model's context holds no more. */
export const TOOL_ANSWERS_BYTES_MAX = 4_194_304;
/** Names that the model could have meant, in the answer to one that does not exist. */
const NAMES_SHOWN_MAX = 32;

/** The tools of one run. */
export interface Toolbox {
  /** As the model is offered them. */
  readonly offered: readonly ToolSpec[];
  /** Carries out the calls of one answer, one after the other; gives a result for each, in order. */
  answer(calls: readonly ToolCall[]): Promise<ToolAnswer[]>;
}

export interface ToolboxModules {
  readonly tools: AgentTools | undefined;
  readonly signal: AbortSignal;
  /** Whose run it is, for the log. */
  readonly tag: string;
  readonly logger: Logger;
  /** Told of each call when it begins and when it ends. @default nobody */
  readonly onEvent?: (event: AgentEvent) => void;
}

/** A call and its result are shown to a person in one line. */
const SUMMARY_CHARACTERS_MAX = 500;

/** @throws AgentError AGENT_TOOLS_INVALID */
export function createToolbox({ tools, signal, tag, logger, onEvent = () => {} }: ToolboxModules): Toolbox {
  const specs = tools?.list() ?? [];
  const names = offeredNames(specs);
  let answersBytes = 0;

  const callOne = async (call: ToolCall): Promise<ToolAnswer> => {
    const name = names.get(call.name);
    if (tools === undefined || name === undefined) {
      const known = [...names.keys()].slice(0, NAMES_SHOWN_MAX).join(", ");
      return wrong(
        `there is no tool ${JSON.stringify(call.name.slice(0, TOOL_NAME_CHARACTERS_MAX))}; there are: ${known}`,
      );
    }
    const given = argumentsOf(call.arguments);
    if (given === undefined) return wrong("the arguments are not a JSON object; nothing was done");
    try {
      return await untilStopped(tools.call(name, given, signal), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof PleiadError) return wrong(`${error.code}: ${error.message}`);
      // The model is told no more: such a message may hold paths and addresses of this machine.
      logger.error({ tag, tool: name, err: error }, "a tool of an agent failed");
      return wrong("the tool failed");
    }
  };

  const bounded = ({ text, isError }: ToolAnswer): ToolAnswer => {
    const shown = withCutNote(text.toWellFormed(), TOOL_ANSWER_BYTES_MAX, "shown");
    const bytes = Buffer.byteLength(shown);
    if (answersBytes + bytes > TOOL_ANSWERS_BYTES_MAX)
      return wrong(
        `left out: the results so far have ${answersBytes} bytes already, and there is no room for more`,
      );
    answersBytes += bytes;
    return { text: shown, ...(isError === true ? { isError } : {}) };
  };

  return {
    offered: [...names].map(([name, own]) => ({ ...specOf(specs, own), name })),
    async answer(calls) {
      const answers: ToolAnswer[] = [];
      for (const [index, call] of calls.entries()) {
        if (index >= TOOL_CALLS_PER_ROUND_MAX) {
          answers.push(wrong(`not done: at most ${TOOL_CALLS_PER_ROUND_MAX} calls at once`));
          continue;
        }
        const about = {
          kind: "tool",
          id: call.id,
          name: call.name.slice(0, TOOL_NAME_CHARACTERS_MAX),
        } as const;
        onEvent({ ...about, state: "begun", summary: shown(call.arguments) });
        const answer = bounded(await callOne(call));
        onEvent({
          ...about,
          state: answer.isError === true ? "failed" : "done",
          summary: shown(answer.text),
        });
        answers.push(answer);
      }
      return answers;
    },
  };
}

/** Own name of each tool by the name that the model is offered: the same, where an API takes it. */
function offeredNames(specs: readonly ToolSpec[]): Map<string, string> {
  if (specs.length > TOOLS_MAX)
    throw new AgentError(
      "AGENT_TOOLS_INVALID",
      `${specs.length} tools are to be offered, at most ${TOOLS_MAX}`,
    );
  const names = new Map<string, string>();
  for (const { name } of specs) {
    const plain = name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, TOOL_NAME_CHARACTERS_MAX);
    if (plain === "" || names.has(plain)) {
      throw new AgentError(
        "AGENT_TOOLS_INVALID",
        `two tools cannot be told apart by the name ${JSON.stringify(plain)}`,
        {
          details: { name },
        },
      );
    }
    names.set(plain, name);
  }
  return names;
}

function specOf(specs: readonly ToolSpec[], name: string): ToolSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new Error(`no tool ${name}`);
  return spec;
}

/** No arguments at all are an empty object: that is how models call a tool that needs none. */
function argumentsOf(given: unknown): Readonly<Record<string, unknown>> | undefined {
  if (given === undefined || given === null || given === "") return {};
  if (typeof given !== "string") return isObject(given) ? given : undefined;
  try {
    const parsed: unknown = JSON.parse(given);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return printable(Buffer.from(text.slice(0, 4 * SUMMARY_CHARACTERS_MAX)), []).slice(
    0,
    SUMMARY_CHARACTERS_MAX,
  );
}

function wrong(text: string): ToolAnswer {
  return { text, isError: true };
}

/** A tool that does not heed its signal must not hold the run. */
async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
