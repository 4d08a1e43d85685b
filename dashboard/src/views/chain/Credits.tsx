import { lazy, type ReactNode, Suspense, useId, useState } from "react";
import { type Credit, creditKey, useCredits, useCreditsOf } from "../../api/chain.ts";
import { write } from "../../api/client.ts";
import type { CreditsAnswer } from "../../api/types.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Facts, Hash, Name, Time, type Tone } from "../../parts/basics.tsx";
import { Link, type Place, useSearch } from "../../router.tsx";
import { amountText, countText } from "../../text/amounts.ts";
import type { CreditWallet } from "./CreditsWallet.tsx";
import "./chain.css";

type Withdrawal = CreditsAnswer["withdrawals"][number];

const WithCreditWallet = lazy(async () => ({
  default: (await import("./CreditsWallet.tsx")).WithCreditWallet,
}));

/** What was earned or came back and is not taken out yet, and taking it out. */
export function Credits() {
  const query = useCredits();
  const [way, setWay] = useSearch("with");
  return (
    <Answer query={query} what="the credits">
      {(answer) => {
        const plain = <Lists answer={answer} onWallet={() => setWay("wallet")} />;
        return (
          <>
            <h1>Credits</h1>
            {way === "wallet" ? (
              <Suspense fallback={plain}>
                <WithCreditWallet>{(wallet) => <Lists answer={answer} wallet={wallet} />}</WithCreditWallet>
              </Suspense>
            ) : (
              plain
            )}
          </>
        );
      }}
    </Answer>
  );
}

function Lists({
  answer,
  wallet,
  onWallet,
}: {
  readonly answer: CreditsAnswer;
  readonly wallet?: CreditWallet;
  readonly onWallet?: () => void;
}) {
  return (
    <div className="columns">
      <div className="column">
        <ToWithdraw id="credits" title="To withdraw" answer={answer} wallet={wallet}>
          Nothing yet. What your nodes, models and clusters earn is credited with each accepted answer, and
          stands here until it is withdrawn.
        </ToWithdraw>
        <OfWallet answer={answer} wallet={wallet} />
      </div>
      <div className="column">
        {wallet?.cards}
        {onWallet !== undefined && (
          <Card id="with-wallet" title="With a wallet">
            <p className="muted">
              Whoever owns a credit can withdraw it with their own wallet; so can who paid for a run that did
              not spend all.
            </p>
            <div className="bar-of-actions">
              <button type="button" onClick={onWallet}>
                Choose a wallet
              </button>
            </div>
          </Card>
        )}
        <Totals answer={answer} />
        <Withdrawals all={answer.withdrawals} />
      </div>
    </div>
  );
}

/** What the wallet's account has, where that is none of the daemon's own. */
function OfWallet({
  answer: { owners },
  wallet,
}: {
  readonly answer: CreditsAnswer;
  readonly wallet: CreditWallet | undefined;
}) {
  const account = wallet?.account;
  const isShown = owners.some((owner) => owner.toLowerCase() === account?.toLowerCase());
  const query = useCreditsOf(isShown ? undefined : account);
  if (account === undefined || isShown) return null;
  return (
    <Answer query={query} what="the wallet's credits" isPart>
      {(answer) => (
        <ToWithdraw id="of-wallet" title="Of the wallet's account" answer={answer} wallet={wallet}>
          Nothing is credited to this account, nor to a node, model or cluster that it owns.
        </ToWithdraw>
      )}
    </Answer>
  );
}

function ToWithdraw({
  id,
  title,
  answer,
  wallet,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly answer: CreditsAnswer;
  readonly wallet: CreditWallet | undefined;
  /** What is said where there is none. */
  readonly children: ReactNode;
}) {
  const { credits, error, leftOut, block } = answer;
  return (
    <Card id={id} title={title}>
      {error !== null && (
        <p role="alert">
          <Badge tone="warn">Not known now</Badge> The chain could not be asked: {error}
        </p>
      )}
      {credits.length === 0 && error === null && <Empty>{children}</Empty>}
      {credits.map((credit) => (
        <CreditOf
          key={creditKey(credit)}
          credit={credit}
          withdrawals={answer.withdrawals}
          byWallet={wallet?.actOn(credit, block)}
        />
      ))}
      {leftOut > 0 && (
        <p className="muted">
          {countText(leftOut)} more nodes, models and clusters were not asked about:{" "}
          <Command line="pleiad credit list" />
        </p>
      )}
    </Card>
  );
}

function CreditOf({
  credit,
  withdrawals,
  byWallet,
}: {
  readonly credit: Credit;
  readonly withdrawals: readonly Withdrawal[];
  readonly byWallet: ReactNode;
}) {
  const { kind, id, owner, currency, amountWei, isDaemons } = credit;
  const titleId = useId();
  const sending = withdrawals.some(
    (one) => one.state === "sending" && one.kind === kind && one.of === id && one.currency === currency,
  );
  return (
    <article className="task" aria-labelledby={titleId}>
      <h3 id={titleId}>
        <Whose credit={credit} /> <span className="chain-amount">{amountText(amountWei, currency)}</span>
      </h3>
      <p className="muted">
        It goes to its owner, <Hash hex={owner} what="the owner" />
      </p>
      {byWallet}
      {isDaemons ? <Withdraw credit={credit} isSending={sending} /> : <ByHand credit={credit} />}
    </article>
  );
}

function Whose({ credit: { kind, id, account, name } }: { readonly credit: Credit }) {
  if (id === null)
    return (
      <>
        Account <Hash hex={account ?? ""} what="the account" />
      </>
    );
  const places: Partial<Record<Credit["kind"], Place>> = {
    Node: { view: "networkNode", id },
    Model: { view: "networkModel", id },
    Cluster: { view: "cluster", id },
  };
  const place = places[kind];
  const word = `${kind} ${id}`;
  return (
    <>
      {place === undefined ? word : <Link to={place}>{word}</Link>}
      {name !== "" && (
        <>
          {" "}
          <Name text={name} />
        </>
      )}
    </>
  );
}

/** The daemon's own account may: it asks once more, as what is sent is sent. */
function Withdraw({ credit, isSending }: { readonly credit: Credit; readonly isSending: boolean }) {
  const may = useMay("operate");
  const [isAsked, setAsked] = useState(false);
  const { kind, id, account, currency } = credit;
  const act = useAct(() => write("POST /chain/credits/withdraw", {}, { kind, id, account, currency }), {
    changes: [["credit"], ["overview"]],
    onDone: () => setAsked(false),
  });
  const isBusy = act.isPending || isSending;
  return (
    <>
      <div className="bar-of-actions">
        {isAsked && !isBusy ? (
          <>
            <ActButton may={may} kind="chief" onClick={() => act.mutate(undefined)}>
              Withdraw {amountText(credit.amountWei, currency)} now
            </ActButton>
            <button type="button" onClick={() => setAsked(false)}>
              Not now
            </button>
          </>
        ) : (
          <ActButton may={may} isBusy={isBusy} onClick={() => setAsked(true)}>
            {isBusy ? "On its way…" : "Withdraw"}
          </ActButton>
        )}
      </div>
      {isAsked && (
        <p className="muted">The daemon sends it; its gas counts to the daemon's spending limit.</p>
      )}
      <WhyNot error={act.error} />
    </>
  );
}

function ByHand({ credit: { kind, id } }: { readonly credit: Credit }) {
  return (
    <p className="muted">
      The daemon's account may not withdraw it; its owner does, with their own key:{" "}
      <Command
        line={`pleiad credit withdraw ${kind.toLowerCase()}${id === null ? "" : ` ${id}`} --key OWNER.key`}
      />
    </p>
  );
}

function Totals({ answer }: { readonly answer: CreditsAnswer }) {
  const { credits, account, owners, block } = answer;
  const totals = new Map<string, bigint>();
  for (const { currency, amountWei } of credits)
    totals.set(currency, (totals.get(currency) ?? 0n) + BigInt(amountWei));
  return (
    <Card id="totals" title="Together">
      <Facts
        rows={[
          [
            "To withdraw",
            totals.size === 0
              ? "nothing"
              : [...totals].map(([currency, sum]) => amountText(String(sum), currency)).join(", "),
          ],
          ["As of", block === null ? "not known yet" : `block ${countText(BigInt(block))}`],
          [
            "The daemon's account",
            account === null ? (
              "it is starting"
            ) : (
              <Hash key="account" hex={account} what="the daemon's account" />
            ),
          ],
          [
            "Looked for",
            <span key="owners" className="chain-links">
              {owners.map((owner) => (
                <Hash key={owner} hex={owner} what="an owner" />
              ))}
            </span>,
          ],
        ]}
      />
      <p className="muted">Credits of that account and of the node's owner, and of all that they own.</p>
    </Card>
  );
}

const STATES: Readonly<Record<Withdrawal["state"], readonly [Tone, string]>> = {
  sending: ["busy", "on its way"],
  paid: ["good", "paid out"],
  failed: ["bad", "not paid"],
};

function Withdrawals({ all }: { readonly all: readonly Withdrawal[] }) {
  if (all.length === 0) return null;
  return (
    <Card id="withdrawals" title="Withdrawn by this daemon">
      <ul className="rows">
        {all.map((one) => (
          <li key={one.id} className="row">
            <span className="row-title">{amountText(one.amountWei, one.currency)}</span>
            <Badge tone={STATES[one.state][0]}>{STATES[one.state][1]}</Badge>
            <span className="row-text muted">
              {one.kind.toLowerCase()} {one.of ?? ""}
              {one.reason !== null && `: ${one.reason}`}
            </span>
            {one.transactionHash !== null && <Hash hex={one.transactionHash} what="the transaction" />}
            <span className="row-time">
              <Time atMs={one.atMs} />
            </span>
          </li>
        ))}
      </ul>
      <p className="muted">Since the daemon started. The chain has all of them.</p>
    </Card>
  );
}
