import { type ReactNode, useMemo } from "react";
import { type Config, WagmiProvider } from "wagmi";
import { useDeployment } from "../api/making.ts";
import type { DeploymentAnswer } from "../api/types.ts";
import { Answer } from "../parts/answers.tsx";
import { walletConfig } from "./config.ts";

/** A wallet that was chosen stays so from one view to the next: the same for the same deployment, while the page is open. */
const made = new Map<string, Config>();

function configFor(deployment: DeploymentAnswer): Config {
  const key = JSON.stringify(deployment);
  const config = made.get(key) ?? walletConfig(deployment);
  made.set(key, config);
  return config;
}

/** What signs in it has the wallet that the person chose. */
export function WithWallet({ children }: { readonly children: (deployment: DeploymentAnswer) => ReactNode }) {
  const query = useDeployment();
  return (
    <Answer query={query} what="where the contracts are">
      {(deployment) => <Provided deployment={deployment}>{children(deployment)}</Provided>}
    </Answer>
  );
}

function Provided({
  deployment,
  children,
}: {
  readonly deployment: DeploymentAnswer;
  readonly children: ReactNode;
}) {
  const config = useMemo(() => configFor(deployment), [deployment]);
  return (
    <WagmiProvider config={config} reconnectOnMount={false}>
      {children}
    </WagmiProvider>
  );
}
