import { type Chain, custom, defineChain } from "viem";
import { type Config, createConfig, injected } from "wagmi";
import type { DeploymentAnswer } from "../api/types.ts";
import { localProvider } from "./provider.ts";

/** By what the page's own wallet is known among those of the browser. */
export const LOCAL_WALLET_ID = "pleiad-local";

const LOCAL_CHAIN_ID = 31_337;

/**
 * Wallets of the browser, which announce themselves (EIP-6963), and the one that a daemon lends on a local chain. Nothing is kept: a page that is
 * loaded anew connects anew. Nothing is asked of any endpoint but through the wallet that was chosen.
 */
export function walletConfig({ chainId, walletRpcUrl, localAccount }: DeploymentAnswer): Config {
  const chain = chainOf(chainId, walletRpcUrl);
  const nobody = custom({
    async request() {
      throw new Error("the page asks the chain through the wallet that was chosen");
    },
  });
  return createConfig({
    chains: [chain],
    transports: { [chainId]: nobody },
    storage: null,
    multiInjectedProviderDiscovery: true,
    connectors: localAccount === null ? [] : [injected({ target: localTarget, shimDisconnect: false })],
  });
}

function localTarget() {
  return { id: LOCAL_WALLET_ID, name: "This local network", provider: localProvider() as never };
}

function chainOf(id: number, rpcUrl: string | null): Chain {
  return defineChain({
    id,
    name: id === LOCAL_CHAIN_ID ? "Pleiad, local" : `Chain ${id}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: rpcUrl === null ? [] : [rpcUrl] } },
  });
}
