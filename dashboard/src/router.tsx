import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";
import { type Place, pathOf, placeOf } from "./places.ts";

export { type Place, pathOf, placeOf } from "./places.ts";

/** What stands behind the `?` of a link: how a view is to be shown, so that it can be handed on. */
export type Search = Readonly<Record<string, string | undefined>>;

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

function tell(): void {
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => location.pathname));
}

/** One value of the address's `?`, and how to set it: set, it replaces what is there, and going back leaves the view. */
export function useSearch(name: string): readonly [string | undefined, (value: string | undefined) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const value = new URLSearchParams(search).get(name) ?? undefined;
  function set(next: string | undefined): void {
    const changed = new URLSearchParams(location.search);
    if (next === undefined || next === "") changed.delete(name);
    else changed.set(name, next);
    history.replaceState(history.state, "", `${location.pathname}${changed.size > 0 ? `?${changed}` : ""}`);
    tell();
  }
  return [value, set];
}

export function hrefOf(place: Place, search: Search = {}): string {
  const given = Object.entries(search).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "",
  );
  return `${pathOf(place)}${given.length > 0 ? `?${new URLSearchParams(given)}` : ""}`;
}

export function goTo(place: Place, search: Search = {}): void {
  const href = hrefOf(place, search);
  if (href !== location.pathname + location.search) history.pushState(null, "", href);
  tell();
  scrollTo(0, 0);
}

/** A link within the page, which the browser can open elsewhere as any other. */
export function Link({
  to,
  search,
  className,
  isCurrent = false,
  label,
  children,
}: {
  readonly to: Place;
  readonly search?: Search;
  readonly className?: string;
  readonly isCurrent?: boolean;
  /** What it is called where its content alone does not say it. */
  readonly label?: string;
  readonly children: ReactNode;
}) {
  function follow(event: MouseEvent): void {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    goTo(to, search);
  }
  return (
    <a
      href={hrefOf(to, search)}
      onClick={follow}
      className={className}
      aria-label={label}
      aria-current={isCurrent ? "page" : undefined}
    >
      {children}
    </a>
  );
}
