import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";

/** Where the page is, by its path: each thing has a link. */
export type Place =
  | { readonly view: "overview" }
  | { readonly view: "executions" }
  | { readonly view: "execution"; readonly id: string }
  | { readonly view: "clusters" }
  | { readonly view: "cluster"; readonly id: string }
  | { readonly view: "unknown"; readonly path: string };

export function pathOf(place: Place): string {
  switch (place.view) {
    case "overview":
      return "/";
    case "executions":
    case "clusters":
      return `/ui/${place.view}`;
    case "execution":
    case "cluster":
      return `/ui/${place.view}s/${place.id}`;
    case "unknown":
      return place.path;
  }
}

export function placeOf(path: string): Place {
  if (path === "/" || path === "/ui/overview") return { view: "overview" };
  const [, kind, id] = /^\/ui\/(executions|clusters)(?:\/(\d{1,78}))?\/?$/.exec(path) ?? [];
  if (kind === "executions") return id === undefined ? { view: "executions" } : { view: "execution", id };
  if (kind === "clusters") return id === undefined ? { view: "clusters" } : { view: "cluster", id };
  return { view: "unknown", path };
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => location.pathname));
}

export function goTo(place: Place): void {
  const path = pathOf(place);
  if (path !== location.pathname) history.pushState(null, "", path);
  for (const listener of listeners) listener();
  scrollTo(0, 0);
}

/** A link within the page, which the browser can open elsewhere as any other. */
export function Link({
  to,
  className,
  isCurrent = false,
  children,
}: {
  readonly to: Place;
  readonly className?: string;
  readonly isCurrent?: boolean;
  readonly children: ReactNode;
}) {
  function follow(event: MouseEvent): void {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    goTo(to);
  }
  return (
    <a href={pathOf(to)} onClick={follow} className={className} aria-current={isCurrent ? "page" : undefined}>
      {children}
    </a>
  );
}
