import { useState } from "react";
import { onSession } from "../../session.ts";
import { DRAFTS_MAX } from "./limits.ts";

/** What somebody has begun to write, in the page's memory alone: it is there when the view is shown again, and goes with the token. */
const drafts = new Map<string, unknown>();
/** What was seen last in each list, by its name. */
const looked = new Map<string, string>();

onSession(() => {
  drafts.clear();
  looked.clear();
});

/** As `useState`, but what is set is there again when the view is, by its name. */
export function useDraft<Draft>(name: string, initial: Draft): readonly [Draft, (draft: Draft) => void] {
  const [draft, setDraft] = useState(() => (drafts.get(name) as Draft | undefined) ?? initial);
  return [
    draft,
    (next) => {
      drafts.delete(name);
      if (next !== initial) drafts.set(name, next);
      for (const oldest of drafts.keys()) {
        if (drafts.size <= DRAFTS_MAX) break;
        drafts.delete(oldest);
      }
      setDraft(next);
    },
  ];
}

export function lastLooked(list: string): string | undefined {
  return looked.get(list);
}

export function noteLooked(list: string, id: string): void {
  looked.set(list, id);
}

/** A name for one thing to do, the same for each try of it: another once something else is to be done. */
export function createRequests(): (what: unknown) => string {
  let last: string | undefined;
  let request = "";
  return (what) => {
    const next = JSON.stringify(what);
    if (next !== last) request = crypto.randomUUID();
    last = next;
    return request;
  };
}

export function hasDraft(name: string): boolean {
  return drafts.has(name);
}
