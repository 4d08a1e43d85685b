import { PleiadError } from "@pleiad/sdk/errors";
import { createTestClient, http, parseEther } from "viem";
import type { LocalAccounts } from "./accounts.ts";
import { OPERATOR_NAMES } from "./layout.ts";

/** More than all the runs of a working life cost. */
const BALANCE_WEI = parseEther("10000");

/**
 * Gives the local accounts play money on a development chain that somebody else started.
 *
 * @throws PleiadError LOCAL_CHAIN_NOT_DEVELOPMENT where the chain does not hand out money
 */
export async function fundAccounts(rpcUrl: string, accounts: LocalAccounts): Promise<void> {
  const all = [
    accounts.clusterOwner,
    accounts.requester,
    ...OPERATOR_NAMES.flatMap((name) => [accounts.operator(name), accounts.nodeKey(name)]),
  ];
  // Both Hardhat and anvil answer to this name.
  const client = createTestClient({ mode: "hardhat", transport: http(rpcUrl) });
  try {
    for (const { address } of all) await client.setBalance({ address, value: BALANCE_WEI });
  } catch (cause) {
    throw new PleiadError(`the chain at ${rpcUrl} is not reachable, or no development chain`, {
      code: "LOCAL_CHAIN_NOT_DEVELOPMENT",
      hint: "start one with `npx hardhat node` or `anvil`; on a real chain use pleiad deploy, node init and node start",
      details: { rpcUrl },
      cause,
    });
  }
}
