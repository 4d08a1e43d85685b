import type { Readable, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AnyMessage, JsonRpcId, Stream } from "@agentclientprotocol/sdk";
import { AgentError } from "../errors.ts";
import { isObject, shownText } from "./json.ts";
import { createLines } from "./lines.ts";

/** The largest answer that a service may allow, in one message. */
export const ACP_LINE_BYTES_MAX = 16_777_216;
/** A turn's worth of log lines on the wrong stream; a program that prints more of what is no message does not speak the protocol. */
export const ACP_IGNORED_BYTES_MAX = 1_048_576;
/** Answers to an agent that does not read them; then it is not read from, either. */
export const ACP_ANSWERS_BYTES_MAX = 1_048_576;
/** What an error shows of the first line that was no message. */
const IGNORED_SHOWN_CHARACTERS_MAX = 200;

/** What is told of a wire besides the messages that go through it. */
export interface WireEvents {
  /** `session/update`, in the order of the agent's messages. */
  onUpdate(params: unknown): void;
  /** A request of ours is answered; called before anything that the agent wrote after that. */
  onAnswered(method: string): void;
  /** A message held bytes that are no UTF-8; they were replaced. */
  onDamaged(): void;
  /** The agent broke the protocol: nothing more is read. */
  onBroken(error: AgentError): void;
}

/** The messages of one agent. */
export interface Wire {
  readonly stream: Stream;
  /** Forgets how much was ignored: a turn begins. */
  allowMore(): void;
  /** The first line that was no message, for an error; undefined if there was none. */
  firstIgnored(): string | undefined;
}

/**
 * Reads and writes the messages of a program, one JSON object a line. Nothing of what the program does makes it keep more than
 * one line and `ACP_ANSWERS_BYTES_MAX`:
 *
 * | what the program writes | what becomes of it |
 * |---|---|
 * | a line of more than `ACP_LINE_BYTES_MAX` | broken |
 * | what is no message, or answers nothing that was asked | ignored, up to `ACP_IGNORED_BYTES_MAX`; then broken |
 * | `session/update` | handed over at once, and in order |
 * | anything else | passed on to the protocol's library, one at a time |
 *
 * It reads no further while others wait for their turn, or while the program does not read its answers.
 */
export function createWire(program: { stdin: Writable; stdout: Readable }, events: WireEvents): Wire {
  const asked = new Map<JsonRpcId, string>();
  const answers = createBacklog();
  const ignored = createIgnored();
  const lines = createLines(ACP_LINE_BYTES_MAX, () =>
    broken(`it wrote a line of more than ${ACP_LINE_BYTES_MAX} bytes`),
  );

  /** The message of a line that is for the library. */
  function read(line: Buffer): AnyMessage | undefined {
    const message = parseLine(line, events.onDamaged);
    if (message === undefined || message.jsonrpc !== "2.0") return ignored.count(line);
    if (message.method === "session/update" && message.id === undefined) {
      events.onUpdate(message.params);
      return undefined;
    }
    if ("method" in message) return isCall(message) ? (message as AnyMessage) : ignored.count(line);
    const method = asked.get(message.id as JsonRpcId);
    if (method === undefined) return ignored.count(line);
    asked.delete(message.id as JsonRpcId);
    events.onAnswered(method);
    return message as AnyMessage;
  }

  async function* messages(): AsyncGenerator<AnyMessage> {
    for await (const chunk of program.stdout) {
      for (const line of lines(chunk)) {
        const message = read(line);
        if (message !== undefined) yield message;
      }
      await nextTurn();
      await answers.below(ACP_ANSWERS_BYTES_MAX);
    }
  }

  const source = messages();
  const readable = new ReadableStream<AnyMessage>(
    {
      async pull(controller) {
        try {
          const { value, done } = await source.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          if (error instanceof AgentError) events.onBroken(error);
          // Anything else says that the stream was cut off, as it is when the program is gone.
          else if (!isCutOff(error)) throw error;
          controller.close();
        }
      },
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<AnyMessage>({
    write(message) {
      const line = Buffer.from(`${JSON.stringify(message)}\n`);
      if ("method" in message && "id" in message) asked.set(message.id, message.method);
      const bytes = "method" in message ? 0 : line.length;
      answers.add(bytes);
      program.stdin.write(line, () => answers.add(-bytes));
    },
  });
  return { stream: { readable, writable }, allowMore: ignored.clear, firstIgnored: ignored.first };
}

/** An object of JSON, or undefined if the line is none. */
function parseLine(line: Buffer, onDamaged: () => void): Record<string, unknown> | undefined {
  let text: string;
  let isDamaged = false;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch {
    isDamaged = true;
    text = new TextDecoder().decode(line);
  }
  try {
    const message: unknown = JSON.parse(text);
    if (!isObject(message)) return undefined;
    if (isDamaged) onDamaged();
    return message;
  } catch {
    return undefined;
  }
}

/** Whether it is a request or a notification that can be answered as the protocol says. */
function isCall({ method, id }: Record<string, unknown>): boolean {
  return typeof method === "string" && (id === undefined || typeof id === "string" || Number.isInteger(id));
}

function createIgnored() {
  let bytes = 0;
  let first: string | undefined;
  return {
    count(line: Buffer): undefined {
      bytes += line.length + 1;
      const text = shownText(line.toString(), IGNORED_SHOWN_CHARACTERS_MAX).trim();
      if (text !== "") first ??= text;
      if (bytes > ACP_IGNORED_BYTES_MAX)
        throw broken(`it wrote more than ${ACP_IGNORED_BYTES_MAX} bytes that are no messages`, first);
    },
    clear: () => {
      bytes = 0;
    },
    first: () => first,
  };
}

/** Counts what was written and not yet taken. */
function createBacklog() {
  let bytes = 0;
  let wake: (() => void) | undefined;
  return {
    add(more: number): void {
      bytes += more;
      if (more < 0) wake?.();
    },
    async below(bytesMax: number): Promise<void> {
      while (bytes > bytesMax) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}

/** The error for a program that does not speak its protocol. */
export function broken(how: string, shown?: string): AgentError {
  const beginning = shown === undefined ? "" : `, the first of them ${JSON.stringify(shown)}`;
  return new AgentError(
    "AGENT_PROTOCOL_BROKEN",
    `the agent's program broke its protocol: ${how}${beginning}`,
  );
}
