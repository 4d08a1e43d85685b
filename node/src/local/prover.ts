import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import type { Completion } from "@pleiad/sdk/types/completion";
import { type Address, decodeFunctionResult, encodeFunctionData, type Hex } from "viem";
import type { Clock } from "../chain/clock.ts";
import { hasCode } from "../chain/errors.ts";
import type { TransactionJournal } from "../chain/journal.ts";
import type { BlockTag, Rpc } from "../chain/rpc.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { EquivocationProver } from "../work/ports.ts";
import { isUnderWay } from "./underWay.ts";

/**
 * Proofs that a daemon pays for within a day. A penalty goes to whoever paid for the run: an operator that lies to runs of its own
 * loses nothing by it, and could spend the gas of others at will. No honest network has so many liars in a day.
 */
export const PROOFS_PER_DAY_MAX = 16;
const DAY_MS = 86_400_000;

type Later = { readonly kind: "later"; readonly reason: string };

/** Sends proofs of equivocation through the submitter. What came of them is the chain's to say, at the next attempt. */
export function createProver(
  options: {
    readonly nodeBonds: Address;
    /** Blocks on top with which a block is final. */
    readonly finalDepth: number;
    readonly priorityFeeWei: bigint;
  },
  modules: {
    readonly rpc: Pick<Rpc, "call" | "estimateGas" | "blockByNumber">;
    readonly submitter: Pick<Submitter, "submit" | "status">;
    readonly journal: Pick<TransactionJournal, "live">;
    readonly clock: Pick<Clock, "monotonicMs">;
  },
): EquivocationProver {
  const { nodeBonds, finalDepth, priorityFeeWei } = options;
  const { rpc, submitter, clock } = modules;
  /** When proofs were sent within the last day. Milliseconds. */
  let sentAtMs: readonly number[] = [];

  /** What the contract answers; undefined where it was not there yet. */
  async function ask(data: Hex, block: BlockTag): Promise<Hex | undefined> {
    const answer = await rpc.call({ to: nodeBonds, data }, block);
    return answer === "0x" ? undefined : answer;
  }

  async function isProven(
    { node, execution, task, contextHash }: Completion,
    block: BlockTag,
  ): Promise<boolean> {
    const call = { abi: nodeBondsAbi, functionName: "isProven" } as const;
    const args = [node, execution, BigInt(task), contextHash] as const;
    const data = await ask(encodeFunctionData({ ...call, args }), block);
    return data !== undefined && decodeFunctionResult({ ...call, data });
  }

  /** All that stands behind a node, in wei. */
  async function bondWei(node: bigint, block: BlockTag): Promise<bigint> {
    const call = { abi: nodeBondsAbi, functionName: "bondOf" } as const;
    const data = await ask(encodeFunctionData({ ...call, args: [node] }), block);
    if (data === undefined) return 0n;
    const [bondedWei, unbondingWei] = decodeFunctionResult({ ...call, data });
    return bondedWei + unbondingWei;
  }

  /** What the transaction would cost now, in wei. */
  async function costWei(data: Hex, baseFeeWei: bigint): Promise<bigint | undefined> {
    const { account } = submitter.status();
    try {
      const gas = await rpc.estimateGas({ from: account, to: nodeBonds, data }, "latest");
      return gas * (baseFeeWei + priorityFeeWei);
    } catch (error) {
      // The submitter, which simulates as well, tells what that means.
      if (hasCode(error, "RPC_REVERTED")) return undefined;
      throw error;
    }
  }

  return {
    async prove({ a, b }) {
      const head = await rpc.blockByNumber("latest");
      if (head === null) return later("there is no block");
      const now = { hash: head.hash };
      if (await isProven(a.completion, now)) {
        const finalNumber = head.number - BigInt(finalDepth);
        const isFinal = finalNumber >= 0n && (await isProven(a.completion, finalNumber));
        return isFinal ? { kind: "proven" } : later("it is proven, and not final yet");
      }
      const standsWei = await bondWei(a.completion.node, now);
      if (standsWei === 0n) return later("nothing stands behind the node");
      const data = encodeFunctionData({
        abi: nodeBondsAbi,
        functionName: "proveEquivocation",
        args: [a.completion, a.signature, b.completion, b.signature],
      });
      const cost = await costWei(data, head.baseFeePerGasWei ?? 0n);
      if (cost !== undefined && standsWei <= cost) return later("the bond is not worth the gas");
      if (await isUnderWay({ to: nodeBonds, data }, modules)) return later("it is on its way");
      const nowMs = clock.monotonicMs();
      sentAtMs = sentAtMs.filter((atMs) => nowMs - atMs < DAY_MS);
      if (sentAtMs.length >= PROOFS_PER_DAY_MAX) return later("enough proofs were paid for today");
      sentAtMs = [...sentAtMs, nowMs];
      const result = await submitter.submit({
        to: nodeBonds,
        data,
        purpose: "proveEquivocation",
        until: "mined",
      });
      return later(`sent: ${result.outcome}`);
    },
  };
}

function later(reason: string): Later {
  return { kind: "later", reason };
}
