import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { type Address, zeroAddress } from "viem";
import type { Step, StepCost } from "../../manager/plans.ts";

/** Two sides' words, and a place in the model's list. What is sent in the end says its own gas before anybody confirms it. */
export const SERVE_GAS_MAX = 250_000n;
/** A place that is given up, or an offer that is taken back. */
export const LEAVE_GAS_MAX = 100_000n;
/** A cluster with its slug, or the first edit of one: about twice what `test/contracts/gas` measures, as the rest below. */
export const PUBLISH_GAS_MAX = 800_000n;
/** Registering, adding and pinning one agent, without its texts. */
export const PUBLISH_AGENT_GAS_MAX = 250_000n;
/** Adding and pinning one task, without its texts. */
export const PUBLISH_TASK_GAS_MAX = 150_000n;
/** A byte of the file: 200 gas for code, 40 for bringing it, and as much again for the draft. */
export const PUBLISH_BYTE_GAS_MAX = 400n;

const NOTHING: StepCost = { gas: 0n, gasWei: 0n, feesWei: 0n, currency: zeroAddress };

/**
 * What a step costs at most.
 *
 * @throws PleiadError BLUEPRINT_INVALID for a `publish` whose file is none
 */
export function costOf(step: Step, weiPerGas: bigint, currency: Address = zeroAddress): StepCost {
  const gas = gasOf(step);
  return gas === 0n ? NOTHING : { gas, gasWei: gas * weiPerGas, feesWei: 0n, currency };
}

export function isOnChain({ act }: Step): boolean {
  return act === "publish" || act === "serve-model" || act === "leave-model";
}

function gasOf(step: Step): bigint {
  switch (step.act) {
    case "serve-model":
      return SERVE_GAS_MAX;
    case "leave-model":
      return LEAVE_GAS_MAX;
    case "publish": {
      const { agents, tasks } = parseBlueprint(step.yaml, `${step.slug}.yaml`);
      return (
        PUBLISH_GAS_MAX +
        BigInt(agents.length) * PUBLISH_AGENT_GAS_MAX +
        BigInt(tasks.length) * PUBLISH_TASK_GAS_MAX +
        BigInt(Buffer.byteLength(step.yaml)) * PUBLISH_BYTE_GAS_MAX
      );
    }
    default:
      return 0n;
  }
}
