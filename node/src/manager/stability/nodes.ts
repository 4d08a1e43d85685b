import type { Fleet, FleetNode } from "../fleet.ts";
import { BALANCE_GAP_MIN, BALANCE_MOVE_SHARE, NODE_FAILURES_MAX, NODE_HEALTHY_LOOKS_MIN } from "../limits.ts";
import type { DraftStep } from "../planning/planner.ts";
import { type PlaceNode, usableNodes } from "../scaling/demand.ts";
import type { ManagerSettings } from "../settings.ts";
import { isLive } from "./health.ts";

/** What is remembered of an own node. */
export interface NodeRecord {
  /** Members whose end on it was seen, by when. */
  readonly failuresMs: readonly number[];
  /** Drained by this manager, which alone lets it take work again. */
  readonly isDrainedHere: boolean;
  readonly looksWell: number;
}

export const NEW_NODE: NodeRecord = { failuresMs: [], isDrainedHere: false, looksWell: 0 };

/** Takes one more look: failures outside of the window are over, and a drained node is well when it lives, answers and bears what it has. */
export function nextNode(
  before: NodeRecord,
  node: FleetNode,
  failures: number,
  atMs: number,
  settings: ManagerSettings,
): NodeRecord {
  const windowMs = settings.policy.restartWindowMs;
  const recent = [...before.failuresMs, ...Array<number>(failures).fill(atMs)].filter(
    (one) => atMs - one < windowMs,
  );
  const isWell =
    isLive(node) && failures === 0 && (node.resourceShare ?? 0) <= settings.alertThresholds.resourceUsage;
  return {
    // One more than is ever looked for is enough.
    failuresMs: recent.slice(-NODE_FAILURES_MAX),
    isDrainedHere: before.isDrainedHere,
    looksWell: isWell ? Math.min(before.looksWell + 1, NODE_HEALTHY_LOOKS_MIN) : 0,
  };
}

/**
 * Drains a node on which members fail one after the other, while others can take its work; and lets one that was drained here take work again,
 * when it was found well `NODE_HEALTHY_LOOKS_MIN` times in a row.
 */
export function drainSteps(
  fleet: Fleet,
  records: ReadonlyMap<bigint, NodeRecord>,
): {
  readonly steps: readonly DraftStep[];
  readonly drained: readonly bigint[];
  readonly resumed: readonly bigint[];
} {
  const steps: DraftStep[] = [];
  const drained: bigint[] = [];
  const resumed: bigint[] = [];
  let left = usableNodes(fleet).length;
  for (const [id, record] of records) {
    const node = fleet.nodes.get(id);
    if (node === undefined) continue;
    if (!node.isDraining && record.failuresMs.length >= NODE_FAILURES_MAX && left > 1) {
      left -= 1;
      drained.push(id);
      steps.push({
        step: { act: "drain-node", node: id },
        why: `${record.failuresMs.length} members ended on node ${id} of late: it ends what it does, and others take what comes.`,
      });
    }
    if (node.isDraining && record.isDrainedHere && record.looksWell >= NODE_HEALTHY_LOOKS_MIN) {
      resumed.push(id);
      steps.push({
        step: { act: "resume-node", node: id },
        why: `Node ${id} was well at ${record.looksWell} looks in a row.`,
      });
    }
  }
  return { steps, drained, resumed };
}

/**
 * Moves places from the own node that bears the most to the one that bears the least, where they are `BALANCE_GAP_MIN` apart, the first is above the
 * threshold, and both serve the same models: then the same work can be done on either.
 */
export function balanceSteps(fleet: Fleet, settings: ManagerSettings): readonly DraftStep[] {
  const nodes = usableNodes(fleet).filter(({ resourceShare }) => resourceShare !== undefined);
  const share = (node: PlaceNode) => node.resourceShare as number;
  const hot = [...nodes].sort((a, b) => share(b) - share(a))[0];
  if (hot === undefined || share(hot) <= settings.alertThresholds.resourceUsage || hot.places.total < 2)
    return [];
  const cool = nodes
    .filter((node) => node.node !== hot.node && servesSame(fleet, hot.node, node.node))
    .sort((a, b) => share(a) - share(b))[0];
  if (cool === undefined || share(hot) - share(cool) < BALANCE_GAP_MIN) return [];
  const move = Math.max(1, Math.floor(hot.places.total * BALANCE_MOVE_SHARE));
  const room = settings.policy.placesMax - cool.places.total;
  const moved = Math.min(move, room, hot.places.total - 1);
  if (moved <= 0) return [];
  const why = `Resources of node ${hot.node} are in use to ${percent(share(hot))}, of node ${cool.node} to ${percent(share(cool))}.`;
  return [
    {
      step: { act: "set-places", node: cool.node, from: cool.places.total, to: cool.places.total + moved },
      why,
    },
    {
      step: { act: "set-places", node: hot.node, from: hot.places.total, to: hot.places.total - moved },
      why,
    },
  ];
}

/** Whether all that one serves the other serves, too. */
function servesSame(fleet: Fleet, one: bigint, other: bigint): boolean {
  return [...fleet.models.values()].every(({ nodes }) => !nodes.includes(one) || nodes.includes(other));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
