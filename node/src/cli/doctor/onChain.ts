import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import type { Config } from "../../config/table.ts";
import { nodeChainToRead } from "../nodeFolder.ts";
import { lookWithoutDaemon } from "../nodeStatus/withoutDaemon.ts";
import { ether } from "../text/amounts.ts";
import { type Finding, ok, skipped, warning } from "./finding.ts";

/** What a node lacks on chain: its registration, money for gas, models that it serves. Nothing where the chain cannot be asked. */
export async function checkOnChain(config: Config): Promise<Finding[]> {
  const { chain } = await lookWithoutDaemon(config.dataFolder);
  if (chain === undefined) return [];
  const { node, state, account } = chain;
  const money = account === undefined ? [] : [checkMoney(account)];
  if (node === undefined) {
    const text = `its key belongs to no node yet; pleiad node register ${config.dataFolder} --key FILE makes it one`;
    return [skipped("registration", text), ...money];
  }
  const registration =
    state === "Active"
      ? ok("registration", `node ${node}, active`)
      : warning("registration", `node ${node} is ${state?.toLowerCase()}`, "its owner makes it active again");
  return [registration, ...money, ...(await checkModels(config, node))];
}

function checkMoney({
  address,
  balanceWei,
}: {
  readonly address: string;
  readonly balanceWei: bigint;
}): Finding {
  if (balanceWei > 0n) return ok("gas", `${address} has ${ether(balanceWei)}`);
  return warning("gas", `${address} has nothing to pay gas with`, "send it some of the chain's currency");
}

/** The models of the configuration that the chain does not have this node serve. */
async function checkModels(config: Config, node: bigint): Promise<Finding[]> {
  const { client, deployment } = await nodeChainToRead(config);
  const findings = await Promise.all(
    [...config.models.keys()].map(async (id) => {
      const model = BigInt(id);
      const nodes = await listServingNodes(client, { deployment, model });
      if (nodes.some((serving) => serving.node === node)) return [];
      const hint = `model's owner and node's owner: pleiad model serve ${model} ${node}`;
      return [warning(`model ${model}`, `on chain node ${node} does not serve it`, hint)];
    }),
  );
  return findings.flat();
}
