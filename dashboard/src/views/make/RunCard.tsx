import { quote } from "@pleiad/sdk/actions/quote";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ClusterAnswer, DeploymentAnswer, VersionAnswer } from "../../api/types.ts";
import { useAct } from "../../parts/acting.tsx";
import { Badge, Card, Command, Facts, Hash } from "../../parts/basics.tsx";
import { countText, NATIVE, plural, roundedText, tokenText } from "../../text/amounts.ts";
import { FailureNote } from "../../wallet/FailureNote.tsx";
import { Steps } from "../../wallet/Steps.tsx";
import { useSending } from "../../wallet/sending.ts";
import { type Signer, useFunds } from "../../wallet/signer.ts";
import { useToken, useTokenBalance } from "../../wallet/token.ts";
import type { InputReading } from "./input.ts";
import {
  approvalsOf,
  approveOne,
  executeOne,
  handOver,
  problemOf,
  type RunPlan,
  type RunTerms,
  rehearseRun,
  type Wanted,
} from "./running.ts";

/** What the run costs, tried before it is signed, and its transaction on its way. */
export function RunCard({
  cluster,
  version,
  deployment,
  signer,
  input,
  terms,
  onExecution,
}: {
  readonly cluster: ClusterAnswer;
  readonly version: VersionAnswer;
  readonly deployment: DeploymentAnswer;
  readonly signer: Signer | undefined;
  readonly input: InputReading;
  readonly terms: RunTerms;
  readonly onExecution: (execution: string, minedIn: bigint) => void;
}) {
  const queries = useQueryClient();
  const sending = useSending();
  const [isWanted, setWanted] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const wanted: Wanted = { cluster: BigInt(cluster.cluster), version, input, terms };
  const problem = problemOf(input, terms);
  const isStopped = useStopped(signer, wanted);
  const look = useAct(async (): Promise<{ readonly of: string; readonly plan: RunPlan }> => {
    if (signer === undefined) throw new Error("nobody signs");
    return { of: keyOf(wanted, signer), plan: await rehearseRun(signer, wanted) };
  });
  const plan = look.data?.of === keyOf(wanted, signer) ? look.data.plan : undefined;
  const token = useToken(signer, version.currency);

  function check(): void {
    setWanted(true);
    setFailure(undefined);
    sending.forget();
    // Somebody may have sent it money meanwhile.
    void queries.invalidateQueries({ queryKey: ["funds"] });
    if (problem === undefined && signer !== undefined) look.mutate(undefined);
  }

  async function run(): Promise<void> {
    if (signer === undefined) return;
    setFailure(undefined);
    const title = `Run version ${version.version}`;
    sending.begin([title]);
    let approvals: readonly bigint[];
    try {
      await handOver(wanted);
      // Looked at anew: it may be allowed since, as where a run was tried before and its signer said no.
      approvals = await approvalsOf(signer, wanted);
    } catch (error) {
      setFailure(error);
      sending.end();
      sending.forget();
      return;
    }
    const amountText = (amount: bigint) => tokenText(String(amount), version.currency, token);
    sending.begin([...approvals.map((amount) => approvalTitle(amount, amountText)), title]);
    try {
      for (const [at, amount] of approvals.entries())
        await sending.send(signer, at, (client) => approveOne(client, signer, wanted, amount));
      const { execution, blockNumber } = await sending.send(signer, approvals.length, (client) =>
        executeOne(client, signer, wanted),
      );
      look.reset();
      setWanted(false);
      onExecution(String(execution), blockNumber);
    } catch {
      // The step says what went wrong.
    } finally {
      sending.end();
    }
  }

  return (
    <Card id="run" title="Run">
      <Costs version={version} plan={plan} signer={signer} />
      {isStopped && (
        <p role="status">
          <Badge tone="warn">Stopped</Badge> It takes no new runs: its owner, or the owner of a model or agent
          in it, has stopped it.
        </p>
      )}
      {isWanted && problem !== undefined && (
        <p className="make-problem" role="status">
          {problem}
        </p>
      )}
      {isWanted && signer === undefined && (
        <p className="make-problem" role="status">
          Choose above who signs.
        </p>
      )}
      {!sending.isBusy && (
        <div className="bar-of-actions">
          {plan !== undefined && signer !== undefined ? (
            <button type="button" className="button-chief" onClick={() => void run()}>
              {signer.isLocal ? "Run it" : "Sign and run it"}
            </button>
          ) : (
            <button
              type="button"
              className="button-chief"
              disabled={look.isPending}
              aria-busy={look.isPending}
              onClick={check}
            >
              Try it
            </button>
          )}
          {plan === undefined && <span className="muted">Trying sends nothing.</span>}
        </div>
      )}
      {plan === undefined && !look.isPending && <FailureNote error={look.error} />}
      <FailureNote error={failure} />
      <Steps steps={sending.steps} signer={signer} finalDepth={deployment.finalDepth} />
      <p className="muted">
        By the command line: <Command line={`pleiad cluster execute ${commandOf(cluster, version)} --wait`} />
      </p>
    </Card>
  );
}

function Costs({
  version,
  plan,
  signer,
}: {
  readonly version: VersionAnswer;
  readonly plan: RunPlan | undefined;
  readonly signer: Signer | undefined;
}) {
  const { data: funds } = useFunds(signer);
  const { quoteWei, feeWei, currency } = version;
  const token = useToken(signer, currency);
  const tokens = useTokenBalance(signer, currency);
  const gasWei = plan === undefined || funds === undefined ? undefined : plan.gas * funds.gasPriceWei;
  const needsWei = (gasWei ?? 0n) + (currency === NATIVE ? BigInt(quoteWei) : 0n);
  const isPoor =
    (funds !== undefined && funds.balanceWei < needsWei) ||
    (tokens !== undefined && tokens < BigInt(quoteWei));
  const approvals = plan?.approvals ?? [];
  return (
    <>
      <Facts
        rows={[
          ["The run, exactly", <strong key="quote">{tokenText(quoteWei, currency, token)}</strong>],
          ["Of that, the cluster's fee", tokenText(feeWei, currency, token)],
          ...(currency === NATIVE
            ? []
            : ([
                ["Paid in the token", <Hash key="token" hex={currency} what="the token" />],
                [
                  "The account has",
                  tokens === undefined ? "not known yet" : tokenText(String(tokens), currency, token),
                ],
              ] as const)),
          [
            approvals.length === 0 ? "Gas" : "Gas of the first",
            plan === undefined
              ? "known once it was tried"
              : `${countText(plan.gas)}${gasWei === undefined ? "" : `, ${roundedText(String(gasWei))}`}`,
          ],
        ]}
      />
      {approvals.length > 0 && (
        <p role="status">
          <strong>You will sign {plural(approvals.length + 1, "transaction")}:</strong>{" "}
          {approvals.length > 1 &&
            "first what the contract may take so far is taken back, as some tokens want; "}
          the contract is allowed exactly what the run costs, then it runs.
        </p>
      )}
      <p className="muted">What is not spent comes back to you, as credit that you withdraw.</p>
      {isPoor && (
        <p className="make-problem" role="status">
          The account has less than that.
        </p>
      )}
    </>
  );
}

function approvalTitle(amount: bigint, amountText: (amount: bigint) => string): string {
  return amount === 0n
    ? "Take back what the contract may take so far"
    : `Let the contract take ${amountText(amount)}`;
}

/** Whether new runs are refused now, as far as the wallet could be asked. */
function useStopped(signer: Signer | undefined, { cluster, version }: Wanted): boolean {
  const { data } = useQuery({
    queryKey: ["cluster", String(cluster), "quote", version.version, signer?.address],
    enabled: signer !== undefined,
    queryFn: async () => {
      const { client, deployment } = signer as Signer;
      return (await quote(client, { deployment, cluster, version: BigInt(version.version) })).accepting;
    },
  });
  return data === false;
}

/** Whatever changes of it, or of who signs, wants another look. */
function keyOf({ cluster, version, input, terms }: Wanted, signer: Signer | undefined): string {
  const text = new TextDecoder().decode(input.bytes);
  return JSON.stringify([String(cluster), version.version, terms, text, signer?.address]);
}

function commandOf(
  { cluster, published }: ClusterAnswer,
  { inputs, version, currency }: VersionAnswer,
): string {
  const given = inputs.length === 0 ? "--input FILE" : inputs.map((name) => `--input ${name}=FILE`).join(" ");
  const which = published[0]?.version === version ? "" : ` --version ${version}`;
  return `${cluster} ${given}${which}${currency === NATIVE ? "" : " --approve"}`;
}
