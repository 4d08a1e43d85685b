import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { type Hex, isAddressEqual } from "viem";
import { getBalance } from "viem/actions";
import { testClientOf } from "../../fixtures/chain.ts";
import { ACCOUNTS, FEE_WEI, NODE_SHARE_BPS, PRICE_WEI } from "../registry.ts";
import { QUOTE_WEI } from "../workload.ts";
import type { World } from "../world.ts";
import type { FoldedExecution } from "./chainFold.ts";

const BPS = 10_000n;
const NODE_PART_WEI = (PRICE_WEI * BigInt(NODE_SHARE_BPS)) / BPS;

/** Everything that was funded is paid, refunded, kept as fee or still open, for each and for all, to the last wei. */
export async function checkMoney(
  world: World,
  executions: readonly FoldedExecution[],
  blockNumber: bigint,
): Promise<string[]> {
  const { registry, chain } = world;
  const { deployment } = registry;
  const client = testClientOf(chain);
  const problems: string[] = [];
  let open = 0n;
  const refunds = new Map<Hex, bigint>();
  const nodes = new Map<bigint, bigint>();
  const models = new Map<bigint, bigint>();
  let fees = 0n;
  const add = <K>(sums: Map<K, bigint>, key: K, wei: bigint) => sums.set(key, (sums.get(key) ?? 0n) + wei);
  for (const { execution, requester, state, accepted, refundWei } of executions) {
    const paid = PRICE_WEI * BigInt(accepted.size);
    const fee = state === "Succeeded" ? FEE_WEI : 0n;
    const remaining = state === "Running" ? QUOTE_WEI - paid : 0n;
    if (paid + fee + refundWei + remaining !== QUOTE_WEI) {
      problems.push(
        `execution ${execution}: ${paid} + ${fee} + ${refundWei} + ${remaining} is not ${QUOTE_WEI}`,
      );
    }
    for (const [task, { node }] of accepted) {
      add(nodes, node, NODE_PART_WEI);
      add(models, registry.models[task]?.model ?? 0n, PRICE_WEI - NODE_PART_WEI);
    }
    fees += fee;
    open += remaining;
    add(refunds, requester, refundWei);
  }
  const credits: [string, bigint, bigint][] = [
    [
      "cluster",
      await getCredit(client, { deployment, at: { blockNumber }, kind: "Cluster", id: registry.cluster }),
      fees,
    ],
  ];
  for (const id of registry.nodes)
    credits.push([
      `node ${id}`,
      await getCredit(client, { deployment, at: { blockNumber }, kind: "Node", id }),
      nodes.get(id) ?? 0n,
    ]);
  for (const { model: id } of registry.models) {
    credits.push([
      `model ${id}`,
      await getCredit(client, { deployment, at: { blockNumber }, kind: "Model", id }),
      models.get(id) ?? 0n,
    ]);
  }
  for (const { address } of ACCOUNTS.requesters) {
    const wanted = [...refunds].find(([who]) => isAddressEqual(who, address))?.[1] ?? 0n;
    credits.push([
      `requester ${address}`,
      await getCredit(client, { deployment, at: { blockNumber }, kind: "Account", account: address }),
      wanted,
    ]);
  }
  for (const [who, is, wanted] of credits)
    if (is !== wanted) problems.push(`the credit of ${who} is ${is}, by the log ${wanted}`);
  const held = await getBalance(client, { address: deployment.clusterExecutions, blockNumber });
  const owed = open + credits.reduce((sum, [, wei]) => sum + wei, 0n);
  if (held !== owed) problems.push(`the contract holds ${held} and owes ${owed}`);
  return problems;
}
