import { useQuery } from "@tanstack/react-query";
import { type Address, erc20Abi } from "viem";
import { readContract } from "viem/actions";
import { NATIVE, type TokenFacts } from "../text/amounts.ts";
import type { Signer } from "./signer.ts";

/** What a token says of itself, asked through the wallet; undefined while that is not known. */
export function useToken(signer: Signer | undefined, currency: string): TokenFacts | undefined {
  const { data } = useQuery({
    queryKey: ["wallet", "token", signer?.address, currency],
    enabled: signer !== undefined && currency !== NATIVE,
    queryFn: () => tokenFacts(signer as Signer, currency as Address),
  });
  return data;
}

async function tokenFacts({ client }: Signer, address: Address): Promise<TokenFacts> {
  const token = { address, abi: erc20Abi } as const;
  const decimals = await readContract(client, { ...token, functionName: "decimals" });
  // Some have none, and some one that is no text.
  const symbol = await readContract(client, { ...token, functionName: "symbol" }).catch(() => "");
  return { decimals, symbol };
}

/** What the signer has of a token; read anew after each transaction. */
export function useTokenBalance(signer: Signer | undefined, currency: string): bigint | undefined {
  const { data } = useQuery({
    queryKey: ["funds", signer?.address, currency],
    enabled: signer !== undefined && currency !== NATIVE,
    queryFn: () => tokenBalance(signer as Signer, currency),
  });
  return data;
}

export function tokenBalance({ client, address }: Signer, currency: string): Promise<bigint> {
  return readContract(client, {
    address: currency as Address,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [address],
  });
}
