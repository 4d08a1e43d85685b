import { type Clock, systemClock } from "../../chain/clock.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import { CHANGED_IDS_MAX, CHANGES_EVERY_MS, CHANGES_FIRST_MS } from "./limits.ts";
import { CHANGE_TOPICS, type ChangeTopic } from "./schemas.ts";

/** What changed of a topic; `ids` null: too much to name, or everything. */
export interface Change {
  readonly topic: ChangeTopic;
  readonly ids: readonly string[] | null;
}

export interface ChangeHub {
  /** Hears of changes: the first after a rest within `CHANGES_FIRST_MS`, what follows once in `CHANGES_EVERY_MS`. The answer ends it. */
  listen(listener: (changes: readonly Change[]) => void): () => void;
}

/** What tells of things that are not the chain's, by topic: it begins to tell, and its answer ends it. */
export type ChangeSources = Readonly<
  Partial<Record<ChangeTopic, (tell: (id: string) => void) => () => void>>
>;

/** Projection topics by their own name; delegates change who may do what with a cluster. */
const TOPICS = ["execution", "cluster", "agent", "model", "node"] as const;

/** Gathers what changes for all pages at once. While nobody listens it hears nothing and costs nothing. */
export function createChangeHub(modules: {
  readonly projection: Pick<ProjectionReader, "on">;
  /** Hears of each block that was followed. */
  readonly onBlock: (handler: () => void) => () => void;
  readonly head: () => string | undefined;
  /** @default none */
  readonly sources?: ChangeSources;
  /** @default the machine's */
  readonly clock?: Clock;
}): ChangeHub {
  const { projection, onBlock, head, sources = {}, clock = systemClock() } = modules;
  const listeners = new Set<(changes: readonly Change[]) => void>();
  const gathered = new Map<ChangeTopic, Set<string>>();
  /** Calls off what will be told. */
  let callOff: (() => void) | undefined;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let endHearing: (() => void) | undefined;

  function note(topic: ChangeTopic, id: string): void {
    const ids = gathered.get(topic) ?? new Set();
    // One more than is named says that there were too many.
    if (ids.size <= CHANGED_IDS_MAX) ids.add(id);
    gathered.set(topic, ids);
    const restMs = toldAtMs + CHANGES_EVERY_MS - clock.monotonicMs();
    callOff ??= clock.after(Math.max(CHANGES_FIRST_MS, restMs), tell);
  }

  function tell(): void {
    callOff = undefined;
    toldAtMs = clock.monotonicMs();
    const changes = CHANGE_TOPICS.flatMap((topic) => {
      const ids = gathered.get(topic);
      return ids === undefined ? [] : [{ topic, ids: ids.size > CHANGED_IDS_MAX ? null : [...ids] }];
    });
    gathered.clear();
    for (const listener of listeners) listener(changes);
  }

  function hear(): () => void {
    const ends = TOPICS.map((topic) => projection.on(topic, (id) => note(topic, String(id))));
    ends.push(projection.on("delegates", (id) => note("cluster", String(id))));
    ends.push(projection.on("credit", () => note("credit", "withdrawal")));
    ends.push(onBlock(() => note("head", head() ?? "")));
    for (const topic of CHANGE_TOPICS) {
      const end = sources[topic]?.((id) => note(topic, id));
      if (end !== undefined) ends.push(end);
    }
    return () => {
      for (const end of ends) end();
      callOff?.();
      callOff = undefined;
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
