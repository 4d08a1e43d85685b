import { type Address, getAddress, numberToHex } from "viem";
import { AnswerError, listOf, logOf, type RpcLog } from "./parse.ts";
import type { LogScope } from "./rpc.ts";

/** What `eth_getLogs` is asked with. */
export function filterOf(scope: LogScope, addresses: readonly Address[]): Readonly<Record<string, unknown>> {
  if ("blockHash" in scope) return { blockHash: scope.blockHash, address: addresses };
  return { fromBlock: numberToHex(scope.fromBlock), toBlock: numberToHex(scope.toBlock), address: addresses };
}

/** Logs in order, each of them what was asked for, none twice. */
export function logsOf(value: unknown, scope: LogScope, addresses: readonly Address[]): readonly RpcLog[] {
  const wanted = new Set<string>(addresses.map((address) => getAddress(address)));
  const told = listOf(value, "logs", logOf);
  for (const log of told) {
    if (!wanted.has(log.address)) throw new AnswerError(`a log of ${log.address}`);
    const isInside =
      "blockHash" in scope
        ? log.blockHash === scope.blockHash.toLowerCase()
        : log.blockNumber >= scope.fromBlock && log.blockNumber <= scope.toBlock;
    if (!isInside) throw new AnswerError(`a log of block ${log.blockNumber} (${log.blockHash})`);
  }
  if (told.every((log, index) => index === 0 || isBefore(told[index - 1], log))) return told;
  const logs = new Map<string, RpcLog>();
  for (const log of told) {
    const key = `${log.blockNumber} ${log.logIndex}`;
    const there = logs.get(key);
    // The same log twice is harmless; two logs in one place are not.
    if (there !== undefined && !isSameLog(there, log)) throw new AnswerError(`two logs at ${key}`);
    logs.set(key, log);
  }
  return [...logs.values()].sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}

function isBefore(a: RpcLog | undefined, b: RpcLog): boolean {
  if (a === undefined || a.blockNumber < b.blockNumber) return true;
  return a.blockNumber === b.blockNumber && a.logIndex < b.logIndex;
}

function isSameLog(a: RpcLog, b: RpcLog): boolean {
  return (
    a.blockHash === b.blockHash &&
    a.transactionHash === b.transactionHash &&
    a.address === b.address &&
    a.data === b.data &&
    a.topics.join() === b.topics.join()
  );
}
