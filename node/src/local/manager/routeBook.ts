/** Routes that are kept: more than the members of all clusters that one manager can look after. */
export const ROUTES_KEPT_MAX = 10_000;

/** Which nodes are asked for a member, the first node first. Forgotten with the process: the manager finds them anew. */
export interface RouteBook {
  set(cluster: bigint, member: string, nodes: readonly bigint[]): void;
  of(cluster: bigint, member: string): readonly bigint[];
  /** All nodes of routes, those first that are the first of one. */
  nodes(): ReadonlySet<bigint>;
}

export function createRouteBook(): RouteBook {
  const routes = new Map<string, readonly bigint[]>();
  return {
    set(cluster, member, nodes) {
      const key = `${cluster}/${member}`;
      routes.delete(key);
      if (nodes.length === 0) return;
      routes.set(key, nodes);
      const [oldest] = routes.keys();
      if (routes.size > ROUTES_KEPT_MAX && oldest !== undefined) routes.delete(oldest);
    },
    of: (cluster, member) => routes.get(`${cluster}/${member}`) ?? [],
    nodes() {
      const all = [...routes.values()];
      return new Set([...all.flatMap((nodes) => nodes.slice(0, 1)), ...all.flat()]);
    },
  };
}
