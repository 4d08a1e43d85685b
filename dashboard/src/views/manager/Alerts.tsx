import { type Alert, useAcknowledge, useAlerts } from "../../api/operate.ts";
import { ActButton, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Empty, Name, Time, type Tone } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { cleanText } from "../../text/clean.ts";

const TONES: Readonly<Record<Alert["state"], Tone>> = {
  pending: "warn",
  firing: "bad",
  acknowledged: "warn",
  resolved: "calm",
};
const ORDER: readonly Alert["state"][] = ["firing", "pending", "acknowledged", "resolved"];

/** What is over one of the manager's thresholds, what fires first. */
export function Alerts() {
  const query = useAlerts();
  const acknowledge = useAcknowledge();
  const may = useMay();
  return (
    <Card id="alerts" title="Alerts">
      <Answer query={query} what="the alerts" isPart>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <Empty>None. Everything is within its thresholds.</Empty>
          ) : (
            <ul className="rows">
              {[...alerts]
                .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.sinceMs - a.sinceMs)
                .map((alert) => (
                  <li key={alert.id} className="row manager-alert">
                    <Badge tone={TONES[alert.state]}>{alert.state}</Badge>
                    <div className="row-text">
                      <p>
                        <Subject subject={alert.subject} />, {alert.name.replaceAll("_", " ")}
                      </p>
                      <p>
                        <bdi>{cleanText(alert.summary)}</bdi>
                      </p>
                      <p className="muted">
                        {numberText(alert.value)}, where the threshold is {numberText(alert.threshold)}; since{" "}
                        <Time atMs={alert.sinceMs} />
                        {alert.acknowledgedBy !== undefined && (
                          <>
                            ; known to <Name text={alert.acknowledgedBy} />
                          </>
                        )}
                        {alert.resolvedAtMs !== undefined && (
                          <>
                            ; over <Time atMs={alert.resolvedAtMs} />
                          </>
                        )}
                      </p>
                      {alert.state === "firing" && (
                        <ActButton
                          may={may}
                          isBusy={acknowledge.isPending && acknowledge.variables === alert.id}
                          onClick={() => acknowledge.mutate(alert.id)}
                        >
                          I know of it
                        </ActButton>
                      )}
                    </div>
                  </li>
                ))}
            </ul>
          )
        }
      </Answer>
      <WhyNot error={acknowledge.error} />
    </Card>
  );
}

/** `cluster/7`, `node/3`: to go there. */
function Subject({ subject }: { readonly subject: string }) {
  const [, kind, id] = /^(cluster|node)\/(\d{1,78})$/.exec(subject) ?? [];
  if (kind === "cluster" && id !== undefined) return <Link to={{ view: "cluster", id }}>Cluster {id}</Link>;
  if (kind === "node" && id !== undefined) return <Link to={{ view: "networkNode", id }}>Node {id}</Link>;
  return <Name text={subject} />;
}

export function numberText(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
