/**
 * Where the page can be: the name of each view and its path. `:name` is a part of the path that is anything but a slash. All is below
 * `/ui`, since the daemon's API has the rest; the first screen alone is at `/`.
 */
export const PATHS = {
  overview: "/",
  executions: "/ui/executions",
  execution: "/ui/executions/:id",
  clusters: "/ui/clusters",
  cluster: "/ui/clusters/:id",
  versions: "/ui/clusters/:id/versions",
  team: "/ui/clusters/:id/team",
  agent: "/ui/clusters/:id/team/:agent",
  terminals: "/ui/clusters/:id/terminals",
  messages: "/ui/clusters/:id/messages",
  threads: "/ui/clusters/:id/threads",
  thread: "/ui/clusters/:id/threads/:thread",
  context: "/ui/clusters/:id/context",
  contextKey: "/ui/clusters/:id/context/:key",
  memory: "/ui/clusters/:id/memory",
  rules: "/ui/clusters/:id/rules",
  run: "/ui/clusters/:id/run",
  files: "/ui/files",
  agentFiles: "/ui/files/:agent",
  network: "/ui/network",
  networkNode: "/ui/network/nodes/:id",
  networkModel: "/ui/network/models/:id",
  networkAgent: "/ui/network/agents/:id",
  credits: "/ui/credits",
  newCluster: "/ui/new",
  approvals: "/ui/approvals",
  budgets: "/ui/budgets",
  manager: "/ui/manager",
  plan: "/ui/manager/plans/:id",
  daemon: "/ui/daemon",
  job: "/ui/daemon/jobs/:id",
} as const;

export type ViewName = keyof typeof PATHS;

/** The names of a path's parts. */
type PartsOf<Path extends string> = Path extends `${string}:${infer Part}/${infer Rest}`
  ? Part | PartsOf<`/${Rest}`>
  : Path extends `${string}:${infer Part}`
    ? Part
    : never;

type PlaceOf<View extends ViewName> = { readonly view: View } & {
  readonly [Part in PartsOf<(typeof PATHS)[View]>]: string;
};

/** Where the page is, by its path: each thing has a link. */
export type Place =
  | { readonly [View in ViewName]: PlaceOf<View> }[ViewName]
  | { readonly view: "unknown"; readonly path: string };

/** Characters of one part of a path: names and keys are shorter; what is longer leads nowhere. */
const PART_CHARACTERS_MAX = 1_024;
/** The number of a thing on the chain, the path's `:id` but for plans and jobs, which have ids of their own. */
const DIGITS = /^\d{1,78}$/;
const WITH_OTHER_IDS: readonly ViewName[] = ["plan", "job"];

export function pathOf(place: Place): string {
  if (place.view === "unknown") return place.path;
  const parts = place as Readonly<Record<string, string>>;
  return PATHS[place.view].replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(parts[name] ?? ""));
}

export function placeOf(path: string): Place {
  const given = path === "/ui/overview" ? "/" : path.replace(/(.)\/$/, "$1");
  for (const [view, pattern] of Object.entries(PATHS) as readonly [ViewName, string][]) {
    const parts = partsIn(pattern, given);
    if (parts === undefined) continue;
    if (parts.id !== undefined && !WITH_OTHER_IDS.includes(view) && !DIGITS.test(parts.id)) continue;
    return { view, ...parts } as Place;
  }
  return { view: "unknown", path };
}

/** What stands at the named parts of a pattern; undefined where the path is not of it. */
function partsIn(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [at, want] of wanted.entries()) {
    const text = decoded(given[at] ?? "");
    if (text === undefined || text.length > PART_CHARACTERS_MAX) return undefined;
    if (want.startsWith(":")) {
      if (text === "") return undefined;
      parts[want.slice(1)] = text;
    } else if (want !== text) return undefined;
  }
  return parts;
}

/** A link may come from anywhere: what is no text is no place. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
