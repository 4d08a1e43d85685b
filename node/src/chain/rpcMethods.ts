import { type Address, numberToHex } from "viem";
import { chainFailure } from "./errors.ts";
import {
  AnswerError,
  blockOf,
  bytesOf,
  hashOf,
  integerOf,
  listOf,
  objectOf,
  quantityOf,
  type RpcBlock,
  receiptOf,
} from "./parse.ts";
import type { BlockTag, NamedTag, Rpc, RpcTransaction } from "./rpc.ts";
import type { Ask } from "./rpcAsk.ts";
import { createLogReader, filterOf, logsOf } from "./rpcLogs.ts";

/** The typed questions, each asked by `ask` and its answer's form checked. */
export function methodsOf(ask: Ask): Omit<Rpc, "chainId" | "client" | "withSignal" | "providers" | "health"> {
  const code = (address: Address) =>
    ask("eth_getCode", [address, "latest"], (value) => bytesOf(value, "code"));
  const hash = (value: unknown) => hashOf(value, "hash");
  const wei = (value: unknown) => quantityOf(value, "amount");

  return {
    code,
    async check(contracts) {
      for (const [name, address] of Object.entries(contracts)) {
        if ((await code(address)) !== "0x") continue;
        throw chainFailure("CONTRACT_MISSING", `there is no contract at ${address} (${name})`, {
          details: { name, address },
        });
      }
    },
    blockByNumber: (number) =>
      ask("eth_getBlockByNumber", [tagOf(number), false], (value, endpoint) => {
        const block = typeof number === "bigint" ? numbered(value, number) : orNull(value, blockOf);
        if (block !== null && number === "latest") endpoint.head = block;
        return block;
      }),
    blocksByNumber: (numbers) =>
      ask(
        "eth_getBlockByNumber",
        [...numbers.slice(0, 1).map((number) => numberToHex(number)), `and ${numbers.length - 1} more`],
        (results) =>
          listOf(results, "results", (value) => value).map((value, index) =>
            numbered(value, numbers[index] ?? 0n),
          ),
        {
          batch: numbers.map((number) => ({
            method: "eth_getBlockByNumber",
            params: [numberToHex(number), false],
          })),
        },
      ),
    blockByHash: (wanted) =>
      ask("eth_getBlockByHash", [wanted, false], (value) => {
        const block = orNull(value, blockOf);
        if (block !== null && block.hash !== wanted.toLowerCase())
          throw new AnswerError(`block ${block.hash}`);
        return block;
      }),
    logs: (scope, addresses, check) =>
      ask("eth_getLogs", [filterOf(scope, addresses)], (value) => {
        const logs = logsOf(value, scope, addresses);
        check?.(logs);
        return logs;
      }),
    readLogs(scope, addresses, begin) {
      let taker = begin();
      const entries = () => {
        taker = begin();
        return createLogReader(scope, addresses, taker.log);
      };
      return ask("eth_getLogs", [filterOf(scope, addresses)], () => taker.end(), { entries });
    },
    receipt: (wanted) =>
      ask("eth_getTransactionReceipt", [wanted], (value) => {
        const receipt = orNull(value, receiptOf);
        if (receipt !== null && receipt.transactionHash !== wanted.toLowerCase()) {
          throw new AnswerError(`the receipt of ${receipt.transactionHash}`);
        }
        return receipt;
      }),
    knowsTransaction: (wanted) =>
      ask("eth_getTransactionByHash", [wanted], (value) => orNull(value, objectOfTransaction) !== null),
    transactionCount: (account, block) =>
      ask("eth_getTransactionCount", [account, tagOf(block)], (value) => integerOf(value, "count")),
    balanceWei: (account) => ask("eth_getBalance", [account, "latest"], wei),
    call: (transaction, block) =>
      ask("eth_call", [paramsOf(transaction), tagOf(block)], (value) => bytesOf(value, "result")),
    estimateGas: (transaction, block) => ask("eth_estimateGas", [paramsOf(transaction), tagOf(block)], wei),
    sendRawTransaction: (raw) => ask("eth_sendRawTransaction", [raw], hash),
  };
}

function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

function numbered(value: unknown, number: bigint): RpcBlock | null {
  const block = orNull(value, blockOf);
  if (block !== null && block.number !== number)
    throw new AnswerError(`block ${block.number} instead of ${number}`);
  return block;
}

function objectOfTransaction(value: unknown): Readonly<Record<string, unknown>> {
  return objectOf(value, "transaction");
}

/** EIP-1898 for hashes: the endpoint refuses one that is not canonical instead of answering from a dead branch. */
function tagOf(block: BlockTag | NamedTag): unknown {
  if (typeof block === "string") return block;
  if (typeof block === "bigint") return numberToHex(block);
  return { blockHash: block.hash, requireCanonical: true };
}

function paramsOf({ from, to, data, valueWei }: RpcTransaction): Readonly<Record<string, unknown>> {
  return { ...(from && { from }), to, data, ...(valueWei ? { value: numberToHex(valueWei) } : {}) };
}
