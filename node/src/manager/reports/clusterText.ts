import type { Alert, ClusterReport, ManagerStatus } from "../face.ts";
import { REPORT_ALERTS_MAX, REPORT_TEXT_CHARS_MAX } from "../limits.ts";

/** What a member is told of its cluster. */
export interface ClusterText {
  /** Sentences, bounded. */
  readonly text: string;
  /** The same for what is the same: figures that move all the time, as of tasks that wait, are not in it. */
  readonly mark: string;
}

/** A cluster's part of a status in words; nothing of other clusters, whose members have not let it out. */
export function clusterText(
  { name, alerts }: Pick<ManagerStatus, "name" | "alerts">,
  report: ClusterReport,
): ClusterText {
  const { cluster, slug, version, members, ready, places, running, waiting, stability, wanted } = report;
  const own = alerts.filter(({ subject }) => subject === `cluster/${cluster}`).slice(0, REPORT_ALERTS_MAX);
  const lines = [
    `${name} reports: ${slug}, version ${version}, has ${members} members, ${ready} of them ready, and ${places} places; ${running} tasks run and ${waiting} wait. Its stability is ${stability.score.toFixed(2)}.`,
    wanted.length === 0 ? "Nothing is wanted." : `Wanted: ${wanted.join("; ")}.`,
    ...own.map(alertText),
  ];
  const kinds = wanted.map((want) => want.replaceAll(/\d+/g, "#"));
  const score = Math.floor(stability.score * 10);
  const states = own.map(({ id, state }) => [id, state]);
  return {
    text: cut(lines.join("\n")),
    mark: JSON.stringify([version, members, ready, places, score, kinds, states]),
  };
}

function alertText({ summary, state }: Alert): string {
  return `Alert, ${state}: ${summary}`;
}

function cut(text: string): string {
  return text.length <= REPORT_TEXT_CHARS_MAX
    ? text
    : `${text.slice(0, REPORT_TEXT_CHARS_MAX - 1).toWellFormed()}…`;
}
