import { type Plan, usePlans } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Empty, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { costText, isOpen, PLAN_TONES } from "./plans.ts";

/** Plans that wait for a yes: nothing where there is none. */
export function PlansToApprove() {
  const { data } = usePlans();
  const waiting = data?.plans.filter(({ state }) => state === "proposed") ?? [];
  if (waiting.length === 0) return null;
  return (
    <Card id="to-approve" title="Plans that wait for a yes">
      <PlanRows plans={waiting} />
    </Card>
  );
}

/** All others: those under way, then those that are over. */
export function PlansMade() {
  const query = usePlans();
  return (
    <Card id="plans" title="Plans">
      <Answer query={query} what="the plans" isPart>
        {({ plans }) => {
          const others = plans.filter(({ state }) => state !== "proposed");
          const sorted = [...others.filter(isOpen), ...others.filter((plan) => !isOpen(plan))];
          return sorted.length === 0 ? (
            <Empty>
              None yet. A plan is made where a cluster is not as it should be, and where somebody asks for
              something.
            </Empty>
          ) : (
            <PlanRows plans={sorted} />
          );
        }}
      </Answer>
    </Card>
  );
}

function PlanRows({ plans }: { readonly plans: readonly Plan[] }) {
  return (
    <ul className="rows">
      {plans.map((plan) => (
        <li key={plan.id} className="row manager-plan">
          <Badge tone={PLAN_TONES[plan.state]}>{plan.state}</Badge>
          <span className="row-text">
            <Link to={{ view: "plan", id: plan.id }}>
              <Name text={plan.title} fallback={`plan ${plan.id}`} />
            </Link>
            <br />
            <span className="muted">
              {plan.kind.toLowerCase()}, {plural(plan.steps.length, "step")},{" "}
              {costText(plan) ?? "costs nothing"}
            </span>
          </span>
          <span className="row-time">
            <Time atMs={plan.madeAtMs} />
          </span>
        </li>
      ))}
    </ul>
  );
}
