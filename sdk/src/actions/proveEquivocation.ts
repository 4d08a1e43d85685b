import type { Address, Hex } from "viem";
import { nodeBondsAbi } from "../abi/nodeBonds.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Completion } from "../types/completion.ts";
import type { BondsDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

/** A completion as a node signed it. */
export interface SignedStatement {
  readonly completion: Completion;
  /** 64 or 65 bytes. */
  readonly signature: Hex;
}

export interface ProveEquivocationParameters extends WriteOptions {
  readonly deployment: BondsDeployment;
  readonly a: SignedStatement;
  /** For the same execution, task and context, with another output. */
  readonly b: SignedStatement;
}

export interface ProveEquivocationResult extends Sent {
  readonly node: bigint;
  /** Who may claim the penalty: whoever requested the execution. */
  readonly requester: Address;
  /** What was taken from the node's bond. */
  readonly penaltyWei: bigint;
}

/**
 * Shows that a node signed two different outputs for one execution, task and context: half of its bond becomes claimable
 * by the execution's requester. Anybody may, once for each of these.
 *
 * @throws ContractError `EQUIVOCATION_CONTEXTS_DIFFER`, `EQUIVOCATION_OUTPUTS_SAME`, `EQUIVOCATION_SIGNER_WRONG`,
 * `EQUIVOCATION_KNOWN`, `EQUIVOCATION_NOTHING_BONDED`, `EXECUTION_UNKNOWN`.
 */
export async function proveEquivocation(
  client: WriteClient,
  parameters: ProveEquivocationParameters,
): Promise<ProveEquivocationResult> {
  const { deployment, a, b, timeoutMs } = parameters;
  const contract = { address: deployment.nodeBonds, abi: nodeBondsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "proveEquivocation",
    args: [a.completion, a.signature, b.completion, b.signature],
    timeoutMs,
  });
  const event = eventOf(receipt, { ...contract, eventName: "EquivocationProven" }).args;
  const { node, requester, fromBondedWei, fromUnbondingWei } = event;
  return { ...sentOf(receipt), node, requester, penaltyWei: fromBondedWei + fromUnbondingWei };
}
