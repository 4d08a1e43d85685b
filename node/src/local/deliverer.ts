import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, encodeFunctionData, type Hex, zeroHash } from "viem";
import type { FollowedBlock } from "../chain/agreement.ts";
import { askEvery, upperMiddleOf } from "../chain/everyEndpoint.ts";
import type { TransactionJournal } from "../chain/journal.ts";
import type { ProjectionReader } from "../chain/projection.ts";
import type { Rpc } from "../chain/rpc.ts";
import { simulate } from "../chain/simulate.ts";
import type { ExecutionRecord } from "../chain/state.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { Versions } from "../chain/versions.ts";
import type { CallbackChain, CallbackDeliverer } from "../work/ports.ts";
import { isUnderWay } from "./underWay.ts";

/** A budget has to be so much of what the delivery costs now: fees rise until it is mined. Percent. */
export const DELIVERY_MARGIN_PERCENT = 125n;

/** The callbacks that the follower's state shows. */
export function createCallbackChain(modules: {
  readonly projection: Pick<ProjectionReader, "execution" | "undelivered">;
  readonly versions: Pick<Versions, "peek">;
  /** Whether a block is as deep as the policy demands, and the endpoints agree on it. */
  readonly isSettled: (block: FollowedBlock) => boolean;
  readonly onChange: CallbackChain["onChange"];
}): CallbackChain {
  const { projection, versions, isSettled, onChange } = modules;
  return {
    undelivered: () => projection.undelivered().map(({ execution }) => execution),
    callback(id) {
      const record = projection.execution(id);
      if (record === undefined || record.callback === null || record.endedIn === null) return undefined;
      const version = versions.peek(record.cluster, record.version);
      return {
        // What it earns stands in the block of its creation.
        settled: isSettled(record.endedIn) && isSettled(record.createdIn),
        windowMs: version === undefined ? undefined : version.windowSeconds * 1_000,
      };
    },
    onChange,
  };
}

/** Sends deliveries through the submitter, where what the account earns by it is worth the gas. */
export function createDeliverer(
  options: {
    /** Address of `ClusterExecutions`. */
    readonly contract: Address;
    readonly priorityFeeWei: bigint;
  },
  modules: {
    readonly projection: Pick<ProjectionReader, "execution">;
    readonly versions: Pick<Versions, "get">;
    readonly rpc: Rpc;
    readonly submitter: Pick<Submitter, "submit" | "status">;
    readonly journal: Pick<TransactionJournal, "live">;
  },
): CallbackDeliverer {
  const { contract, priorityFeeWei } = options;
  const { projection, versions, rpc, submitter } = modules;

  /** The delivery of an execution, from what the log said of it. */
  async function callOf(record: ExecutionRecord): Promise<Hex> {
    const { tasks } = await versions.get(record.cluster, record.version);
    const outputDigests = tasks.map(({ task }) => record.completions.get(task)?.outputDigest ?? zeroHash);
    // Given by reference it is left out: the contract takes its digest alone then.
    const last = record.state === "Succeeded" ? record.completions.get(tasks.length - 1)?.output : undefined;
    return encodeFunctionData({
      abi: clusterExecutionsAbi,
      functionName: "deliver",
      args: [record.execution, record.inputDigest, outputDigests, last ?? "0x"],
    });
  }

  /** @throws DELIVERY_NOT_WORTH where the budget does not pay for what a delivery costs now */
  async function requireWorth(data: Hex, { execution, callback }: ExecutionRecord): Promise<void> {
    const budgetWei = callback?.budgetWei ?? 0n;
    const simulated = await simulate(rpc, { from: submitter.status().account, to: contract, data });
    // The submitter, which simulates as well, tells what that means.
    if ("reverts" in simulated) return;
    const blocks = await askEvery(rpc, (endpoint) => endpoint.blockByNumber("latest"));
    const baseFeeWei = upperMiddleOf(blocks.map((block) => block?.baseFeePerGasWei ?? 0n)) ?? 0n;
    const neededWei = (simulated.gas * (baseFeeWei + priorityFeeWei) * DELIVERY_MARGIN_PERCENT) / 100n;
    if (budgetWei >= neededWei) return;
    throw new PleiadError(
      `the callback of execution ${execution} earns ${budgetWei} wei, and should earn ${neededWei} at the price of gas now`,
      {
        code: "DELIVERY_NOT_WORTH",
        hint: "wait until gas is cheaper, or deliver it at a loss: pleiad execution deliver",
        retryable: true,
        details: { execution, budgetWei, neededWei },
      },
    );
  }

  return {
    async deliver(execution) {
      const record = projection.execution(execution);
      if (record === undefined || record.callback === null) return { reason: "somebody else delivered it" };
      const data = await callOf(record);
      if (await isUnderWay({ to: contract, data }, modules)) {
        throw new PleiadError(`the delivery of execution ${execution} is on its way`, {
          code: "SUBMISSION_NOT_YET",
          retryable: true,
        });
      }
      await requireWorth(data, record);
      const result = await submitter.submit({ to: contract, data, purpose: "deliver", until: "mined" });
      switch (result.outcome) {
        case "accepted":
          return { transactionHash: result.inclusion.transactionHash };
        case "reverted":
          return { reason: "somebody else delivered it first" };
        case "moot":
        case "givenUp":
          return { reason: result.reason.message };
      }
    },
  };
}
