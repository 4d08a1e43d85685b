import { stringify } from "yaml";

/** A file with the least that it needs, as an object to change. */
export function leastFile(): Record<string, unknown> {
  return {
    id: "main",
    name: "Main",
    capabilities: ["formation"],
    relationships: { clusters: ["alpha-one"] },
    databases: { clusters: "m_clusters", communication: "m_communication", performance: "m_performance" },
  };
}

/** Its text, with keys replaced; undefined takes one out. */
export function fileText(changes: Readonly<Record<string, unknown>> = {}): string {
  const keys = Object.fromEntries(
    Object.entries({ ...leastFile(), ...changes }).filter(([, value]) => value !== undefined),
  );
  return stringify({ cluster_manager: keys });
}
