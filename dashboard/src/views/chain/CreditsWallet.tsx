import "@pleiad/sdk/blueprint/withoutEval";
import { type ReactNode, useState } from "react";
import { type Credit, creditKey } from "../../api/chain.ts";
import type { DeploymentAnswer } from "../../api/types.ts";
import { useAct } from "../../parts/acting.tsx";
import { Badge, Card, Hash } from "../../parts/basics.tsx";
import { countText, roundedText, tokenText } from "../../text/amounts.ts";
import { FailureNote } from "../../wallet/FailureNote.tsx";
import { Steps } from "../../wallet/Steps.tsx";
import { useSending } from "../../wallet/sending.ts";
import { type Signer, useFunds, useSigner } from "../../wallet/signer.ts";
import { useToken } from "../../wallet/token.ts";
import { WalletCard } from "../../wallet/WalletCard.tsx";
import { WithWallet } from "../../wallet/WithWallet.tsx";
import { isOwner, type Tried, tryWithdrawal, withdrawOne } from "./withdrawing.ts";

/** What the person's wallet has to do with the credits that are shown. */
export interface CreditWallet {
  /** Who would sign; undefined while nobody is chosen. */
  readonly account: string | undefined;
  /** Who signs, and what is on its way. */
  readonly cards: ReactNode;
  /** @param block up to which the daemon had read when it told of the credit */
  readonly actOn: (credit: Credit, block: string | null) => ReactNode;
}

/** Has what is shown in it withdrawn by a wallet. It is loaded when somebody wants that. */
export function WithCreditWallet({ children }: { readonly children: (wallet: CreditWallet) => ReactNode }) {
  return <WithWallet>{(deployment) => <Desk deployment={deployment}>{children}</Desk>}</WithWallet>;
}

function Desk({
  deployment,
  children,
}: {
  readonly deployment: DeploymentAnswer;
  readonly children: (wallet: CreditWallet) => ReactNode;
}) {
  const state = useSigner(deployment);
  const signer = state.state === "ready" ? state.signer : undefined;
  const sending = useSending();
  const { paidIn, note } = usePaid();

  async function send(by: Signer, credit: Credit, title: string): Promise<void> {
    sending.begin([title]);
    try {
      const { blockNumber } = await sending.send(by, 0, (client) => withdrawOne(client, by, credit));
      note(credit, blockNumber);
    } catch {
      // The step says what went wrong.
    } finally {
      sending.end();
    }
  }

  return children({
    account: signer?.address,
    cards: (
      <>
        <WalletCard state={state} deployment={deployment} />
        {sending.steps.length > 0 && (
          <Card id="sent" title="Signed by the wallet">
            <Steps steps={sending.steps} signer={signer} finalDepth={deployment.finalDepth} />
          </Card>
        )}
      </>
    ),
    actOn(credit, block) {
      const paidBlock = paidIn(credit);
      if (paidBlock !== undefined && paidBlock > BigInt(block ?? 0))
        return (
          <p role="status">
            <Badge tone="good">Paid out</Badge> in block {countText(paidBlock)}, which the daemon has yet to
            read.
          </p>
        );
      if (signer === undefined) return null;
      return (
        <ByWallet
          credit={credit}
          signer={signer}
          isBusy={sending.isBusy}
          onSend={(title) => void send(signer, credit, title)}
        />
      );
    },
  });
}

/** In which block each credit was paid out: until the daemon has read that block, what it says of the credit is old. */
function usePaid() {
  const [paid, setPaid] = useState<ReadonlyMap<string, bigint>>(new Map());
  return {
    paidIn: (credit: Credit) => paid.get(creditKey(credit)),
    note: (credit: Credit, block: bigint) =>
      setPaid((before) => new Map(before).set(creditKey(credit), block)),
  };
}

/** Tried first, then signed: what is sent is sent. */
function ByWallet({
  credit,
  signer,
  isBusy,
  onSend,
}: {
  readonly credit: Credit;
  readonly signer: Signer;
  readonly isBusy: boolean;
  readonly onSend: (title: string) => void;
}) {
  const look = useAct(async (by: Signer) => ({ by: by.address, tried: await tryWithdrawal(by, credit) }));
  const tried = look.data?.by === signer.address ? look.data.tried : undefined;
  const token = useToken(signer, credit.currency);
  const isTheirs = isOwner(credit, signer);
  if (tried !== undefined && !isBusy) {
    const amount = tokenText(String(tried.amountWei), credit.currency, token);
    return (
      <Review
        tried={tried}
        amount={amount}
        credit={credit}
        signer={signer}
        onSign={() => {
          look.reset();
          onSend(`Withdraw ${amount}`);
        }}
        onNot={look.reset}
      />
    );
  }
  return (
    <>
      <div className="bar-of-actions">
        <button
          type="button"
          className={isTheirs ? "button-chief" : undefined}
          disabled={isBusy || look.isPending}
          aria-busy={look.isPending}
          onClick={() => look.mutate(signer)}
        >
          Withdraw with the wallet
        </button>
        <span className="muted">
          {isTheirs
            ? "It is tried first."
            : "The wallet's account is not its owner; trying says whether it may."}
        </span>
      </div>
      {!look.isPending && look.variables === signer && <FailureNote error={look.error} />}
    </>
  );
}

function Review({
  tried: { gas },
  amount,
  credit,
  signer,
  onSign,
  onNot,
}: {
  readonly tried: Tried;
  readonly amount: string;
  readonly credit: Credit;
  readonly signer: Signer;
  readonly onSign: () => void;
  readonly onNot: () => void;
}) {
  const { data: funds } = useFunds(signer);
  const gasWei = funds === undefined ? undefined : gas * funds.gasPriceWei;
  const isPoor = funds !== undefined && gasWei !== undefined && funds.balanceWei < gasWei;
  return (
    <div className="chain-review">
      <p>
        <strong>{amount}</strong> to <Hash hex={credit.owner} what="the owner" />
        {isOwner(credit, signer) ? ", which is the wallet's account" : ", its owner"}.
      </p>
      <p className="muted">
        It would succeed now, for {countText(gas)} gas
        {gasWei === undefined ? "" : `, ${roundedText(String(gasWei))}`}.
      </p>
      {isPoor && (
        <p role="status">
          <Badge tone="warn">Too little</Badge> The account has less than that gas costs.
        </p>
      )}
      <div className="bar-of-actions">
        <button type="button" className="button-chief" onClick={onSign}>
          {signer.isLocal ? "Withdraw it" : "Sign and withdraw"}
        </button>
        <button type="button" onClick={onNot}>
          Not now
        </button>
      </div>
    </div>
  );
}
