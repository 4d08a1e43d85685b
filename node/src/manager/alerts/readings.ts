import type { AlertName, StabilityScore } from "../face.ts";
import type { Fleet, FleetCluster, FleetNode } from "../fleet.ts";
import type { AlertThresholds } from "../settings.ts";

/** One value beside its threshold, as of one look. */
export interface Reading {
  readonly name: AlertName;
  /** `cluster/7`, `node/3`. */
  readonly subject: string;
  readonly value: number;
  /** The one that is crossed, or would be. */
  readonly threshold: number;
  /** On the wrong side; a value that is the threshold is not. */
  readonly isCrossed: boolean;
  /** So far on the right side that an alert may end: between the two nothing changes. */
  readonly isClear: boolean;
  /** One sentence with the figures, and where to read what to do. */
  readonly summary: string;
}

/** How far below its threshold a share of resources has to fall: what an agent's coming and going moves. */
const USAGE_BAND_SHARE = 0.05;
/** How far below its threshold a latency has to fall, as a share of it: one message more or less in a hundred moves it by that. */
const LATENCY_BAND_SHARE = 0.1;
/** How far above its threshold a score has to rise, as a share of what is above it: a fifth, for a threshold of 1 has nothing above. */
const SCORE_BAND_SHARE = 0.2;

/** Where an alert's troubleshooting is. */
export function sectionOf(name: AlertName): string {
  return `docs/troubleshooting.md#${name}`;
}

/**
 * Everything of a fleet that has a threshold. What was not measured has no reading: nothing is known to be wrong with it.
 *
 * @param scores of the fleet's clusters; one without a score has no reading of it
 */
export function readingsOf(
  fleet: Fleet,
  scores: ReadonlyMap<bigint, StabilityScore>,
  thresholds: AlertThresholds,
): readonly Reading[] {
  const clusters = [...fleet.clusters.values()].flatMap((cluster) => [
    sizeOf(cluster, thresholds),
    ...latencyOf(cluster, thresholds),
    ...stabilityOf(cluster, scores.get(cluster.cluster), thresholds),
  ]);
  return [...clusters, ...[...fleet.nodes.values()].flatMap((node) => usageOf(node, thresholds))];
}

function subjectOf({ cluster }: FleetCluster): string {
  return `cluster/${cluster}`;
}

/** A count is what it is, and a cluster of the least size is well: no band, the time alone keeps it from swinging. */
function sizeOf(cluster: FleetCluster, { clusterSize: { min, max } }: AlertThresholds): Reading {
  const value = cluster.members.filter(({ state }) => state !== "lost" && state !== "silent").length;
  const isCrossed = value < min || value > max;
  const threshold = value > max ? max : min;
  const there = value === 1 ? "1 member that is there" : `${value} members that are there`;
  const words = value > max ? `more than the ${max}` : `fewer than the ${min}`;
  return {
    name: "cluster_size",
    subject: subjectOf(cluster),
    value,
    threshold,
    isCrossed,
    isClear: !isCrossed,
    summary: isCrossed
      ? `${cluster.slug} has ${there}, ${words} it should have: ${sectionOf("cluster_size")}`
      : `${cluster.slug} has ${there}, from ${min} to ${max} as it should`,
  };
}

function latencyOf(
  cluster: FleetCluster,
  { communicationLatencyMs: threshold }: AlertThresholds,
): readonly Reading[] {
  const value = cluster.window.messageLatencyMs;
  if (value === undefined) return [];
  const isCrossed = value > threshold;
  const figures = `messages of ${cluster.slug} take ${Math.round(value)} ms`;
  return [
    {
      name: "communication_latency",
      subject: subjectOf(cluster),
      value,
      threshold,
      isCrossed,
      isClear: value <= threshold * (1 - LATENCY_BAND_SHARE),
      summary: isCrossed
        ? `${figures}, longer than ${threshold} ms: ${sectionOf("communication_latency")}`
        : `${figures}, not longer than ${threshold} ms`,
    },
  ];
}

function stabilityOf(
  cluster: FleetCluster,
  score: StabilityScore | undefined,
  { stabilityScore: threshold }: AlertThresholds,
): readonly Reading[] {
  if (score === undefined) return [];
  const { score: value, parts } = score;
  const isCrossed = value < threshold;
  const [worst = "availability"] = Object.entries(parts)
    .sort(([, a], [, b]) => a - b)
    .map(([part]) => part);
  const figures = `${cluster.slug} has a stability score of ${value.toFixed(2)}`;
  return [
    {
      name: "stability_score",
      subject: subjectOf(cluster),
      value,
      threshold,
      isCrossed,
      isClear: value >= threshold + (1 - threshold) * SCORE_BAND_SHARE,
      summary: isCrossed
        ? `${figures}, below ${threshold}, most of all by its ${worst}: ${sectionOf("stability_score")}`
        : `${figures}, not below ${threshold}`,
    },
  ];
}

function usageOf(node: FleetNode, { resourceUsage: threshold }: AlertThresholds): readonly Reading[] {
  const value = node.resourceShare;
  if (value === undefined) return [];
  const isCrossed = value > threshold;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const figures = `node ${node.node} uses ${percent(value)} of its ${node.resourceName ?? "processor, memory or disk"}`;
  return [
    {
      name: "resource_usage",
      subject: `node/${node.node}`,
      value,
      threshold,
      isCrossed,
      isClear: value <= threshold * (1 - USAGE_BAND_SHARE),
      summary: isCrossed
        ? `${figures}, more than ${percent(threshold)}: ${sectionOf("resource_usage")}`
        : `${figures}, not more than ${percent(threshold)}`,
    },
  ];
}
