import { useDrop, useStanding } from "../../api/operate.ts";
import { ActButton, useMay, WhyNot } from "../../parts/acting.tsx";
import { Card, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { cleanName, cleanText } from "../../text/clean.ts";

/** Clusters that were asked for and are not there yet: nothing where there is none. */
export function Standing() {
  const { data } = useStanding();
  const drop = useDrop();
  const may = useMay();
  if (data === undefined || data.requests.length === 0) return null;
  return (
    <Card id="standing" title="Clusters that are asked for">
      <ul className="rows">
        {data.requests.map(({ slug, goal, needs, by, sinceMs, plan }) => (
          <li key={slug} className="row manager-alert">
            <div className="row-text">
              <p>
                <strong>
                  <Name text={slug} />
                </strong>
                , asked by <Name text={by} /> <Time atMs={sinceMs} />
              </p>
              <p>
                <bdi>{cleanText(goal)}</bdi>
              </p>
              <p className="muted">
                <Name text={needs.map(({ capability, count }) => `${count} × ${capability}`).join(", ")} />.{" "}
                {plan === undefined ? (
                  "Not possible yet; it is tried again at each look."
                ) : (
                  <Link to={{ view: "plan", id: plan }}>Its plan</Link>
                )}
              </p>
            </div>
            <ActButton
              may={may}
              isBusy={drop.isPending && drop.variables === slug}
              onClick={() => drop.mutate(slug)}
            >
              Try no more<span className="unseen"> to form {cleanName(slug)}</span>
            </ActButton>
          </li>
        ))}
      </ul>
      <WhyNot error={drop.error} />
    </Card>
  );
}
