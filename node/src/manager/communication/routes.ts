import type { Route } from "../face.ts";
import type { Fleet, FleetCluster, FleetMember } from "../fleet.ts";
import { ANSWERS_MISSED_MAX, ROUTE_NODES_MAX, ROUTES_MAX } from "../limits.ts";
import type { FleetNews } from "../ports.ts";
import { isLive } from "../stability/health.ts";
import type { PairStatistics } from "./pairs.ts";
import { type Distance, orderNodes } from "./routeOrder.ts";

/**
 * Where members are reached. Follows them as they move, restart and die: by each fleet that is seen, and between two of them by news, so that
 * an end that somebody saw changes the route at once. A node without a word for the 60 seconds of the network's rule has no route; nor has one that
 * left `ANSWERS_MISSED_MAX` messages in a row without an answer, until it answers again. Heartbeats do not bring that one back.
 */
export interface RoutingTable {
  /** Takes the fleet as it is now. Clusters and members that are gone lose their routes. */
  update(fleet: Fleet): readonly RouteChange[];
  news(news: FleetNews): readonly RouteChange[];
  /** A node answered what it was asked. */
  answered(node: bigint, roundTripMs: number): readonly RouteChange[];
  /** A node did not answer in time. */
  missed(node: bigint): readonly RouteChange[];
  of(cluster: bigint): readonly Route[];
  route(cluster: bigint, member: string): Route | undefined;
  /** Nodes of members that have no route only as they do not answer: worth a probe now and then, as nothing else brings them back. */
  unanswering(): readonly bigint[];
}

/** A route that is another one now; `from` is empty for a member that is new, `to` for one that is not reached. */
export interface RouteChange {
  readonly cluster: bigint;
  readonly member: string;
  readonly from: readonly bigint[];
  readonly to: readonly bigint[];
}

interface Entry {
  readonly cluster: bigint;
  readonly member: string;
  /** All nodes that could be its, living or not. */
  candidates: readonly bigint[];
  /** Its process ended, or it is over: no node is its. */
  isGone: boolean;
  /** Nodes on which its end was seen, though others go on. */
  readonly ended: Set<bigint>;
  nodes: readonly bigint[];
  changedAtMs: number;
}

/**
 * @param options.self the manager's own node: from there pairs are measured
 * @param modules.nowMs Unix milliseconds
 */
export function createRoutingTable(
  options: { readonly self: bigint },
  modules: { readonly nowMs: () => number; readonly pairs: PairStatistics },
): RoutingTable {
  const { nowMs, pairs } = modules;
  const entries = new Map<string, Entry>();
  /** Nodes that count as up, by the last fleet and the news since. */
  const up = new Set<bigint>();
  let distances: ReadonlyMap<bigint, Distance> = new Map();

  const keyOf = (cluster: bigint, member: string) => `${cluster}/${member}`;
  const answers = (node: bigint) => pairs.of(options.self, node).missedInARow < ANSWERS_MISSED_MAX;

  /** What this manager measured itself; where it measured nothing, what the network knows. */
  function distanceOf(node: bigint): Distance {
    const own = pairs.of(options.self, node);
    const seen = distances.get(node);
    return { roundTripMs: own.roundTripMs ?? seen?.roundTripMs, lossShare: own.lossShare ?? seen?.lossShare };
  }

  function settle(touched: Iterable<Entry>): readonly RouteChange[] {
    const changes: RouteChange[] = [];
    for (const entry of touched) {
      const living = entry.isGone
        ? []
        : entry.candidates.filter((node) => up.has(node) && !entry.ended.has(node) && answers(node));
      const nodes = orderNodes(entry.nodes, living, distanceOf).slice(0, ROUTE_NODES_MAX);
      if (nodes.length === entry.nodes.length && nodes.every((node, at) => node === entry.nodes[at]))
        continue;
      changes.push({ cluster: entry.cluster, member: entry.member, from: entry.nodes, to: nodes });
      entry.nodes = nodes;
      entry.changedAtMs = nowMs();
    }
    return changes;
  }

  function entryOf(cluster: FleetCluster, member: FleetMember): Entry | undefined {
    const key = keyOf(cluster.cluster, member.name);
    const known = entries.get(key);
    if (known !== undefined) return known;
    if (entries.size >= ROUTES_MAX) return undefined;
    const entry: Entry = {
      cluster: cluster.cluster,
      member: member.name,
      candidates: [],
      isGone: false,
      ended: new Set(),
      nodes: [],
      changedAtMs: nowMs(),
    };
    entries.set(key, entry);
    return entry;
  }

  function takeMembers(fleet: Fleet): readonly RouteChange[] {
    const gone = new Set(entries.keys());
    for (const cluster of fleet.clusters.values()) {
      for (const member of cluster.members) {
        const entry = entryOf(cluster, member);
        if (entry === undefined) continue;
        gone.delete(keyOf(cluster.cluster, member.name));
        entry.candidates = [...new Set(member.nodes)];
        entry.isGone = member.state === "lost" || member.state === "done";
        entry.ended.clear();
      }
    }
    const changes: RouteChange[] = [];
    for (const key of gone) {
      const { cluster, member, nodes } = entries.get(key) as Entry;
      if (nodes.length > 0) changes.push({ cluster, member, from: nodes, to: [] });
      entries.delete(key);
    }
    return changes;
  }

  const withNode = (node: bigint) =>
    [...entries.values()].filter(({ candidates }) => candidates.includes(node));
  const routeOf = ({ cluster, member, nodes, changedAtMs }: Entry): Route => {
    const first = nodes[0] === undefined ? undefined : distanceOf(nodes[0]);
    return {
      cluster,
      member,
      nodes,
      changedAtMs,
      roundTripMs: first?.roundTripMs,
      lossShare: first?.lossShare,
    };
  };

  return {
    update(fleet) {
      up.clear();
      for (const node of fleet.nodes.values()) if (isLive(node)) up.add(node.node);
      distances = fleet.nodes;
      const removed = takeMembers(fleet);
      return [...removed, ...settle(entries.values())];
    },
    news(news) {
      if (news.kind === "node") {
        if (news.isUp) up.add(news.node);
        else up.delete(news.node);
        return settle(withNode(news.node));
      }
      const entry = entries.get(keyOf(news.cluster, news.name));
      if (entry === undefined) return [];
      if (news.state === "ready") {
        entry.isGone = false;
        if (news.node === undefined) entry.ended.clear();
        else entry.ended.delete(news.node);
      } else if (news.node === undefined) entry.isGone = true;
      else entry.ended.add(news.node);
      return settle([entry]);
    },
    answered(node, roundTripMs) {
      pairs.answered(options.self, node, roundTripMs);
      return settle(withNode(node));
    },
    missed(node) {
      pairs.missed(options.self, node);
      return settle(withNode(node));
    },
    of: (cluster) => [...entries.values()].filter((entry) => entry.cluster === cluster).map(routeOf),
    route(cluster, member) {
      const entry = entries.get(keyOf(cluster, member));
      return entry === undefined ? undefined : routeOf(entry);
    },
    unanswering() {
      const nodes = new Set([...entries.values()].flatMap(({ candidates }) => candidates));
      return [...nodes].filter((node) => !answers(node));
    },
  };
}
