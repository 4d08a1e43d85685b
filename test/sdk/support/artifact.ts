import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Abi, type Address, getAddress, type Hex } from "viem";
import { deployContract, waitForTransactionReceipt } from "viem/actions";
import type { WriteClient } from "../../../sdk/src/types/client.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Deploys a contract of the tests, as it was compiled last; answers where it is. */
export async function deployArtifact(client: WriteClient, source: string): Promise<Address> {
  const path = join(ROOT, "artifacts", source, `${basename(source, ".sol")}.json`);
  const { abi, bytecode } = JSON.parse(readFileSync(path, "utf8")) as { abi: Abi; bytecode: Hex };
  const hash = await deployContract(client, { abi, bytecode, account: client.account, chain: null });
  const { contractAddress } = await waitForTransactionReceipt(client, { hash });
  if (!contractAddress) throw new Error(`${source} was not deployed`);
  return getAddress(contractAddress);
}
