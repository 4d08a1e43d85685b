import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { WhyNot } from "../../parts/acting.tsx";
import { plural } from "../../text/amounts.ts";
import { lastLooked, noteLooked } from "./drafts.ts";
import type { Listed } from "./listWindow.ts";
import type { LongList } from "./useListWindow.ts";

/** Who is so near to the end reads the end. Pixels. */
const AT_END_PX = 48;
/** Room before the first, for what stands there. Pixels. */
const BEGINNING_PX = 40;
/** Who stays so long at a place looks at it, and does not scroll by. Milliseconds. */
const LOOKS_MS = 400;
/** How near to a side it is read on: a screenful, so that nobody waits. Items. */
const NEAR = 20;

/**
 * A long list that grows at its end: it stays there while the reader does, says how many are new while he reads elsewhere, and reads on
 * where he scrolls. Only what is on the screen is drawn.
 */
export function WindowList<Item extends Listed>({
  list,
  name,
  label,
  estimatePx,
  marked,
  beginning,
  onLookAt,
  children,
}: {
  readonly list: LongList<Item>;
  /** By which it is known what was seen last of it. */
  readonly name: string;
  readonly label: string;
  /** How high an item is that was not drawn yet. */
  readonly estimatePx: number;
  /** The item that is shown first. @default the last */
  readonly marked: string | undefined;
  /** What stands before the very first. */
  readonly beginning: ReactNode;
  /** Hears which item is on the screen, where it is not one of the last. */
  readonly onLookAt?: (id: string | undefined) => void;
  readonly children: (item: Item) => ReactNode;
}) {
  const { items, hasEarlier, hasLater } = list.window;
  const scroller = useRef<HTMLDivElement>(null);
  const [isSettled, setSettled] = useState(false);
  const [isAtEnd, setAtEnd] = useState(marked === undefined);
  const [before] = useState(() => lastLooked(name));
  const [seen, setSeen] = useState(items.at(-1)?.id);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatePx,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 4,
    paddingStart: BEGINNING_PX,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
    directDomUpdates: true,
    onChange: (instance) => setAtEnd(instance.isAtEnd(AT_END_PX)),
  });

  const shownAt = marked === undefined ? -1 : items.findIndex(({ id }) => id === marked);
  // Once: afterwards the reader scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another item that is marked is another place to begin at.
  useLayoutEffect(() => {
    if (shownAt >= 0) virtualizer.scrollToIndex(shownAt, { align: "center" });
    else if (marked === undefined) virtualizer.scrollToEnd();
    const frame = requestAnimationFrame(() => setSettled(true));
    return () => cancelAnimationFrame(frame);
  }, [marked, shownAt >= 0]);

  const last = items.at(-1)?.id;
  const isReadingEnd = isAtEnd && !hasLater;
  list.setFollowing(isReadingEnd);
  useEffect(() => {
    if (!isReadingEnd || last === undefined || document.hidden) return;
    setSeen(last);
    noteLooked(name, last);
  }, [isReadingEnd, last, name]);

  const rows = virtualizer.getVirtualItems();
  const [first, end] = [rows[0]?.index ?? 0, rows.at(-1)?.index ?? 0];
  const { load, busy, error } = list;
  useEffect(() => {
    if (!isSettled || busy !== undefined || error !== undefined) return;
    if (hasEarlier && first < NEAR) load("earlier");
    else if (hasLater && end > items.length - NEAR) load("later");
  }, [isSettled, busy, error, hasEarlier, hasLater, first, end, items.length, load]);
  const middle = items[Math.floor((first + end) / 2)]?.id;
  useEffect(() => {
    const timer = setTimeout(() => onLookAt?.(isReadingEnd ? undefined : middle), LOOKS_MS);
    return () => clearTimeout(timer);
  }, [onLookAt, isReadingEnd, middle]);

  const isNewAfter = seen === undefined ? -1 : items.findLastIndex(({ id }) => id === seen);
  const fresh = isReadingEnd ? 0 : items.length - 1 - isNewAfter;
  const isUnseenAfter = before === undefined || before === last ? undefined : before;

  function toNewest(): void {
    if (hasLater) list.toNewest();
    requestAnimationFrame(() => virtualizer.scrollToEnd());
  }

  return (
    <div className="ws-window">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <section ref={scroller} className="ws-scroller" tabIndex={0} aria-label={label}>
        <ol ref={virtualizer.containerRef} className="ws-items">
          <li className="ws-beginning muted">
            {error !== undefined ? null : hasEarlier ? "Reading older ones…" : beginning}
          </li>
          {rows.map(({ index, key }) => {
            const item = items[index];
            if (item === undefined) return null;
            return (
              <li
                key={key}
                data-index={index}
                ref={virtualizer.measureElement}
                className={item.id === marked ? "ws-item ws-item-marked" : "ws-item"}
              >
                {children(item)}
                {item.id === isUnseenAfter && <p className="ws-new-line">New since you looked last</p>}
              </li>
            );
          })}
        </ol>
      </section>
      {error !== undefined && (
        <div className="ws-failed">
          <WhyNot error={error} />
          <button type="button" onClick={() => load(first < NEAR ? "earlier" : "later")}>
            Try again
          </button>
        </div>
      )}
      {(!isReadingEnd || hasLater) && (
        <button type="button" className="ws-to-end button-chief" onClick={toNewest}>
          {hasLater ? "To the newest" : fresh > 0 ? `${plural(fresh, "new one", "new")} ↓` : "To the end ↓"}
        </button>
      )}
      <p className="unseen" role="status">
        {fresh > 0 && `${plural(fresh, "new one", "new ones")} below`}
      </p>
    </div>
  );
}
