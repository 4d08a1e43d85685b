import type { Address, Hex } from "viem";
import { AnswerError, addressOf, bytesOf, hashOf, integerOf, objectOf, quantityOf } from "./parse.ts";

/** A log has at most four topics (EVM opcodes LOG0 to LOG4). */
const TOPICS_MAX = 4;
const TOPIC_NAMES = Array.from({ length: TOPICS_MAX }, (_, place) => `.topics[${place}]`);

/** An entry of the log. */
export interface RpcLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  /** Index in the block. */
  readonly logIndex: number;
}

/** Reads entries of one log, in their order. */
export type LogForm = (value: unknown) => RpcLog;

/**
 * Checks the form of entries of the log: one that is marked as removed is refused, as is one that is not mined. What an entry
 * has in common with the one before, as those of a block have most, is not checked again, and kept once.
 */
export function createLogForm(): LogForm {
  const address = likeBefore(addressOf);
  const blockNumber = likeBefore(quantityOf);
  const blockHash = likeBefore(hashOf);
  const transactionHash = likeBefore(hashOf);
  const topicForms = Array.from({ length: TOPICS_MAX }, () => likeBefore(hashOf));

  function topicsOf(value: unknown): readonly Hex[] {
    if (!Array.isArray(value)) throw new AnswerError(".topics is no list");
    if (value.length > TOPICS_MAX) throw new AnswerError(` has ${value.length} topics`);
    const topics: Hex[] = [];
    for (const form of topicForms) {
      if (topics.length === value.length) break;
      topics.push(form(value[topics.length], TOPIC_NAMES[topics.length] ?? ""));
    }
    return topics;
  }

  return (value) => {
    const log = objectOf(value, "");
    if (log.removed === true) throw new AnswerError(" is marked as removed");
    return {
      address: address(log.address, ".address"),
      topics: topicsOf(log.topics),
      data: bytesOf(log.data, ".data"),
      blockNumber: blockNumber(log.blockNumber, ".blockNumber"),
      blockHash: blockHash(log.blockHash, ".blockHash"),
      transactionHash: transactionHash(log.transactionHash, ".transactionHash"),
      logIndex: integerOf(log.logIndex, ".logIndex"),
    };
  };
}

/** Reads texts as `read` does, which is not asked again for the same one in a row. */
function likeBefore<T>(read: (value: unknown, name: string) => T): (value: unknown, name: string) => T {
  let before: { readonly text: unknown; readonly value: T } | undefined;
  return (text, name) => {
    if (before?.text === text && before !== undefined) return before.value;
    const value = read(text, name);
    before = { text, value };
    return value;
  };
}
