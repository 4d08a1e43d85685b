import type { Hex } from "viem";
import { CHANGE_TEXT_CHARS_MAX } from "../limits.ts";
import { startOf } from "../texts.ts";
import type { LastSaid, PartyId, Talk, TalkPair } from "../types.ts";
import type { StoredMessage } from "./messages.ts";

/** Who talked with whom, counted in one go over messages in order. */
export function talkOf(messages: readonly StoredMessage[]): Talk {
  const pairs = new Map<string, TalkPair>();
  const said = new Map<PartyId, LastSaid>();
  for (const { id, party: from, to: recipients, text, atMs } of messages) {
    const to = recipients.kind === "direct" ? recipients.party : null;
    const key = `${from} ${to ?? ""}`;
    const before = pairs.get(key)?.messages ?? 0;
    pairs.set(key, { from, to, messages: before + 1, lastId: id as Hex, lastAtMs: atMs });
    const topic = recipients.kind === "topic" ? { topic: recipients.topic } : {};
    said.set(from, { by: from, to, ...topic, id: id as Hex, atMs, text });
  }
  // Of each only its last is shown, so only that is cut.
  const lines = [...said.values()].map((last) => ({
    ...last,
    text: startOf(last.text, CHANGE_TEXT_CHARS_MAX),
  }));
  return { messages: messages.length, pairs: [...pairs.values()], said: lines };
}
