import type { Place, ViewName } from "../places.ts";

/** A place of the navigation: its name, its second key after `g`, and the views that are below it. */
export interface NavigationEntry {
  readonly name: string;
  readonly key: string;
  readonly place: Place;
  readonly views: readonly ViewName[];
}

export interface NavigationGroup {
  /** What stands over it; none over the first. */
  readonly title: string | undefined;
  readonly entries: readonly NavigationEntry[];
}

/** Everything that can be gone to. @param cluster the one whose team is shown; undefined where there is none */
export function navigationOf(cluster: string | undefined): readonly NavigationGroup[] {
  const groups: NavigationGroup[] = [
    {
      title: undefined,
      entries: [
        { name: "Overview", key: "o", place: { view: "overview" }, views: ["overview"] },
        { name: "Approvals", key: "p", place: { view: "approvals" }, views: ["approvals"] },
        { name: "Files", key: "f", place: { view: "files" }, views: ["files", "agentFiles"] },
        { name: "Budgets", key: "b", place: { view: "budgets" }, views: ["budgets"] },
      ],
    },
    {
      title: "Chain",
      entries: [
        { name: "Executions", key: "e", place: { view: "executions" }, views: ["executions", "execution"] },
        {
          name: "Clusters",
          key: "c",
          place: { view: "clusters" },
          views: ["clusters", "cluster", "versions", "run"],
        },
        { name: "New cluster", key: "+", place: { view: "newCluster" }, views: ["newCluster"] },
        {
          name: "Network",
          key: "n",
          place: { view: "network" },
          views: ["network", "networkNode", "networkModel", "networkAgent"],
        },
        { name: "Credits", key: "d", place: { view: "credits" }, views: ["credits"] },
      ],
    },
    {
      title: "Operate",
      entries: [
        { name: "Manager", key: "g", place: { view: "manager" }, views: ["manager", "plan"] },
        { name: "This node", key: "i", place: { view: "daemon" }, views: ["daemon", "job"] },
      ],
    },
  ];
  if (cluster !== undefined) groups.splice(1, 0, teamOf(cluster));
  return groups;
}

function teamOf(id: string): NavigationGroup {
  return {
    title: `Team of cluster ${id}`,
    entries: [
      { name: "Agents", key: "a", place: { view: "team", id }, views: ["team", "agent"] },
      { name: "Terminals", key: "t", place: { view: "terminals", id }, views: ["terminals"] },
      { name: "Messages", key: "m", place: { view: "messages", id }, views: ["messages"] },
      { name: "Threads", key: "h", place: { view: "threads", id }, views: ["threads", "thread"] },
      { name: "Whiteboard", key: "w", place: { view: "context", id }, views: ["context", "contextKey"] },
      { name: "Memory", key: "y", place: { view: "memory", id }, views: ["memory"] },
      { name: "Rules", key: "r", place: { view: "rules", id }, views: ["rules"] },
    ],
  };
}
