import { type Address, getAddress, numberToHex } from "viem";
import { AnswerError, listOf } from "./parse.ts";
import { createLogForm, type RpcLog } from "./parseLog.ts";
import type { LogScope } from "./rpc.ts";
import type { TakeEntry } from "./rpcText.ts";

/** The log was answered in another order than the chain's, or with entries twice: to be read as a whole, and sorted. */
export class UnorderedError extends Error {}

/** What `eth_getLogs` is asked with. */
export function filterOf(scope: LogScope, addresses: readonly Address[]): Readonly<Record<string, unknown>> {
  if ("blockHash" in scope) return { blockHash: scope.blockHash, address: addresses };
  return { fromBlock: numberToHex(scope.fromBlock), toBlock: numberToHex(scope.toBlock), address: addresses };
}

/** Logs in order, each of them what was asked for, none twice. */
export function logsOf(value: unknown, scope: LogScope, addresses: readonly Address[]): readonly RpcLog[] {
  const form = createLogForm();
  const check = asked(scope, addresses);
  const told = listOf(value, "logs", form);
  for (const log of told) check(log);
  if (told.every((log, index) => isBefore(told[index - 1], log))) return told;
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

/**
 * Hands logs on one by one while the answer comes, each of them what was asked for.
 *
 * @throws UnorderedError at one that does not come after the one before
 */
export function createLogReader(
  scope: LogScope,
  addresses: readonly Address[],
  take: (log: RpcLog) => void,
): TakeEntry {
  const form = createLogForm();
  const check = asked(scope, addresses);
  let before: RpcLog | undefined;
  let count = 0;

  function formed(value: unknown): RpcLog {
    try {
      return form(value);
    } catch (error) {
      throw error instanceof AnswerError ? new AnswerError(`logs[${count}]${error.message}`) : error;
    }
  }

  return (value) => {
    const log = formed(value);
    check(log);
    if (!isBefore(before, log)) throw new UnorderedError(`log ${count} does not come after the one before`);
    before = log;
    count += 1;
    take(log);
  };
}

/** Checks that a log is one that was asked for. */
function asked(scope: LogScope, addresses: readonly Address[]): (log: RpcLog) => void {
  const wanted = new Set<string>(addresses.map((address) => getAddress(address)));
  return (log) => {
    if (!wanted.has(log.address)) throw new AnswerError(`a log of ${log.address}`);
    const isInside =
      "blockHash" in scope
        ? log.blockHash === scope.blockHash.toLowerCase()
        : log.blockNumber >= scope.fromBlock && log.blockNumber <= scope.toBlock;
    if (!isInside) throw new AnswerError(`a log of block ${log.blockNumber} (${log.blockHash})`);
  };
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
