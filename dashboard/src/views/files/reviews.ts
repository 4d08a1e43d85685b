import { useMemo, useSyncExternalStore } from "react";
import type { DiffKind } from "../../api/folders.ts";

/** A remark about a line, not sent yet. */
export interface Remark {
  readonly id: number;
  readonly path: string;
  /** What was compared where it was written. */
  readonly kind: DiffKind;
  /** Of a line that went: the old one's number. */
  readonly side: "old" | "new";
  readonly line: number;
  /** What stood there. */
  readonly quoted: string;
  readonly text: string;
}

/** What a message of the workspace takes. Bytes. */
export const MESSAGE_BYTES_MAX = 16_384;
/** Of a line that a remark is about so much is said again. Characters. */
const QUOTED_CHARACTERS_MAX = 200;
/** How every review begins: by it the page knows its own among what was sent. */
export const REVIEW_BEGINS = "Review of your changes";

/** Remarks are in this page's memory until they are sent, whatever view is shown meanwhile. */
const remarks = new Map<string, readonly Remark[]>();
const listeners = new Set<() => void>();
const NONE: readonly Remark[] = [];
let lastId = 0;

function set(agent: string, next: readonly Remark[]): void {
  if (next.length === 0) remarks.delete(agent);
  else remarks.set(agent, next);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export interface Review {
  readonly remarks: readonly Remark[];
  add(remark: Omit<Remark, "id">): void;
  drop(id: number): void;
  clear(): void;
}

export function useReview(agent: string): Review {
  const mine = useSyncExternalStore(subscribe, () => remarks.get(agent) ?? NONE);
  return useMemo(
    () => ({
      remarks: mine,
      add(remark: Omit<Remark, "id">) {
        lastId += 1;
        set(agent, [...mine, { ...remark, id: lastId }]);
      },
      drop: (id: number) =>
        set(
          agent,
          mine.filter((remark) => remark.id !== id),
        ),
      clear: () => set(agent, NONE),
    }),
    [agent, mine],
  );
}

/** Where a line stands that is not one of all that changed. */
const WHERE: Readonly<Record<DiffKind, string>> = {
  all: "",
  uncommitted: ", of what you have not committed",
  sinceCheckpoint: ", of what changed since a checkpoint",
  committed: ", of what you committed",
  merged: ", of your last merge",
};

/** A review as an agent reads it: each remark with its file, its line and what stands there. */
export function reviewText(all: readonly Remark[]): string {
  const about = all.map(
    (remark, at) => `${at + 1}. ${placeText(remark)}:\n${quoteText(remark)}\n${remark.text.trim()}`,
  );
  return [
    `${REVIEW_BEGINS}: ${all.length === 1 ? "one comment" : `${all.length} comments`}.`,
    ...about,
    "When you have seen to it, answer this message with send_message and replyTo.",
  ].join("\n\n");
}

/** Names may hold whatever they like, so they stand in quotes. */
function placeText({ path, kind, side, line }: Remark): string {
  return `${JSON.stringify(path)}, line ${line}${side === "old" ? " (removed)" : ""}${WHERE[kind]}`;
}

function quoteText({ quoted }: Remark): string {
  return `> ${quoted.length > QUOTED_CHARACTERS_MAX ? `${quoted.slice(0, QUOTED_CHARACTERS_MAX)}…` : quoted}`;
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
