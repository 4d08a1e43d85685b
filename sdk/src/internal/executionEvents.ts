import { type Address, type Hex, hexToBytes, keccak256, type Log, parseEventLogs } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import type {
  AcceptedCompletion,
  ClusterResponse,
  ExecutionCreated,
  ExecutionEnded,
  LogPlace,
  SecondedCompletion,
  SkippedCompletion,
} from "../types/execution.ts";
import { EXECUTION_STATES, ROLES, SKIP_REASONS } from "../types/states.ts";
import { textOf } from "./bytes.ts";

/** The events of `ClusterExecutions` among some logs, by kind, each in the order of the log. */
export interface ExecutionEvents {
  readonly created: readonly ExecutionCreated[];
  readonly completions: readonly AcceptedCompletion[];
  readonly seconds: readonly SecondedCompletion[];
  readonly skipped: readonly SkippedCompletion[];
  readonly responses: readonly ClusterResponse[];
  readonly ended: readonly ExecutionEnded[];
}

/** Decodes the logs that `clusterExecutions` wrote; what others wrote is left out. */
export function executionEventsOf(logs: readonly Log[], clusterExecutions: Address): ExecutionEvents {
  const created: ExecutionCreated[] = [];
  const completions: AcceptedCompletion[] = [];
  const seconds: SecondedCompletion[] = [];
  const skipped: SkippedCompletion[] = [];
  const responses: ClusterResponse[] = [];
  const ended: ExecutionEnded[] = [];
  const address = clusterExecutions.toLowerCase();
  /** By execution, the tip that was credited last: it is the next completion's, accepted or seconded. */
  const tips = new Map<bigint, bigint>();
  const takeTip = (execution: bigint): bigint => {
    const tipWei = tips.get(execution) ?? 0n;
    tips.delete(execution);
    return tipWei;
  };
  const own = logs.filter((log) => log.address.toLowerCase() === address);
  for (const log of parseEventLogs({ abi: clusterExecutionsAbi, logs: own, strict: true })) {
    const place = placeOf(log);
    switch (log.eventName) {
      case "ClusterExecutionCreated":
        created.push({ ...place, ...log.args });
        break;
      case "TipCredited":
        tips.set(log.args.execution, log.args.amountWei);
        break;
      case "CompletionAccepted":
        takeTip(log.args.execution);
        completions.push({
          ...place,
          ...log.args,
          ...outputOf(log.args.output, log.args.outputDigest),
          task: Number(log.args.task),
          role: named(ROLES, log.args.role),
        });
        break;
      case "CompletionSeconded":
        seconds.push({
          ...place,
          ...log.args,
          task: Number(log.args.task),
          tipWei: takeTip(log.args.execution),
        });
        break;
      case "CompletionSkipped":
        skipped.push({
          ...place,
          execution: log.args.execution,
          task: Number(log.args.task),
          reason: named(SKIP_REASONS, log.args.reason),
        });
        break;
      case "ClusterResponse":
        responses.push({ ...place, ...log.args });
        break;
      case "ClusterExecutionEnded":
        ended.push({ ...place, ...log.args, state: named(EXECUTION_STATES, log.args.state) });
        break;
    }
  }
  return { created, completions, seconds, skipped, responses, ended };
}

/** The log holds the output itself if it has the digest, else where it may be had. */
function outputOf(output: Hex, outputDigest: Hex): { output: Hex; outputURI: string } {
  return keccak256(output) === outputDigest
    ? { output, outputURI: "" }
    : { output: "0x", outputURI: textOf(hexToBytes(output)) };
}

/** The name of an enum's value. A number that has none comes from a newer contract and is taken as the first. */
export function named<const names extends readonly string[]>(names: names, value: number): names[number] {
  return names[value] ?? (names[0] as names[number]);
}

function placeOf(log: Log): LogPlace {
  return {
    blockNumber: log.blockNumber ?? 0n,
    blockHash: log.blockHash ?? "0x",
    transactionHash: log.transactionHash ?? "0x",
    logIndex: log.logIndex ?? 0,
  };
}
