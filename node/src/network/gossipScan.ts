import { GOSSIP_FRAME_BYTES_MAX } from "./limits.ts";

/** What a piece of a peer's gossip stream holds. */
export interface Scanned {
  /** Frames that begin in it. */
  readonly frames: number;
  /** Dear messages that end in it. */
  readonly dear: number;
}

/** Topics of ours are shorter; a longer one is nobody's. Bytes. */
const TOPIC_BYTES_MAX = 256;
/** A varint of protobuf: 64 bits, seven a byte. */
const VARINT_SHIFT_MAX = 63;
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const FIELD = { message: 2, topic: 4 } as const;

/**
 * Reads along on a gossip stream: counts frames, and the messages of dear topics in them, before gossipsub has decoded
 * anything. A frame is a varint with its length and a protobuf `RPC { repeated Message messages = 2 { data = 2, topic = 4 } }`.
 * Holds no bytes but those of a topic. What is no protobuf counts as one dear message; where frames begin it does not change.
 *
 * @param isDear whether a topic's messages cost much to check
 */
export function createGossipScanner(isDear: (topic: string) => boolean): {
  /** "oversized" when a frame announces more than `GOSSIP_FRAME_BYTES_MAX`. */
  push(bytes: Uint8Array): Scanned | "oversized";
} {
  let step: "frame" | "tag" | "length" | "varint" | "skip" | "topic" = "frame";
  let value = 0;
  let shift = 0;
  let field = 0;
  /** Bytes of the frame, of the message in it, and of what is skipped or read as a topic, that are still to come. */
  let frameLeft = 0;
  let messageLeft: number | undefined;
  let partLeft = 0;
  let messageIsDear = true;
  let topic: number[] = [];
  let frames = 0;
  let dear = 0;

  function next(to: typeof step): void {
    step = to;
    value = 0;
    shift = 0;
  }

  /** Takes a byte of a varint; true when it was the last. */
  function takeVarint(byte: number): boolean {
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    return byte < 0x80 || shift > VARINT_SHIFT_MAX;
  }

  function skip(count: number): void {
    partLeft = Math.min(count, messageLeft ?? frameLeft);
    next(partLeft > 0 ? "skip" : "tag");
  }

  function endMessage(): void {
    if (messageLeft === undefined) return;
    messageLeft = undefined;
    if (messageIsDear) dear++;
  }

  function onTag(): void {
    field = Math.floor(value / 8);
    switch (value % 8) {
      case WIRE.varint:
        next("varint");
        break;
      case WIRE.fixed64:
        skip(8);
        break;
      case WIRE.bytes:
        next("length");
        break;
      case WIRE.fixed32:
        skip(4);
        break;
      default:
        dear++;
        messageLeft = undefined;
        skip(frameLeft);
    }
  }

  function onLength(): void {
    if (messageLeft === undefined && field === FIELD.message) {
      messageLeft = Math.min(value, frameLeft);
      messageIsDear = true;
      next("tag");
    } else if (messageLeft !== undefined && field === FIELD.topic && value <= TOPIC_BYTES_MAX) {
      partLeft = Math.min(value, messageLeft);
      topic = [];
      next(partLeft > 0 ? "topic" : "tag");
    } else {
      skip(value);
    }
  }

  function consumed(count: number): void {
    frameLeft -= count;
    if (messageLeft !== undefined) messageLeft -= count;
  }

  /** After each step inside a frame: whatever ends, ends. */
  function settle(): void {
    if (frameLeft <= 0) {
      endMessage();
      next("frame");
    } else if (messageLeft !== undefined && messageLeft <= 0) {
      endMessage();
      next("tag");
    }
  }

  function takeByte(byte: number): "oversized" | undefined {
    const isLast = takeVarint(byte);
    if (step === "frame") {
      if (value > GOSSIP_FRAME_BYTES_MAX || shift > 35) return "oversized";
      if (!isLast) return undefined;
      frames++;
      frameLeft = value;
      next(frameLeft > 0 ? "tag" : "frame");
      return undefined;
    }
    consumed(1);
    if (isLast && step === "tag") onTag();
    else if (isLast && step === "length") onLength();
    else if (isLast) next("tag");
    settle();
    return undefined;
  }

  return {
    push(bytes) {
      frames = 0;
      dear = 0;
      let at = 0;
      while (at < bytes.length) {
        if (step !== "skip" && step !== "topic") {
          if (takeByte(bytes[at++] ?? 0) === "oversized") return "oversized";
          continue;
        }
        const part = bytes.subarray(at, at + partLeft);
        at += part.length;
        partLeft -= part.length;
        consumed(part.length);
        if (step === "topic") topic.push(...part);
        if (partLeft > 0) continue;
        // The last topic counts, as it does for who decodes it.
        if (step === "topic") messageIsDear = isDear(Buffer.from(topic).toString());
        next("tag");
        settle();
      }
      return { frames, dear };
    },
  };
}
