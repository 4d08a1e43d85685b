import { z } from "zod";
import type { AgentSettings, AgentUsage, ToolAnswer, ToolSpec } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { Prompt } from "../prompt.ts";

/** One form of HTTP API that models are asked by. Each reads and writes JSON; nothing here touches the network. */
export interface ModelApi {
  /** What the address of a request ends in, after `baseUrl`. */
  readonly path: string;
  /** Headers of every request; `apiKey` is the only secret among them. */
  headers(apiKey: string | undefined): Readonly<Record<string, string>>;
  /** The body of a request. */
  body(question: Question): object;
  /**
   * Reads a whole answer.
   *
   * @throws AgentError AGENT_HTTP_MALFORMED; ProviderFault where the answer is an error
   */
  read(answer: unknown): Reply;
  /** Puts the events of one stream together. */
  createStream(): AnswerStream;
}

/** What the model is asked, with all that went to and fro before. */
export interface Question {
  readonly model: string;
  readonly prompt: Pick<Prompt, "system" | "user">;
  readonly settings: AgentSettings;
  readonly tools: readonly ToolSpec[];
  readonly stream: boolean;
  /** Turns that came before in the same session, the oldest first. @default none */
  readonly past?: readonly PastTurn[];
  readonly rounds: readonly Round[];
}

/** A turn of a session that is over. */
export interface PastTurn {
  readonly user: string;
  readonly rounds: readonly PastRound[];
  /** What the model said at its end. */
  readonly answer: string;
}

/** What of a round is told again; it is kept on disk. */
export interface PastRound {
  readonly reply: { readonly told: unknown; readonly calls: readonly { readonly id: string }[] };
  readonly answers: readonly ToolAnswer[];
}

/** No API takes an answer without a word when it is told again. */
const NOTHING_SAID = "[nothing said]";

/** Turns of before in a request: all APIs take texts of both sides in one form, and calls with their results each in its own. */
export function pastMessages(
  past: readonly PastTurn[] = [],
  encode: (round: PastRound) => readonly unknown[],
): unknown[] {
  return past.flatMap(({ user, rounds, answer }) => [
    { role: "user", content: user },
    ...rounds.flatMap(encode),
    { role: "assistant", content: answer.trim() === "" ? NOTHING_SAID : answer },
  ]);
}

/** An answer with calls of tools, and what the tools said, in the order of the calls. */
export interface Round {
  readonly reply: Reply;
  readonly answers: readonly ToolAnswer[];
}

/** A model's answer, whatever the API. */
export interface Reply {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  /** `length`: cut at a limit of tokens; `refused`: the model or its provider declined. */
  readonly stop: "end" | "length" | "refused";
  /** What it or its provider said when it declined. */
  readonly refusal?: string;
  readonly usage?: AgentUsage;
  /** Name of the model, as the provider reports it. */
  readonly model?: string;
  /** The answer in the API's own form, as it is told again in the next round. */
  readonly told: unknown;
}

/** A call that the model asks for. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as text, or what it stands for. */
  readonly arguments: unknown;
}

/** Collects an answer that comes in pieces. */
export interface AnswerStream {
  /** Takes the data of one event. @throws ProviderFault, AgentError AGENT_HTTP_MALFORMED */
  take(data: string): void;
  /** Bytes of the answer's text so far. */
  readonly textBytes: number;
  /** Characters of what is kept beside it: arguments of tools, thoughts that go back. */
  readonly otherLength: number;
  /** Text that has come since this was asked last. */
  newText(): string;
  /** Nothing more is to come. */
  readonly isDone: boolean;
  /** What the provider has counted so far, where it does so before the end. @default it does not */
  usageSoFar?(): Reply["usage"];
  /** The answer as if it had come whole; `undefined` if its end has not come. */
  whole(): unknown;
}

/** One answer asks for no more calls than this; what asks for more is no answer. */
export const REPLY_CALLS_MAX = 256;
/** A name of a model is shown and kept; it is a few words. */
export const MODEL_NAME_CHARACTERS_MAX = 256;

/** A count of tokens; anything odd counts as not told. */
export const tokens = z.int().nonnegative().optional().catch(undefined);

/** The model's name; anything odd counts as not told. */
export const reportedModel = z
  .string()
  .min(1)
  .max(MODEL_NAME_CHARACTERS_MAX)
  .regex(/^[\x20-\x7e]+$/)
  .optional()
  .catch(undefined);

/** Usage of which something is known, or undefined. */
export function usageOf(
  counts: {
    readonly [name in keyof AgentUsage]: number | undefined;
  },
): AgentUsage | undefined {
  const known = Object.entries(counts).filter(([, count]) => count !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** Fields of a reply that are left out where nothing is known. */
export function told(fields: {
  readonly usage: AgentUsage | undefined;
  readonly model: string | undefined;
}): Pick<Reply, "usage" | "model"> {
  const { usage, model } = fields;
  return { ...(usage === undefined ? {} : { usage }), ...(model === undefined ? {} : { model }) };
}

/** Parses an answer. `what` names it in the error: "a chat completion". @throws AgentError AGENT_HTTP_MALFORMED */
export function parseAnswer<T extends z.ZodType>(schema: T, answer: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(what, `at ${issue?.path.join(".") || "its root"}: ${issue?.message}`);
}

/** The JSON of an event or a body. @throws AgentError AGENT_HTTP_MALFORMED */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text; it stays out of the error.
    throw malformed(what, `it is not JSON (${text.length} characters)`);
  }
}

export function malformed(what: string, reason: string): AgentError {
  return new AgentError("AGENT_HTTP_MALFORMED", `the answer is not ${what}: ${reason}`);
}
