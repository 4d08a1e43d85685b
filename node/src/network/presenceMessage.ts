import { z } from "zod";
import { parseBounded, toJsonBytes, uint64, uint256 } from "./boundedJson.ts";
import { PRESENCE_MESSAGE_BYTES_MAX, PRESENCE_MODELS_MAX } from "./limits.ts";

/** A heartbeat. Node and certificate are those of its envelope, never of its body. */
export interface PresenceMessage {
  /** Grows with each heartbeat of one daemon. */
  readonly sequence: bigint;
  readonly models: readonly bigint[];
  /** Unix seconds. */
  readonly startedAt: bigint;
}

const schema = z.strictObject({
  v: z.literal(1),
  sequence: uint64,
  models: z.array(uint256).max(PRESENCE_MODELS_MAX),
  startedAt: uint64,
});

/** A heartbeat's body as it travels. Models beyond what fits are left out: the list is a hint. */
export function encodePresence(message: PresenceMessage): Uint8Array {
  let models = message.models.slice(0, PRESENCE_MODELS_MAX);
  let bytes = toJsonBytes({ v: 1, ...message, models });
  while (bytes.length > PRESENCE_MESSAGE_BYTES_MAX - 128) {
    models = models.slice(0, Math.floor(models.length / 2));
    bytes = toJsonBytes({ v: 1, ...message, models });
  }
  return bytes;
}

/** @throws PeerInputError MESSAGE_MALFORMED, MESSAGE_OVERSIZED */
export function decodePresence(bytes: Uint8Array): PresenceMessage {
  const { sequence, models, startedAt } = parseBounded(
    "the heartbeat",
    bytes,
    PRESENCE_MESSAGE_BYTES_MAX,
    schema,
  );
  return { sequence, models, startedAt };
}
