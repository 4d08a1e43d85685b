import { nodeBondsAbi } from "../abi/nodeBonds.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { BondsDeployment } from "../types/periphery.ts";

export interface GetBondParameters extends ReadOptions {
  readonly deployment: BondsDeployment;
  readonly node: bigint;
}

/** What stands behind a node. */
export interface NodeBond {
  /** What stays, unless it is asked for. */
  readonly bondedWei: bigint;
  /** What is on its way out, still at stake. */
  readonly unbondingWei: bigint;
  /** From when on that is paid out, unix seconds; 0 where nothing is on its way. */
  readonly releasesAt: bigint;
  /** How often the node was shown to have signed two outputs for one context. */
  readonly equivocations: bigint;
}

/** Reads a node's bond; all zero for a node that has none, or does not exist. */
export async function getBond(client: ReadClient, parameters: GetBondParameters): Promise<NodeBond> {
  const { deployment, node, at } = parameters;
  const call = { deployment, address: deployment.nodeBonds, abi: nodeBondsAbi, args: [node], at } as const;
  const [[bondedWei, unbondingWei, releasesAt], equivocations] = await Promise.all([
    read(client, { ...call, functionName: "bondOf" }),
    read(client, { ...call, functionName: "equivocationsOf" }),
  ]);
  return { bondedWei, unbondingWei, releasesAt, equivocations };
}
