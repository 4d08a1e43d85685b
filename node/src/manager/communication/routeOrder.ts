import { LOSS_ROUND_TRIPS, ROUND_TRIP_GAIN_MIN, ROUND_TRIP_UNKNOWN_MS } from "../limits.ts";

/** How far away a node is, as far as that is known. */
export interface Distance {
  readonly roundTripMs: number | undefined;
  readonly lossShare: number | undefined;
}

/** What it takes on average until an answer is there: the round trip, and for each loss before it a wait. Milliseconds. */
export function costMs({ roundTripMs = ROUND_TRIP_UNKNOWN_MS, lossShare = 0 }: Distance): number {
  const lossesPerAnswer = lossShare >= 1 ? Number.POSITIVE_INFINITY : lossShare / (1 - lossShare);
  return Math.max(roundTripMs, 1) * (1 + LOSS_ROUND_TRIPS * lossesPerAnswer);
}

/**
 * The order of a route's nodes: the cheapest first. Those that were on the route before keep their places unless the one behind is better
 * by `ROUND_TRIP_GAIN_MIN`, so that two equals do not take turns with every measurement; new ones come in where their cost puts them.
 *
 * @param before the order so far
 * @param nodes those that live, each once
 */
export function orderNodes(
  before: readonly bigint[],
  nodes: readonly bigint[],
  distanceOf: (node: bigint) => Distance,
): readonly bigint[] {
  const living = new Set(nodes);
  const kept = before.filter((node) => living.has(node));
  if (nodes.length < 2) return nodes;
  const known = new Set(kept);
  const costs = new Map(nodes.map((node) => [node, costMs(distanceOf(node))]));
  const costOf = (node: bigint) => costs.get(node) as number;
  const added = nodes
    .filter((node) => !known.has(node))
    .sort((a, b) => costOf(a) - costOf(b) || (a < b ? -1 : 1));
  const order = [...kept];
  // Each walks forward past who is clearly worse; those kept in their order first, then the new ones from the end.
  const settle = (from: number, gain: number) => {
    for (let at = from; at > 0; at--) {
      const [ahead, self] = [order[at - 1] as bigint, order[at] as bigint];
      if (!(costOf(self) < costOf(ahead) * (1 - gain))) return;
      order[at - 1] = self;
      order[at] = ahead;
    }
  };
  for (let at = 1; at < order.length; at++) settle(at, ROUND_TRIP_GAIN_MIN);
  for (const node of added) settle(order.push(node) - 1, 0);
  return order;
}
