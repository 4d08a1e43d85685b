import "@pleiad/sdk/blueprint/withoutEval";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { type Deployment, deploymentOfAddresses } from "@pleiad/sdk/types/deployment";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Address, Chain, Hex } from "viem";
import { estimateGas, getBalance, getGasPrice } from "viem/actions";
import { useConfig, useConnection } from "wagmi";
import type { DeploymentAnswer } from "../api/types.ts";
import { type AskedTransaction, clientOver, type SendEvents, transactionOf } from "./client.ts";
import { LOCAL_WALLET_ID } from "./config.ts";
import type { Provider } from "./provider.ts";

/** Who signs, and how: the wallet that was chosen, on the daemon's chain. */
export interface Signer {
  readonly address: Address;
  readonly walletName: string;
  readonly isLocal: boolean;
  readonly deployment: Deployment;
  /** Reads through the wallet. */
  readonly client: WriteClient;
  /** Runs an action of the SDK that sends. */
  send<Result>(act: (client: WriteClient) => Promise<Result>, events?: SendEvents): Promise<Result>;
  /** Tries an action without sending, and says what would be signed and how much gas it takes. */
  rehearse(act: (client: WriteClient) => Promise<unknown>): Promise<Rehearsed>;
}

export interface Rehearsed {
  readonly transaction: AskedTransaction;
  readonly gas: bigint;
}

export type SignerState =
  | { readonly state: "none" }
  | {
      readonly state: "otherChain";
      readonly chainId: number;
      readonly wantedChainId: number;
      readonly walletName: string;
    }
  | { readonly state: "ready"; readonly signer: Signer };

/** The deployment as the SDK takes it. */
export function deploymentIn({ chainId, fromBlock, contracts }: DeploymentAnswer): Deployment {
  return deploymentOfAddresses(
    { chainId, fromBlock: BigInt(fromBlock) },
    new Map(Object.entries(contracts)) as never,
  );
}

export function useSigner(answer: DeploymentAnswer): SignerState {
  const { status, address, chainId, connector } = useConnection();
  const { chains } = useConfig();
  const [chain] = chains;
  const deployment = useMemo(() => deploymentIn(answer), [answer]);
  const { data: provider } = useQuery({
    queryKey: ["wallet", "provider", connector?.uid],
    enabled: connector !== undefined && status === "connected",
    networkMode: "always",
    // A wallet is no data: it stays what it is.
    structuralSharing: false,
    queryFn: async () => ({ it: (await connector?.getProvider()) as Provider }),
  });
  const signer = useMemo(
    () =>
      address === undefined || provider === undefined
        ? undefined
        : signerOf({
            address,
            provider: provider.it,
            chain: chain as Chain,
            deployment,
            walletName: connector?.name ?? "",
            isLocal: connector?.id === LOCAL_WALLET_ID,
          }),
    [address, provider, chain, deployment, connector],
  );
  if (status !== "connected" || signer === undefined) return { state: "none" };
  if (chainId !== deployment.chainId)
    return {
      state: "otherChain",
      chainId: chainId ?? 0,
      wantedChainId: deployment.chainId,
      walletName: signer.walletName,
    };
  return { state: "ready", signer };
}

function signerOf(
  given: Omit<Signer, "client" | "send" | "rehearse"> & {
    readonly provider: Provider;
    readonly chain: Chain;
  },
): Signer {
  const { provider, chain, address, ...rest } = given;
  const client = clientOver(provider, address, chain);
  return {
    ...rest,
    address,
    client,
    send: (act, events) => act(clientOver(provider, address, chain, events)),
    async rehearse(act) {
      const transaction = await transactionOf(provider, address, chain, act);
      const { to, data, value } = transaction;
      const gas = await estimateGas(client, {
        account: address,
        to,
        ...(data === undefined ? {} : { data }),
        ...(value === undefined ? {} : { value: BigInt(value as Hex) }),
      });
      return { transaction, gas };
    },
  };
}

/** What the signer has, and what gas costs now; read anew after each transaction. */
export function useFunds(signer: Signer | undefined) {
  return useQuery({
    queryKey: ["funds", signer?.address],
    enabled: signer !== undefined,
    queryFn: async () => {
      const { client, address } = signer as Signer;
      const [balanceWei, gasPriceWei] = await Promise.all([
        getBalance(client, { address }),
        getGasPrice(client),
      ]);
      return { balanceWei, gasPriceWei };
    },
  });
}
