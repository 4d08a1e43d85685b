import { type Plan as Answered, useApplyPlan, usePlan, useRefusePlan } from "../../api/operate.ts";
import { ActButton, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Disclosure, Facts, Foreign, Hash, Name, Time } from "../../parts/basics.tsx";
import { Fault } from "../../parts/ErrorWords.tsx";
import { Link } from "../../router.tsx";
import { amountText, countText, plural } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { costText, isOpen, isOwners, PLAN_TONES, PLAN_WORDS, stepText, textOf } from "./plans.ts";
import "./manager.css";
import { Why } from "./Why.tsx";

/** One plan: what it does and why, what it costs, who must say yes, and how far it is. */
export function Plan({ id }: { readonly id: string }) {
  const query = usePlan(id);
  return (
    <Answer query={query} what={`plan ${id}`}>
      {({ plan }) => (
        <>
          <p>
            <Link to={{ view: "manager" }}>Manager</Link>
          </p>
          <header className="view-head">
            <h1>
              <Name text={plan.title} fallback={`Plan ${plan.id}`} />
            </h1>
            <Badge tone={PLAN_TONES[plan.state]}>{plan.state}</Badge>
          </header>
          <p className="lead">{PLAN_WORDS[plan.state]}</p>
          {plan.problem !== undefined && (
            <Card id="problem" title="What went wrong">
              <Fault {...plan.problem} />
            </Card>
          )}
          <div className="columns">
            <div className="column">
              <Steps plan={plan} />
            </div>
            <div className="column">
              <Decide plan={plan} />
              <About plan={plan} />
              <Card id="why" title="Why it was made">
                <Why subject={plan.id} />
              </Card>
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function Decide({ plan }: { readonly plan: Answered }) {
  const apply = useApplyPlan();
  const refuse = useRefusePlan();
  const may = useMay();
  const cost = costText(plan);
  const keyed = plan.steps.slice(plan.done).filter(({ step }) => isOwners(step)).length;
  if (!isOpen(plan)) return null;
  return (
    <Card id="decide" title={plan.state === "proposed" ? "Yes or no" : "Under way"}>
      {plan.consent !== undefined && (
        <p>
          Somebody has to say yes: <bdi>{cleanText(plan.consent)}</bdi>.
        </p>
      )}
      {plan.state === "proposed" && (
        <div className="bar-of-actions">
          <ActButton
            may={may}
            kind="chief"
            isBusy={apply.isPending}
            isDisabled={refuse.isPending}
            onClick={() => apply.mutate(plan.id)}
          >
            {cost === undefined ? "Apply: costs nothing" : `Apply: costs up to ${cost}`}
          </ActButton>
          {may.may && (
            <ActButton
              may={may}
              kind="danger"
              isBusy={refuse.isPending}
              isDisabled={apply.isPending}
              onClick={() => refuse.mutate(plan.id)}
            >
              Refuse
            </ActButton>
          )}
        </div>
      )}
      {keyed > 0 && (
        <p className="muted">
          {plural(keyed, "step")} of it {keyed === 1 ? "takes" : "take"} the key of an owner, which the daemon
          does not have. With it: <Command line={`pleiad manager apply ${plan.id} --keystore owner.json`} />
        </p>
      )}
      <WhyNot error={apply.error ?? refuse.error} />
    </Card>
  );
}

function About({ plan }: { readonly plan: Answered }) {
  const { id, kind, cluster, madeAtMs, expiresAtMs, steps, done } = plan;
  const gas = steps.reduce((sum, { cost }) => sum + BigInt(cost.gas), 0n);
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          ["Plan", id],
          ["Kind", kind.toLowerCase()],
          [
            "Cluster",
            cluster === "0" ? (
              "one that is to be formed"
            ) : (
              <Link key="cluster" to={{ view: "cluster", id: cluster }}>
                cluster {cluster}
              </Link>
            ),
          ],
          ["Costs at most", `${costText(plan) ?? "nothing"}${gas === 0n ? "" : `, ${countText(gas)} gas`}`],
          ["Done", `${done} of ${plural(steps.length, "step")}`],
          ["Made", <Time key="made" atMs={madeAtMs} isExact />],
          ...(isOpen(plan)
            ? [["Counts until", <Time key="until" atMs={expiresAtMs} isExact />] as const]
            : []),
        ]}
      />
    </Card>
  );
}

function Steps({ plan }: { readonly plan: Answered }) {
  const { steps, done, outcomes, state } = plan;
  const isGoing = state === "applying";
  return (
    <Card
      id="steps"
      title="Steps"
      aside={
        <progress
          value={done}
          max={Math.max(1, steps.length)}
          aria-label={`${done} of ${steps.length} steps done`}
        />
      }
    >
      <ol className="timeline">
        {steps.map(({ step, why, cost }, at) => {
          const isDone = at < done;
          const isNow = isGoing && at === done;
          const isFailed = state === "failed" && at === done;
          const text = textOf(step);
          return (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: a plan's steps never change their places.
              key={at}
              className={`moment ${isFailed ? "moment-bad" : isDone ? "" : isNow ? "moment-now" : "manager-open"}`}
            >
              <p className="moment-title">
                <strong>
                  <Name text={stepText(step)} />
                </strong>
                <Badge tone={isFailed ? "bad" : isDone ? "good" : isNow ? "busy" : "calm"}>
                  {isFailed ? "failed" : isDone ? "done" : isNow ? "now" : "open"}
                </Badge>
                {isOwners(step) && <span className="muted">takes an owner's key</span>}
              </p>
              <p className="problem-text">
                <bdi>{cleanText(why)}</bdi>
              </p>
              <p className="muted">
                {cost.gas === "0"
                  ? "costs no gas"
                  : `${countText(BigInt(cost.gas))} gas, up to ${amountText(cost.gasWei)}`}
                {cost.feesWei !== "0" && `, fees up to ${amountText(cost.feesWei, cost.currency)}`}
              </p>
              <Outcome outcome={outcomes[at] ?? null} />
              {text !== undefined && (
                <Disclosure summary="Its text">
                  {() => <Foreign text={text} label="Text of the step" />}
                </Disclosure>
              )}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

function Outcome({ outcome }: { readonly outcome: string | null }) {
  if (outcome === null) return null;
  return (
    <p className="moment-place">
      led to{" "}
      {/^0x[0-9a-f]{64}$/i.test(outcome) ? (
        <Hash hex={outcome} what="the transaction" />
      ) : (
        <Name text={outcome} />
      )}
    </p>
  );
}
