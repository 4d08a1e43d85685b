import { z } from "zod";
import type { AgentSettings, AgentUsage } from "./driver.ts";
import { AgentError } from "./errors.ts";
import type { Prompt } from "./prompt.ts";
import { invalidUtf8Offset } from "./text.ts";

/** The body of a request for a chat completion: what instructs and what is data go in two messages. */
export function chatRequest(model: string, prompt: Prompt, settings: AgentSettings = {}): string {
  return JSON.stringify({
    model,
    messages: [
      { role: "system", content: prompt.system },
      { role: "user", content: prompt.user },
    ],
    stream: false,
    max_tokens: settings.tokensMax,
    temperature: settings.temperature,
  });
}

const tokens = z.int().nonnegative().optional().catch(undefined);

/** What is needed of a chat completion; servers add fields of their own. */
const chatAnswer = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.unknown() }))
    .min(1),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(undefined),
});

/** An answer as the driver uses it. */
export interface ChatAnswer {
  readonly output: Uint8Array;
  readonly usage: AgentUsage | undefined;
  /** The server stopped at its own limit of tokens: the answer may be incomplete. */
  readonly cut: boolean;
}

/**
 * Reads a chat completion.
 *
 * @throws AgentError AGENT_OUTPUT_NOT_UTF8 (also for a lone surrogate, which JSON can hold and UTF-8 cannot),
 * AGENT_HTTP_MALFORMED
 */
export function readChatAnswer(body: Uint8Array): ChatAnswer {
  const offset = invalidUtf8Offset(body);
  if (offset !== undefined) {
    throw new AgentError("AGENT_OUTPUT_NOT_UTF8", `the server's answer is not UTF-8 from byte ${offset} on`, {
      details: { offset, bodyBytes: body.length },
    });
  }
  const { choices, usage } = parseAnswer(body);
  const [choice] = choices;
  const text = choice?.message.content ?? "";
  if (!text.isWellFormed()) {
    throw new AgentError("AGENT_OUTPUT_NOT_UTF8", "the answer holds a character that UTF-8 cannot express");
  }
  return { output: Buffer.from(text), usage: usageOf(usage), cut: choice?.finish_reason === "length" };
}

function parseAnswer(body: Uint8Array): z.output<typeof chatAnswer> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // The parser's own message quotes the body; the size alone goes into the error.
    throw malformed("it is not JSON", body);
  }
  const parsed = chatAnswer.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(`at ${issue?.path.join(".") || "its root"}: ${issue?.message}`, body);
}

function malformed(reason: string, body: Uint8Array): AgentError {
  return new AgentError("AGENT_HTTP_MALFORMED", `the answer is not a chat completion: ${reason}`, {
    details: { bodyBytes: body.length },
  });
}

function usageOf(usage: z.output<typeof chatAnswer>["usage"]): AgentUsage | undefined {
  const inputTokens = usage?.prompt_tokens;
  const outputTokens = usage?.completion_tokens;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}
