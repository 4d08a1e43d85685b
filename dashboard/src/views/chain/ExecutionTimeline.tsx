import type { ExecutionAnswer } from "../../api/types.ts";
import { Badge, Card, Hash, Name, Time } from "../../parts/basics.tsx";
import { useNow } from "../../parts/clock.ts";
import { countText } from "../../text/amounts.ts";
import { spanText } from "../../text/times.ts";
import { type BarRow, barsOf, marksOf } from "./bars.ts";
import { type Moment, momentsOf } from "./timeline.ts";

type Place = ExecutionAnswer["created"];

/** An execution's way: its tasks on one axis of time, and all moments one by one. */
export function ExecutionTimeline({ execution }: { readonly execution: ExecutionAnswer }) {
  const hasGossip = (execution.gossip ?? []).length > 0;
  return (
    <Card id="timeline" title="Timeline">
      {execution.taskList !== null && execution.taskList.length > 0 && <BarChart execution={execution} />}
      <ol className="timeline">
        {momentsOf(execution).map((moment) => (
          <li key={moment.key} className={`moment moment-${moment.tone}`}>
            <p className="moment-title">
              <strong>{moment.title}</strong>
              {moment.atMs !== null && <Time atMs={moment.atMs} isExact />}
            </p>
            {moment.text !== "" && <p className="muted">{moment.text}</p>}
            <Where moment={moment} />
          </li>
        ))}
      </ol>
      <p className="muted chain-note">
        Times are the chain's, in whole seconds
        {hasGossip &&
          "; those of words among peers are this machine's, and only what this daemon saw since it started"}
        .
      </p>
    </Card>
  );
}

/** For the eye alone: the list below says the same. */
function BarChart({ execution }: { readonly execution: ExecutionAnswer }) {
  const nowMs = useNow();
  const bars = barsOf(execution, nowMs);
  return (
    <div className="chain-bars" aria-hidden="true">
      {bars.rows.map((row) => (
        <BarLine key={row.task.task} row={row} now={bars.now} />
      ))}
      <div className="chain-axis">
        {marksOf(bars).map(({ seconds, left }) => (
          <span key={seconds} style={{ left: `${left}%` }}>
            {seconds === 0 ? "0" : `+${spanText(seconds)}`}
          </span>
        ))}
      </div>
      <p className="chain-legend muted">
        <span className="chain-key chain-key-answered">ready to accepted</span>
        {bars.now !== undefined && <span className="chain-key chain-key-open">may answer</span>}
        {bars.now !== undefined && <span className="chain-key chain-key-window">may later</span>}
        {(execution.gossip ?? []).length > 0 && (
          <span className="chain-key chain-key-gossip">told among peers</span>
        )}
        {execution.takenBack.length > 0 && <span className="chain-key chain-key-back">taken back</span>}
      </p>
    </div>
  );
}

function BarLine({ row, now }: { readonly row: BarRow; readonly now: number | undefined }) {
  const { task, stretches, points } = row;
  return (
    <div className="chain-bar">
      <span className="chain-bar-name">
        <Name text={task.name} fallback={`Task ${task.task}`} />
      </span>
      <span className="chain-track">
        {stretches.map(({ key, kind, left, width, text }) => (
          <span
            key={key}
            className={`chain-stretch chain-stretch-${kind}`}
            style={{ left: `${left}%`, width: `${width}%` }}
            title={text}
          >
            {text}
          </span>
        ))}
        {points.map(({ key, kind, left }) => (
          <span key={key} className={`chain-point chain-point-${kind}`} style={{ left: `${left}%` }} />
        ))}
        {now !== undefined && <span className="chain-now" style={{ left: `${now}%` }} />}
      </span>
      <span className="chain-bar-state">
        {task.completion === null ? (
          <Badge tone={task.state === "ready" ? "busy" : "calm"}>{task.state}</Badge>
        ) : (
          <Depth place={task.completion.place} />
        )}
      </span>
    </div>
  );
}

function Where({ moment }: { readonly moment: Moment }) {
  const { place } = moment;
  if (place === null) return null;
  return (
    <p className="moment-place">
      <span>block {countText(BigInt(place.blockNumber))}</span>
      <Hash hex={place.transactionHash} what="the transaction" />
      <Depth place={place} />
    </p>
  );
}

/** How sure a place in the chain is. */
function Depth({ place }: { readonly place: Place }) {
  if (place.final) return <Badge tone="good">Final</Badge>;
  return place.settled ? <Badge tone="good">Settled</Badge> : <Badge tone="busy">Not settled yet</Badge>;
}
