import { checkDeployment } from "@pleiad/sdk/actions/checkDeployment";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { chainCall } from "../chainCall.ts";
import { clientOf } from "../context.ts";
import { type Finding, ok, skipped, warning, wrong } from "./finding.ts";

/** What the chain of a node or of a network should be. */
export interface ExpectedChain {
  readonly rpcUrl: string;
  /** Undefined where nobody says which one it should be. */
  readonly chainId: number | undefined;
  /** The contracts, or why they cannot be told. */
  readonly deployment: Deployment | PleiadError | undefined;
}

/** Whether the endpoint answers, is on the right chain, and has the contracts. */
export async function checkChain({ rpcUrl, chainId, deployment }: ExpectedChain): Promise<Finding[]> {
  // A URL may hold an API key: its origin says enough.
  const where = new URL(rpcUrl).origin;
  try {
    const found = await chainCall(() => clientOf(rpcUrl).getChainId());
    if (chainId !== undefined && found !== chainId) {
      const text = `${where} is on chain ${found}, not on ${chainId}`;
      return [wrong("RPC endpoint", text, "name an endpoint of the right chain, or correct chain.chainId")];
    }
    return [ok("RPC endpoint", `${where} answers, chain ${found}`), await checkContracts(rpcUrl, deployment)];
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return [wrong("RPC endpoint", `${where}: ${error.message}`, error.hint ?? "check the URL")];
  }
}

async function checkContracts(rpcUrl: string, deployment: ExpectedChain["deployment"]): Promise<Finding> {
  if (deployment === undefined) return skipped("contracts", "nobody says where they are");
  if (deployment instanceof PleiadError) return wrong("contracts", deployment.message, deployment.hint ?? "");
  try {
    const { contracts, isBlockChecked } = await checkDeployment(clientOf(rpcUrl), { deployment });
    const text = `all ${contracts.length} are there, with the code that they should have`;
    const block = isBlockChecked
      ? `none is older than block ${deployment.fromBlock}`
      : "the endpoint has no state of old blocks to tell their first block by";
    return ok("contracts", `${text}; ${block}`);
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    const finding = error.code === "CODE_UNCHECKED" ? warning : wrong;
    return finding("contracts", error.message, error.hint ?? "check the deployment");
  }
}
