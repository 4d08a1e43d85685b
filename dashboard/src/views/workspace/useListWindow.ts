import { useEffect, useRef, useState } from "react";
import { type Listed, type ListWindow, laidOver, withEarlier, withLater } from "./listWindow.ts";

export type Side = "earlier" | "later";

/** A long list of which a part is there, and how to get more of it. */
export interface LongList<Item extends Listed> {
  readonly window: ListWindow<Item>;
  readonly busy: Side | undefined;
  readonly error: Error | undefined;
  /** Reads on at one side, unless that is done already. */
  readonly load: (side: Side) => void;
  /** Lets what is there go, for the newest. */
  readonly toNewest: () => void;
  /** Whether the reader is at the end, so that it may be let go what is far before. */
  readonly setFollowing: (isFollowing: boolean) => void;
}

/**
 * Puts a long list together of what is read of it: its end, which is read anew at each change, what stands around a message, and what was
 * read on at either side. Undefined until something is there.
 */
export function useListWindow<Item extends Listed>(options: {
  readonly newest: ListWindow<Item> | undefined;
  /** What is to be shown first, or may have changed meanwhile. */
  readonly around: ListWindow<Item> | undefined;
  /** Whether the first that is shown is not the end. */
  readonly isElsewhere: boolean;
  readonly readEarlier: (first: Item) => Promise<ListWindow<Item>>;
  readonly readLater: (last: Item) => Promise<ListWindow<Item>>;
}): LongList<Item> | undefined {
  const { newest, around, isElsewhere, readEarlier, readLater } = options;
  const [window, setWindow] = useState<ListWindow<Item>>();
  const [busy, setBusy] = useState<Side>();
  const [error, setError] = useState<Error>();
  const isFollowing = useRef(!isElsewhere);

  useEffect(() => {
    if (newest === undefined) return;
    setWindow((there) => {
      if (there === undefined) return isElsewhere ? undefined : newest;
      // So much came at once that there is a gap: who reads the end goes on there, who reads elsewhere is not disturbed.
      return (
        laidOver(there, newest) ??
        (isFollowing.current && !there.hasLater ? newest : { ...there, hasLater: true })
      );
    });
  }, [newest, isElsewhere]);
  useEffect(() => {
    if (around === undefined) return;
    setWindow((there) => (there === undefined ? around : (laidOver(there, around) ?? there)));
  }, [around]);

  async function load(side: Side): Promise<void> {
    const from = side === "earlier" ? window?.items[0] : window?.items.at(-1);
    if (from === undefined || busy !== undefined) return;
    setBusy(side);
    setError(undefined);
    try {
      const page = await (side === "earlier" ? readEarlier(from) : readLater(from));
      setWindow((there) => {
        // Meanwhile it was let go.
        const is = side === "earlier" ? there?.items[0] : there?.items.at(-1);
        if (there === undefined || is?.id !== from.id) return there;
        return side === "earlier" ? withEarlier(there, page) : withLater(there, page);
      });
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(undefined);
    }
  }

  if (window === undefined) return undefined;
  return {
    window,
    busy,
    error,
    load: (side) => void load(side),
    toNewest: () => newest !== undefined && setWindow(laidOver(window, newest) ?? newest),
    setFollowing: (value) => {
      isFollowing.current = value;
    },
  };
}
