import { readFile } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Deployment, parseDeployment } from "@pleiad/sdk/types/deployment";
import type { Config } from "../../config/table.ts";

export async function deploymentOf(config: Config): Promise<Deployment> {
  const { contracts, chainId } = config.chain;
  if (typeof contracts !== "string") return { ...contracts, chainId, fromBlock: 0n };
  let text: string;
  try {
    text = await readFile(contracts, "utf8");
  } catch (cause) {
    throw new PleiadError(`cannot read the deployment file ${contracts}`, {
      code: "DEPLOYMENT_UNREADABLE",
      hint: "set chain.contracts to the file that `pleiad deploy` wrote, or to the addresses",
      cause,
    });
  }
  return parseDeployment(text);
}
