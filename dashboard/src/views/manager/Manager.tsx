import { ApiFailure } from "../../api/client.ts";
import { type ManagerState, useManager } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Name, Time } from "../../parts/basics.tsx";
import { Fault } from "../../parts/ErrorWords.tsx";
import { countText } from "../../text/amounts.ts";
import { Alerts } from "./Alerts.tsx";
import { Ask } from "./Ask.tsx";
import { Clusters } from "./Clusters.tsx";
import { PlansMade, PlansToApprove } from "./Plans.tsx";
import { Standing } from "./Standing.tsx";
import "./manager.css";

/** What keeps the clusters of this operator well: what it wants a yes for, what is wrong, and how each cluster is. */
export function Manager() {
  const query = useManager();
  if (query.data === undefined && query.error instanceof ApiFailure && query.error.code === "MANAGER_OFF")
    return <Off />;
  return (
    <Answer query={query} what="the manager">
      {({ status }) => (
        <>
          <header className="view-head">
            <h1>
              Manager <Name text={status.name} fallback={status.id} />
            </h1>
            <Looked status={status} />
          </header>
          {status.problem !== undefined && (
            <Card id="problem" title="Something keeps it from its work">
              <Fault {...status.problem} />
            </Card>
          )}
          <PlansToApprove />
          <div className="columns">
            <div className="column">
              <Clusters clusters={status.clusters} />
              <PlansMade />
            </div>
            <div className="column">
              <Alerts />
              <Standing />
              <Ask capabilities={status.capabilities} clusters={status.clusters} />
              <Policy status={status} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function Looked({ status: { reconciled } }: { readonly status: ManagerState }) {
  if (reconciled === undefined) return <Badge tone="busy">Has not looked yet</Badge>;
  return (
    <span className="muted">
      looked <Time atMs={reconciled.atMs} />, at block {countText(BigInt(reconciled.block))}, for{" "}
      {countText(Math.round(reconciled.tookMs))} ms
    </span>
  );
}

function Policy({
  status: { capabilities, unasked, formationIntervalMs, scalingIntervalMs },
}: {
  readonly status: ManagerState;
}) {
  return (
    <Card id="policy" title="What it may">
      <p>
        It is for <Name text={capabilities.join(", ")} />. It looks every {formationIntervalMs / 1_000} s at
        formation, every {scalingIntervalMs / 1_000} s at scale and health.
      </p>
      <p className="muted">
        {unasked.length === 0 ? (
          "Everything it does takes a person's yes."
        ) : (
          <>Without a person's yes: {unasked.join(", ")}; as long as the money stays within its limits.</>
        )}
      </p>
    </Card>
  );
}

function Off() {
  return (
    <section className="calm">
      <h1>Manager</h1>
      <p>
        This daemon runs no manager. One forms clusters that you ask for, keeps routes, places and members
        well, says what is wrong, and asks before it spends anything.
      </p>
      <p>On a local network, put its file into the data folder and start again:</p>
      <p>
        <Command line="cp examples/cluster-manager.yaml .pleiad/ && npm start" />
      </p>
      <p>
        For a daemon of your own, name the file in its pleiad.yaml as <code>manager.file</code>. Every key is
        in docs/manager.md.
      </p>
    </section>
  );
}
