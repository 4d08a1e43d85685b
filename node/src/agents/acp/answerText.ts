import { AgentError } from "../errors.ts";
import { isBlank } from "../text.ts";
import { createGrowingBytes } from "./growingBytes.ts";

/** The answer of one turn, while it comes. */
export interface AnswerText {
  /** A piece of a message. What comes too late, or after too much, is left out. */
  add(text: string, messageId: string | undefined): void;
  /** Something else than a message: what is said from here on is another one. */
  part(): void;
  /** It held bytes that are no UTF-8. */
  damage(): void;
  /** Takes nothing more. */
  end(): void;
  /** Bytes of the message so far. */
  readonly bytes: number;
  /**
   * The last message that is not blank; if all are, the last.
   *
   * @throws AgentError AGENT_OUTPUT_NOT_UTF8
   */
  output(): Uint8Array;
}

/**
 * Gathers the answer of a turn: the last message that is not blank. Messages are parted by calls of tools and by the
 * identifiers that an agent gives them. No more than two messages are kept.
 *
 * @param onTooLarge called once a message has more than `bytesMax`
 */
export function createAnswerText(bytesMax: number, onTooLarge: () => void): AnswerText {
  const message = createGrowingBytes();
  let earlier: Uint8Array = new Uint8Array();
  let messageId: string | undefined;
  /** The first half of a character that the agent cut in two. */
  let half = "";
  let isDamaged = false;
  let isOver = false;

  function part(): void {
    if (half !== "") isDamaged = true;
    half = "";
    if (message.length === 0 || isOver) return;
    if (!isBlank(message.bytes().toString())) earlier = Uint8Array.from(message.bytes());
    message.clear();
  }

  return {
    get bytes() {
      return message.length;
    },
    part,
    add(text, id) {
      if (isOver) return;
      if (id !== undefined && messageId !== undefined && id !== messageId) part();
      messageId = id ?? messageId;
      let whole = half + text;
      half = /[\ud800-\udbff]$/.exec(whole)?.[0] ?? "";
      if (half !== "") whole = whole.slice(0, -1);
      if (!whole.isWellFormed()) isDamaged = true;
      const bytes = Buffer.from(whole);
      if (message.length + bytes.length > bytesMax) {
        isOver = true;
        onTooLarge();
        return;
      }
      message.append(bytes);
    },
    damage() {
      if (!isOver) isDamaged = true;
    },
    end() {
      if (half !== "") isDamaged = true;
      isOver = true;
    },
    output() {
      if (isDamaged)
        throw new AgentError("AGENT_OUTPUT_NOT_UTF8", "the answer holds what UTF-8 cannot express");
      const last = Uint8Array.from(message.bytes());
      return isBlank(message.bytes().toString()) && earlier.length > 0 ? earlier : last;
    },
  };
}
