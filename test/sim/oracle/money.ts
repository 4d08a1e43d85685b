import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { type Address, erc20Abi, type Hex, isAddressEqual, zeroAddress } from "viem";
import { getBalance, readContract } from "viem/actions";
import { testClientOf } from "../../fixtures/chain.ts";
import { ACCOUNTS, FEE_WEI, NODE_SHARE_BPS, PRICE_WEI, QUOTE_WEI } from "../registry.ts";
import type { World } from "../world.ts";
import type { FoldedExecution } from "./chainFold.ts";

const BPS = 10_000n;
/** Of one of the nodes that must agree, rounded down: what does not come out even is the model's. */
const nodePartWei = (quorum: number) => (PRICE_WEI * BigInt(NODE_SHARE_BPS)) / (BPS * BigInt(quorum));

/** Everything that was funded is paid, refunded, kept as fee or still open, for each and for all, in each currency, to the last unit. */
export async function checkMoney(
  world: World,
  executions: readonly FoldedExecution[],
  blockNumber: bigint,
): Promise<string[]> {
  const problems: string[] = [];
  for (const currency of [zeroAddress, world.registry.token]) {
    const paidInIt = executions.filter(({ offer }) => isAddressEqual(offer.currency, currency));
    problems.push(...(await checkCurrency(world, currency, paidInIt, blockNumber)));
  }
  return problems;
}

async function checkCurrency(
  world: World,
  currency: Address,
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
  const fees = new Map<bigint, bigint>();
  const add = <K>(sums: Map<K, bigint>, key: K, wei: bigint) => sums.set(key, (sums.get(key) ?? 0n) + wei);
  for (const { execution, requester, offer, state, accepted, refundWei } of executions) {
    const paid = PRICE_WEI * BigInt(accepted.size);
    const fee = state === "Succeeded" ? FEE_WEI : 0n;
    const remaining = state === "Running" ? QUOTE_WEI - paid : 0n;
    if (paid + fee + refundWei + remaining !== QUOTE_WEI) {
      problems.push(
        `execution ${execution}: ${paid} + ${fee} + ${refundWei} + ${remaining} is not ${QUOTE_WEI}`,
      );
    }
    for (const [task, { node, seconds }] of accepted) {
      const { model, quorum } = offer.tasks[task] ?? { model: 0n, quorum: 1 };
      const agreeing = [node, ...seconds];
      for (const one of agreeing) add(nodes, one, nodePartWei(quorum));
      add(models, model, PRICE_WEI - nodePartWei(quorum) * BigInt(agreeing.length));
    }
    add(fees, offer.cluster, fee);
    open += remaining;
    add(refunds, requester, refundWei);
  }
  const ofToken = async (kind: "Node" | "Model" | "Cluster", id: bigint, sums: Map<bigint, bigint>) => {
    const credit = await getCredit(client, { deployment, at: { blockNumber }, kind, id, currency });
    return [`${kind} ${id}`, credit, sums.get(id) ?? 0n] as const;
  };
  const credits: (readonly [string, bigint, bigint])[] = [];
  for (const { cluster } of registry.offers) credits.push(await ofToken("Cluster", cluster, fees));
  for (const id of registry.nodes) credits.push(await ofToken("Node", id, nodes));
  for (const { model } of registry.models) credits.push(await ofToken("Model", model, models));
  for (const { address: account } of ACCOUNTS.requesters) {
    const wanted = [...refunds].find(([who]) => isAddressEqual(who, account))?.[1] ?? 0n;
    const at = { blockNumber };
    const credit = await getCredit(client, { deployment, at, kind: "Account", account, currency });
    credits.push([`requester ${account}`, credit, wanted]);
  }
  const unit = currency === zeroAddress ? "wei" : "of the token";
  for (const [who, is, wanted] of credits)
    if (is !== wanted) problems.push(`the credit of ${who} is ${is} ${unit}, by the log ${wanted}`);
  const holder = deployment.clusterExecutions;
  const held =
    currency === zeroAddress
      ? await getBalance(client, { address: holder, blockNumber })
      : await readContract(client, {
          address: currency,
          abi: erc20Abi,
          functionName: "balanceOf",
          args: [holder],
          blockNumber,
        });
  const owed = open + credits.reduce((sum, [, wei]) => sum + wei, 0n);
  if (held !== owed) problems.push(`the contract holds ${held} ${unit} and owes ${owed}`);
  return problems;
}
