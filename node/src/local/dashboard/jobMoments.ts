import type { Version } from "@pleiad/sdk/types/version";
import { ENDED_JOB_STATES, type JobRecord, type JobState } from "../../chain/journal.ts";
import type { ExecutionRecord } from "../../chain/state.ts";
import type { Moment } from "../jobLives.ts";
import type { JobTimes } from "../jobStories.ts";
import type { JobStory, MOMENTS } from "./daemonSchemas.ts";

type Name = (typeof MOMENTS)[number];
type Row = JobStory["moments"][number];

/** How far a job is in each state: so many of the steps that are its own are done. */
const OWN_STEPS = ["begun", "answered", "signed", "gossiped", "sent", "mined", "final"] as const;
/** The first step that is not done yet. */
const NEXT: Readonly<Record<JobState, (typeof OWN_STEPS)[number] | undefined>> = {
  leased: "answered",
  running: "answered",
  signed: "sent",
  sent: "mined",
  mined: "final",
  final: undefined,
  failed: undefined,
  dropped: undefined,
};

/** What happened to a job, from the event on the chain to its settlement, with what is still to come. */
export function momentsOf(
  record: JobRecord,
  modules: {
    readonly times: JobTimes | undefined;
    readonly seen: Moment | undefined;
    readonly execution: ExecutionRecord | undefined;
    readonly version: Version | undefined;
  },
): Row[] {
  const { times, seen, execution, version } = modules;
  const dependsOn = version?.tasks[record.task]?.dependsOn ?? [];
  const readyAt = lastOf(dependsOn.map((task) => execution?.completions.get(task)?.place.timestamp));
  const rows: Row[] = [
    chainRow("created", execution?.createdIn.timestamp),
    ...(dependsOn.length === 0 ? [] : [chainRow("ready", readyAt)]),
    { ...ownRow("seen", seen, undefined), tookMs: null },
  ];
  const next = NEXT[record.state];
  const isOver = record.state === "failed" || record.state === "dropped";
  let before: Moment | undefined = seen;
  let isPast = true;
  for (const name of OWN_STEPS) {
    if (name === next) isPast = false;
    const at = name === "final" ? (record.state === "final" ? times?.ended : undefined) : times?.[name];
    const isDone =
      at !== undefined || (isOver ? wasDoneBeforeEnd(name, record) : isPast && wasDone(name, record));
    // Without peers nobody is told, and a completion that another has sent is not sent.
    if (
      !isDone &&
      (name === "gossiped" || name === "sent") &&
      (isEnded(record.state) || record.state === "mined")
    )
      continue;
    if (isDone) {
      rows.push(ownRow(name, at, before));
      before = at ?? undefined;
    } else rows.push({ moment: name, state: isOver ? "never" : name === next ? "now" : "open", ...NO_TIME });
  }
  return rows;
}

/** Since it was taken up, until its end or until its last step. */
export function tookMsOf(times: JobTimes | undefined): number | null {
  if (times?.begun === undefined) return null;
  const { ended, mined, sent, gossiped, signed, answered } = times;
  const last = ended ?? mined ?? sent ?? gossiped ?? signed ?? answered;
  return last === undefined ? null : Math.round(last.monotonicMs - times.begun.monotonicMs);
}

function isEnded(state: JobState): boolean {
  return (ENDED_JOB_STATES as readonly JobState[]).includes(state);
}

const NO_TIME = { atMs: null, isChainTime: false, tookMs: null } as const;

/** Whether a step is done by what the journal has of a job that is over, though this process did not see it. */
function wasDoneBeforeEnd(
  name: (typeof OWN_STEPS)[number],
  { output, signed, inclusion }: JobRecord,
): boolean {
  if (name === "begun") return true;
  if (name === "answered") return output !== null;
  if (name === "signed") return signed !== null;
  return name === "mined" && inclusion !== null;
}

/** The same of one that is not, or that came to its good end. */
function wasDone(name: (typeof OWN_STEPS)[number], { transaction }: JobRecord): boolean {
  if (name === "gossiped") return false;
  return name !== "sent" || transaction !== null;
}

function ownRow(moment: Name, at: Moment | undefined, before: Moment | undefined): Row {
  if (at === undefined) return { moment, state: "unseen", ...NO_TIME };
  const tookMs = before === undefined ? null : Math.max(0, Math.round(at.monotonicMs - before.monotonicMs));
  return { moment, state: "done", atMs: at.wallMs, isChainTime: false, tookMs };
}

function chainRow(moment: Name, timestamp: bigint | undefined): Row {
  if (timestamp === undefined) return { moment, state: "unseen", ...NO_TIME };
  return { moment, state: "done", atMs: Number(timestamp) * 1_000, isChainTime: true, tookMs: null };
}

function lastOf(times: readonly (bigint | undefined)[]): bigint | undefined {
  return times.reduce<bigint | undefined>(
    (last, time) => (time !== undefined && (last === undefined || time > last) ? time : last),
    undefined,
  );
}
