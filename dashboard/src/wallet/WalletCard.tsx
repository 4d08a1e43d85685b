import { useConfig, useConnectors } from "wagmi";
import { connect, disconnect, switchChain } from "wagmi/actions";
import type { DeploymentAnswer } from "../api/types.ts";
import { ActButton, useAct, useMay } from "../parts/acting.tsx";
import { Badge, Card, Hash, Name } from "../parts/basics.tsx";
import { roundedText } from "../text/amounts.ts";
import { LOCAL_WALLET_ID } from "./config.ts";
import { FailureNote } from "./FailureNote.tsx";
import { type Signer, type SignerState, useFunds } from "./signer.ts";
import "./wallet.css";

/** Who signs: chosen by the person, and shown plainly. */
export function WalletCard({
  state,
  deployment,
}: {
  readonly state: SignerState;
  readonly deployment: DeploymentAnswer;
}) {
  return (
    <Card
      id="signer"
      title="Who signs"
      aside={
        state.state === "ready" ? (
          <span className="bar-of-actions">
            <Badge tone="good">Ready</Badge>
            <Leave />
          </span>
        ) : (
          <Badge tone="calm">Nobody yet</Badge>
        )
      }
    >
      {state.state === "none" && <Choice deployment={deployment} />}
      {state.state === "otherChain" && <OtherChain {...state} />}
      {state.state === "ready" && <Chosen signer={state.signer} />}
    </Card>
  );
}

function Choice({ deployment }: { readonly deployment: DeploymentAnswer }) {
  const config = useConfig();
  const connectors = useConnectors();
  const may = useMay();
  const act = useAct((connector: (typeof connectors)[number]) => connect(config, { connector }));
  const wallets = connectors.filter(({ id }) => id !== LOCAL_WALLET_ID);
  const local = connectors.find(({ id }) => id === LOCAL_WALLET_ID);
  return (
    <>
      {local !== undefined && (
        <div className="wallet-way">
          <ActButton may={may} kind="chief" isBusy={act.isPending} onClick={() => act.mutate(local)}>
            Use this local network's account
          </ActButton>
          <p className="muted">
            It belongs to this page, has play money, and signs without asking. Its transactions go to the
            local chain alone.
          </p>
        </div>
      )}
      <div className="wallet-way">
        {wallets.length === 0 ? (
          <p className="muted">
            This browser has no wallet{local === undefined ? "" : ", and needs none here"}.
          </p>
        ) : (
          <div className="bar-of-actions">
            {wallets.map((connector) => (
              <button
                key={connector.uid}
                type="button"
                disabled={act.isPending}
                onClick={() => act.mutate(connector)}
              >
                Use <Name text={connector.name} fallback="a wallet" />
              </button>
            ))}
          </div>
        )}
      </div>
      <p className="muted">
        Or use the command line, on chain {deployment.chainId}: what to type stands on this page.
      </p>
      <FailureNote error={act.error} />
    </>
  );
}

function OtherChain({
  chainId,
  wantedChainId,
  walletName,
}: Extract<SignerState, { readonly state: "otherChain" }>) {
  const config = useConfig();
  const act = useAct(() => switchChain(config, { chainId: wantedChainId }));
  return (
    <>
      <p role="status">
        <Badge tone="warn">Other chain</Badge> <Name text={walletName} fallback="The wallet" /> is on chain{" "}
        {chainId}; this daemon follows chain {wantedChainId}.
      </p>
      <div className="bar-of-actions">
        <button
          type="button"
          className="button-chief"
          disabled={act.isPending}
          onClick={() => act.mutate(undefined)}
        >
          Switch to chain {wantedChainId}
        </button>
        <Leave />
      </div>
      <FailureNote error={act.error} />
      {act.error !== null && (
        <p className="muted">
          Where the wallet does not know chain {wantedChainId}, add it there by hand, then try again.
        </p>
      )}
    </>
  );
}

function Chosen({ signer }: { readonly signer: Signer }) {
  const { data: funds, error } = useFunds(signer);
  const { address, walletName, deployment, isLocal } = signer;
  const balance =
    funds === undefined
      ? error === null
        ? "balance being read"
        : "balance not known: the wallet does not answer"
      : `${roundedText(String(funds.balanceWei))}${isLocal ? " of play money" : ""}`;
  return (
    <>
      <p className="wallet-line">
        <Name text={walletName} fallback="a wallet" />
        <Hash hex={address} what="the account" />
      </p>
      <p className="wallet-line">
        <span className="muted">chain {deployment.chainId}</span>
        <span>{balance}</span>
      </p>
    </>
  );
}

function Leave() {
  const config = useConfig();
  return (
    <button type="button" className="quiet" onClick={() => void disconnect(config)}>
      Use another
    </button>
  );
}
