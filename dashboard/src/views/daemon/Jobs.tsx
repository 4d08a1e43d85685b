import { type JobRow, type StatusAtWork, useJobs } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Empty, Name, Time, type Tone } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { lengthText } from "../../text/times.ts";

export const JOB_TONES: Readonly<Record<JobRow["state"], Tone>> = {
  leased: "busy",
  running: "busy",
  signed: "busy",
  sent: "busy",
  mined: "busy",
  final: "good",
  failed: "bad",
  dropped: "calm",
};

/** Tasks that this node took up: those that are under way, then those that ended. */
export function Jobs({ status }: { readonly status: StatusAtWork }) {
  const query = useJobs();
  const { activeJobs, waitingJobs, places, jobs } = status;
  const live = Object.entries(jobs.live).filter(([, count]) => count > 0);
  return (
    <Card
      id="jobs"
      title="Jobs"
      aside={
        <span className="muted">
          {countText(activeJobs)} of {plural(places, "place")} taken, {countText(waitingJobs)} waiting
        </span>
      }
    >
      <p className="daemon-counts">
        {live.map(([state, count]) => (
          <Badge key={state} tone="busy">{`${countText(count)} ${state}`}</Badge>
        ))}
        <span className="muted">
          Since its start {countText(jobs.ended.final)} final, {countText(jobs.ended.failed)} failed,{" "}
          {countText(jobs.ended.dropped)} dropped.
        </span>
      </p>
      <Answer query={query} what="the jobs" isPart>
        {(rows) => (
          <>
            <h3>Under way</h3>
            {rows.live.length === 0 ? <Empty>Nothing is under way.</Empty> : <Rows rows={rows.live} />}
            {rows.liveLeftOut > 0 && <p className="muted">And {countText(rows.liveLeftOut)} more.</p>}
            <h3>Ended last</h3>
            {rows.ended.length === 0 ? (
              <Empty>None yet. A task that this node may answer becomes a job here.</Empty>
            ) : (
              <Rows rows={rows.ended} />
            )}
          </>
        )}
      </Answer>
    </Card>
  );
}

function Rows({ rows }: { readonly rows: readonly JobRow[] }) {
  return (
    <ul className="rows">
      {rows.map(({ id, taskName, cluster, clusterName, state, attempt, why, tookMs, updatedAtMs }) => (
        <li key={id} className="row">
          <Link to={{ view: "job", id }} className="row-title daemon-job">
            Job {id}
          </Link>
          <Badge tone={JOB_TONES[state]}>{state}</Badge>
          <span className="row-text">
            {taskName !== null && (
              <>
                <Name text={taskName} />
                {", "}
              </>
            )}
            <span className="muted">
              <Name
                text={clusterName ?? ""}
                fallback={cluster === null ? "an execution of long ago" : `cluster ${cluster}`}
              />
              {attempt > 1 && `, attempt ${countText(attempt)}`}
              {why !== null && `, ${why.code}`}
            </span>
          </span>
          {tookMs !== null && <span className="muted daemon-took">{lengthText(tookMs)}</span>}
          <span className="row-time">
            <Time atMs={updatedAtMs} />
          </span>
        </li>
      ))}
    </ul>
  );
}
