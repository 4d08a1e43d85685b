import type { ListExecutionsAnswer } from "../api/types.ts";
import { Link } from "../router.tsx";
import { chainMs } from "../text/times.ts";
import { Badge, Name, Time, type Tone } from "./basics.tsx";

export type ExecutionRow = ListExecutionsAnswer["executions"][number];

const TONES: Readonly<Record<ExecutionRow["state"], Tone>> = {
  None: "calm",
  Running: "busy",
  Succeeded: "good",
  Failed: "bad",
  Cancelled: "calm",
  Expired: "warn",
};

export function StateBadge({ state }: { readonly state: ExecutionRow["state"] }) {
  return <Badge tone={TONES[state]}>{state}</Badge>;
}

export function Progress({ completed, tasks }: Pick<ExecutionRow, "completed" | "tasks">) {
  if (tasks === null) return <span>{completed} answered</span>;
  return (
    <span className="progress">
      <progress value={completed} max={tasks} aria-label={`${completed} of ${tasks} tasks answered`} />
      <span aria-hidden="true">
        {completed}/{tasks}
      </span>
    </span>
  );
}

/** Executions, one a row. @param isOfOne all are of one cluster: each tells its version instead @default false */
export function ExecutionRows({
  rows,
  isOfOne = false,
}: {
  readonly rows: readonly ExecutionRow[];
  readonly isOfOne?: boolean;
}) {
  return (
    <ul className="rows">
      {rows.map((row) => (
        <li key={row.execution} className="row">
          <Link to={{ view: "execution", id: row.execution }} className="row-title">
            Execution {row.execution}
          </Link>
          <StateBadge state={row.state} />
          <span className="row-text">
            {isOfOne ? (
              `version ${row.version}`
            ) : (
              <Name text={row.clusterName ?? ""} fallback={`cluster ${row.cluster}`} />
            )}
          </span>
          <Progress completed={row.completed} tasks={row.tasks} />
          <span className="row-time">
            <Time atMs={chainMs(row.endedAt ?? row.createdAt)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
