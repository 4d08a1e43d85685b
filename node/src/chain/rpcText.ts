import { AnswerError } from "./parse.ts";

/** Takes the next entry of a list that is answered. What it throws fails the request once the answer has come to its end. */
export type TakeEntry = (entry: unknown) => void;

/** A JSON-RPC answer. */
export interface RpcAnswer {
  readonly id: unknown;
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string; readonly data: unknown } | undefined;
}

/** Reads one answer while it comes. */
export interface AnswerText {
  add(bytes: Uint8Array): void;
  /** All that was not taken, as JSON; undefined when it is none. */
  json(): unknown;
  /** The JSON-RPC answer in all that was added; undefined when there is none. @throws what `take` threw */
  end(): RpcAnswer | undefined;
}

/**
 * What V8 parses from a text above 100 KiB it puts straight into its old generation, where it stays for long: a range of
 * the log would leave its size behind. Below this it does not. Bytes.
 */
const PIECE_BYTES = 65_536;
/** The beginning of most answers that are lists. */
const LIST_ANSWER = /^\{(?:"jsonrpc":"2\.0","id":(\d{1,15})|"id":(\d{1,15}),"jsonrpc":"2\.0"),"result":\[/;
/** What `LIST_ANSWER` needs to see at the most. Bytes. */
const HEAD_BYTES = 64;
/** Between two objects of a list. */
const BETWEEN = "},{";
const [OPEN, CLOSE] = [91, 93];

/** Where pieces are put together. Whoever uses it is done with it before anybody else's turn comes. */
const desk = Buffer.alloc(2 * PIECE_BYTES + 2);

/**
 * A long list is parsed some entries at a time, as soon as they have come: neither its text nor its entries are ever in
 * memory together, if somebody takes them. It is cut between two objects. A cut that is none, inside a text or a deeper
 * list, leaves a piece that does not parse; from there on the rest is read as a whole, at its end, as is anything else.
 *
 * @param take Takes the entries of a result that must be a list, which is then empty. @default the result is as answered
 */
export function createAnswerText(take?: TakeEntry): AnswerText {
  const result: unknown[] = [];
  const decoder = new TextDecoder();
  /** What is read as a whole. */
  let text = "";
  /** The beginning of the next entry; undefined while nothing has come, and for what is read as a whole. */
  let held: Uint8Array | undefined;
  let hasBegun = false;
  let failure: { readonly error: unknown } | undefined;

  function takeAll(entries: readonly unknown[]): void {
    if (failure !== undefined) return;
    // What is wrong is said once the answer has ended: it may turn out to be an error, or no answer.
    try {
      for (const entry of entries) {
        if (take === undefined) result.push(entry);
        else take(entry);
      }
    } catch (error) {
      failure = { error };
    }
  }

  /** Takes what `bytes`, at most a piece, bring to an end. @returns what they begin; undefined if they cannot be cut */
  function cut(before: Uint8Array, bytes: Buffer): Uint8Array | undefined {
    const at = bytes.lastIndexOf(BETWEEN);
    if (at === -1) {
      const longer = before.length + bytes.length;
      return longer > PIECE_BYTES ? undefined : Buffer.concat([before, bytes], longer);
    }
    const length = before.length + at + 1;
    desk[0] = OPEN;
    desk.set(before, 1);
    desk.set(bytes.subarray(0, at + 1), 1 + before.length);
    desk[1 + length] = CLOSE;
    const entries = parsed(desk.toString("utf8", 0, length + 2));
    if (entries === undefined) return undefined;
    takeAll(entries as unknown[]);
    // A copy: what came with it is not to be kept for it.
    return Buffer.from(bytes.subarray(at + 2));
  }

  function json(): unknown {
    if (held !== undefined) text += decoder.decode(held, { stream: true });
    held = undefined;
    return parsed(text + decoder.decode());
  }

  return {
    add(bytes) {
      let from = 0;
      if (!hasBegun) {
        hasBegun = true;
        const head = LIST_ANSWER.exec(Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString("latin1"));
        if (head !== null) {
          text = `{"id":${head[1] ?? head[2]},"result":[`;
          held = new Uint8Array();
          from = head[0].length;
        }
      }
      while (held !== undefined && from < bytes.length) {
        const next = Buffer.from(
          bytes.buffer,
          bytes.byteOffset + from,
          Math.min(PIECE_BYTES, bytes.length - from),
        );
        const begun = cut(held, next);
        if (begun === undefined) text += decoder.decode(held, { stream: true });
        else from += next.length;
        held = begun;
      }
      if (from < bytes.length) text += decoder.decode(bytes.subarray(from), { stream: true });
    },
    json,
    end() {
      const answer = readAnswer(json());
      if (answer === undefined || answer.error !== undefined) return answer;
      if (!Array.isArray(answer.result)) {
        if (take !== undefined) throw new AnswerError("the result is no list");
        return answer;
      }
      takeAll(answer.result);
      if (failure !== undefined) throw failure.error;
      return { ...answer, result };
    },
  };
}

/** The JSON-RPC answer in a text; undefined when there is none. */
export function answerOf(text: string): RpcAnswer | undefined {
  const answer = createAnswerText();
  answer.add(Buffer.from(text));
  return answer.end();
}

/** Hands over the entries of a result that was answered in one. @throws what `take` throws */
export function takeEntries(result: unknown, take: TakeEntry): void {
  if (!Array.isArray(result)) throw new AnswerError("the result is no list");
  for (const entry of result as unknown[]) take(entry);
}

/** Reads a JSON-RPC answer; undefined for anything else. */
export function readAnswer(json: unknown): RpcAnswer | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { id, result, error } = json as { id?: unknown; result?: unknown; error?: unknown };
  if (error === undefined || error === null)
    return result === undefined ? undefined : { id, result, error: undefined };
  if (typeof error !== "object") return undefined;
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  if (typeof message !== "string") return undefined;
  return { id, result, error: { code: typeof code === "number" ? code : 0, message, data } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
