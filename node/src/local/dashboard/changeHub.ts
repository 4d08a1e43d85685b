import type { Approvals } from "../../agents/approvals/approvals.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import { APPROVALS_LOOK_MS, CHANGED_IDS_MAX, CHANGES_EVERY_MS } from "./limits.ts";
import { CHANGE_TOPICS, type ChangeTopic } from "./schemas.ts";

/** What changed of a topic; `ids` null: too much to name, or everything. */
export interface Change {
  readonly topic: ChangeTopic;
  readonly ids: readonly string[] | null;
}

export interface ChangeHub {
  /** Hears of changes, gathered over `CHANGES_EVERY_MS`. The answer ends it. */
  listen(listener: (changes: readonly Change[]) => void): () => void;
}

/** Something that nobody tells of: it is looked at while somebody listens, and another text of an id than before is a change of it. */
export interface WatchedTopic {
  readonly topic: ChangeTopic;
  look(): Promise<ReadonlyMap<string, string>>;
}

/** Projection topics by their own name; delegates change who may do what with a cluster. */
const TOPICS = ["execution", "cluster", "agent", "model", "node"] as const;

/** Gathers what changes for all pages at once. While nobody listens it hears nothing and costs nothing. */
export function createChangeHub(modules: {
  readonly projection: Pick<ProjectionReader, "on">;
  /** Hears of each block that was followed. */
  readonly onBlock: (handler: () => void) => () => void;
  readonly head: () => string | undefined;
  readonly approvals: Pick<Approvals, "waiting">;
  /** @default nothing else */
  readonly watched?: readonly WatchedTopic[];
}): ChangeHub {
  const { projection, onBlock, head, approvals, watched = [] } = modules;
  const listeners = new Set<(changes: readonly Change[]) => void>();
  const gathered = new Map<ChangeTopic, Set<string>>();
  let timer: NodeJS.Timeout | undefined;
  let endHearing: (() => void) | undefined;
  let waiting = "";
  /** What was seen last of each that is looked at. */
  const seen = new Map<WatchedTopic, ReadonlyMap<string, string>>();

  function note(topic: ChangeTopic, id: string): void {
    const ids = gathered.get(topic) ?? new Set();
    // One more than is named says that there were too many.
    if (ids.size <= CHANGED_IDS_MAX) ids.add(id);
    gathered.set(topic, ids);
    timer ??= setTimeout(tell, CHANGES_EVERY_MS);
  }

  function tell(): void {
    timer = undefined;
    const changes = CHANGE_TOPICS.flatMap((topic) => {
      const ids = gathered.get(topic);
      return ids === undefined ? [] : [{ topic, ids: ids.size > CHANGED_IDS_MAX ? null : [...ids] }];
    });
    gathered.clear();
    for (const listener of listeners) listener(changes);
  }

  /** Nobody tells of questions that come and go. */
  async function lookAtApprovals(): Promise<void> {
    const ids = (await approvals.waiting()).map(({ id }) => id).join(" ");
    if (ids === waiting) return;
    waiting = ids;
    note("approval", "waiting");
  }

  /** The first look says how things are, and that is no change: whoever begins to listen reads anew. */
  async function lookAt(one: WatchedTopic): Promise<void> {
    const now = await one.look();
    const before = seen.get(one);
    seen.set(one, now);
    if (before === undefined) return;
    for (const id of new Set([...before.keys(), ...now.keys()]))
      if (before.get(id) !== now.get(id)) note(one.topic, id);
  }

  function hear(): () => void {
    const ends = TOPICS.map((topic) => projection.on(topic, (id) => note(topic, String(id))));
    ends.push(projection.on("delegates", (id) => note("cluster", String(id))));
    ends.push(onBlock(() => note("head", head() ?? "")));
    // A look that failed is a store that fails, which the daemon says itself.
    const looks = [lookAtApprovals, ...watched.map((one) => () => lookAt(one))];
    const lookAtAll = () => {
      for (const look of looks) look().catch(() => {});
    };
    seen.clear();
    for (const one of watched) lookAt(one).catch(() => {});
    const look = setInterval(lookAtAll, APPROVALS_LOOK_MS);
    return () => {
      for (const end of ends) end();
      clearInterval(look);
      clearTimeout(timer);
      seen.clear();
      timer = undefined;
      gathered.clear();
    };
  }

  return {
    listen(listener) {
      listeners.add(listener);
      endHearing ??= hear();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        endHearing?.();
        endHearing = undefined;
      };
    },
  };
}
