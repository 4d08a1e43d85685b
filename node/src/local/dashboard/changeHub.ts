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

/** Projection topics by their own name; delegates change who may do what with a cluster. */
const TOPICS = ["execution", "cluster", "agent", "model", "node"] as const;

/** Gathers what changes for all pages at once. While nobody listens it hears nothing and costs nothing. */
export function createChangeHub(modules: {
  readonly projection: Pick<ProjectionReader, "on">;
  /** Hears of each block that was followed. */
  readonly onBlock: (handler: () => void) => () => void;
  readonly head: () => string | undefined;
  readonly approvals: Pick<Approvals, "waiting">;
  /** Hears of which execution a completion travelled among the peers. @default nobody tells */
  readonly onGossip?: (handler: (execution: bigint) => void) => () => void;
  /** Hears that a withdrawal began or ended. @default nobody tells */
  readonly onCredit?: (handler: () => void) => () => void;
}): ChangeHub {
  const { projection, onBlock, head, approvals, onGossip, onCredit } = modules;
  const listeners = new Set<(changes: readonly Change[]) => void>();
  const gathered = new Map<ChangeTopic, Set<string>>();
  let timer: NodeJS.Timeout | undefined;
  let endHearing: (() => void) | undefined;
  let waiting = "";

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

  function hear(): () => void {
    const ends = TOPICS.map((topic) => projection.on(topic, (id) => note(topic, String(id))));
    ends.push(projection.on("delegates", (id) => note("cluster", String(id))));
    if (onGossip !== undefined) ends.push(onGossip((id) => note("execution", String(id))));
    if (onCredit !== undefined) ends.push(onCredit(() => note("credit", "withdrawal")));
    ends.push(onBlock(() => note("head", head() ?? "")));
    // A look that failed is a store that fails, which the daemon says itself.
    const look = setInterval(() => lookAtApprovals().catch(() => {}), APPROVALS_LOOK_MS);
    return () => {
      for (const end of ends) end();
      clearInterval(look);
      clearTimeout(timer);
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
