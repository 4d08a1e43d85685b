import type { Address, Hex } from "viem";
import { checksummed } from "./eventReader.ts";

/**
 * Reads what an RPC endpoint answered. Nothing that comes from outside goes further than this file without its
 * form being checked; what is wrong is an `AnswerError`, which `rpc.ts` turns into `RPC_INVALID_ANSWER`.
 */
export class AnswerError extends Error {}

/** 256 bits. No quantity of the chain is larger. Hexadecimal digits. */
const QUANTITY_DIGITS_MAX = 64;
/** Bytes in a logs bloom (yellow paper, 4.3.1). */
const BLOOM_BYTES = 256;

const QUANTITY = new RegExp(`^0x[0-9a-fA-F]{1,${QUANTITY_DIGITS_MAX}}$`);
const BYTES = /^0x[0-9a-fA-F]*$/;
/** As most endpoints write them. */
const SMALL_BYTES = /^0x[0-9a-f]*$/;
/** Hexadecimal digits of a number that is a safe integer whatever they are. */
const SAFE_DIGITS_MAX = 13;

/** An answer that is an object. */
export function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AnswerError(`${name} is no object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** An answer that is a list. */
export function listOf<T>(value: unknown, name: string, item: (value: unknown, name: string) => T): T[] {
  if (!Array.isArray(value)) throw new AnswerError(`${name} is no list`);
  const items: T[] = [];
  for (const entry of value as unknown[]) {
    try {
      items.push(item(entry, ""));
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      throw new AnswerError(`${name}[${items.length}]${error.message}`);
    }
  }
  return items;
}

/** A number in hexadecimal. */
export function quantityOf(value: unknown, name: string): bigint {
  if (typeof value !== "string" || !QUANTITY.test(value)) throw new AnswerError(`${name} is no quantity`);
  return BigInt(value);
}

/** A number in hexadecimal that is small enough for a JavaScript number. */
export function integerOf(value: unknown, name: string): number {
  if (typeof value === "string" && value.length <= 2 + SAFE_DIGITS_MAX && QUANTITY.test(value))
    return Number.parseInt(value, 16);
  const quantity = quantityOf(value, name);
  if (quantity > BigInt(Number.MAX_SAFE_INTEGER)) throw new AnswerError(`${name} is too large`);
  return Number(quantity);
}

/** Any bytes; small letters. */
export function bytesOf(value: unknown, name: string): Hex {
  if (typeof value === "string" && value.length % 2 === 0) {
    // Most endpoints write small letters; a copy of each value would be as long again.
    if (SMALL_BYTES.test(value)) return value as Hex;
    if (BYTES.test(value)) return value.toLowerCase() as Hex;
  }
  throw new AnswerError(`${name} is no byte string`);
}

/** Bytes of one length; small letters. */
export function fixedBytesOf(value: unknown, name: string, length: number): Hex {
  const bytes = bytesOf(value, name);
  if (bytes.length !== 2 + 2 * length) throw new AnswerError(`${name} has not ${length} bytes`);
  return bytes;
}

/** A hash of 32 bytes; small letters. */
export function hashOf(value: unknown, name: string): Hex {
  return fixedBytesOf(value, name, 32);
}

/** An address, with its checksum. */
export function addressOf(value: unknown, name: string): Address {
  return checksummed(fixedBytesOf(value, name, 20).slice(2));
}

/** A block as the follower needs it. */
export interface RpcBlock {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Unix seconds. */
  readonly timestamp: bigint;
  /** Zero on a chain that has no base fee. */
  readonly baseFeePerGasWei: bigint;
  readonly logsBloom: Hex;
  /** Hashes of its transactions, in order. */
  readonly transactions: readonly Hex[];
}

/** A block, without its transactions' contents. */
export function blockOf(value: unknown): RpcBlock {
  const block = objectOf(value, "block");
  return {
    number: quantityOf(block.number, "number"),
    hash: hashOf(block.hash, "hash"),
    parentHash: hashOf(block.parentHash, "parentHash"),
    timestamp: quantityOf(block.timestamp, "timestamp"),
    baseFeePerGasWei:
      block.baseFeePerGas === undefined || block.baseFeePerGas === null
        ? 0n
        : quantityOf(block.baseFeePerGas, "baseFeePerGas"),
    logsBloom: fixedBytesOf(block.logsBloom, "logsBloom", BLOOM_BYTES),
    transactions: listOf(block.transactions, "transactions", hashOf),
  };
}

/** What became of a mined transaction. */
export interface RpcReceipt {
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly status: "success" | "reverted";
  readonly gasUsed: bigint;
  readonly effectiveGasPriceWei: bigint;
}

export function receiptOf(value: unknown): RpcReceipt {
  const receipt = objectOf(value, "receipt");
  const status = quantityOf(receipt.status, "status");
  if (status > 1n) throw new AnswerError(`status is ${status}`);
  return {
    transactionHash: hashOf(receipt.transactionHash, "transactionHash"),
    blockNumber: quantityOf(receipt.blockNumber, "blockNumber"),
    blockHash: hashOf(receipt.blockHash, "blockHash"),
    status: status === 1n ? "success" : "reverted",
    gasUsed: quantityOf(receipt.gasUsed, "gasUsed"),
    effectiveGasPriceWei: quantityOf(receipt.effectiveGasPrice, "effectiveGasPrice"),
  };
}
