import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import { currentConnection, followChanges, onConnection } from "../api/changes.ts";
import { useMe, useOverview, useWorkspaces } from "../api/queries.ts";
import { goTo, Link, type Place, pathOf, usePlace } from "../router.tsx";
import { closeSession } from "../session.ts";
import { countText } from "../text/amounts.ts";
import { Badge } from "./basics.tsx";
import { type NavigationEntry, type NavigationGroup, navigationOf } from "./navigation.ts";
import { Palette } from "./Palette.tsx";
import type { PaletteCommand } from "./paletteRows.ts";
import { nextTheme } from "./theme.ts";

const COMMANDS: readonly PaletteCommand[] = [
  { name: "Answer what agents ask", run: () => goTo({ view: "approvals" }) },
  { name: "Apply or refuse a plan of the manager", run: () => goTo({ view: "manager" }) },
  { name: "Switch between dark and light", keys: "t", run: nextTheme },
  { name: "Forget the token", run: () => closeSession("missing") },
];

/** What stands around each view: where one is, where one can go, and how things are with the daemon. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const place = usePlace();
  const cluster = useTeamCluster(place);
  const groups = navigationOf(cluster);
  const entries = groups.flatMap((group) => group.entries);
  const main = useRef<HTMLElement>(null);
  useEffect(() => followChanges(queries), [queries]);
  useKeys(entries, () => setPaletteOpen(true));
  // What was opened to go somewhere is in the way once one is there.
  const path = pathOf(place);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes with each new place.
  useEffect(() => setMenuOpen(false), [path]);
  const go = entries.map(({ name, key, place: to }) => ({ name, keys: `g ${key}`, run: () => goTo(to) }));
  return (
    <div className="frame">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to what is shown
      </button>
      <header className="bar">
        <button
          type="button"
          className="quiet menu-button"
          aria-expanded={isMenuOpen}
          aria-controls="views"
          onClick={() => setMenuOpen(!isMenuOpen)}
        >
          Menu
        </button>
        <Link to={{ view: "overview" }} className="brand">
          Pleiad
        </Link>
        <div className="bar-end">
          <Head />
          <RoleBadge />
          <ConnectionBadge />
          <button
            type="button"
            className="quiet"
            onClick={() => setPaletteOpen(true)}
            aria-keyshortcuts="Control+K"
          >
            Go to… <kbd>Ctrl K</kbd>
          </button>
        </div>
      </header>
      <LostNotice />
      <div className="body">
        <nav aria-label="Views" id="views" className={isMenuOpen ? "nav nav-open" : "nav"}>
          {groups.map((group) => (
            <NavigationPart key={group.title ?? ""} group={group} place={place} />
          ))}
        </nav>
        <main id="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
      {isPaletteOpen && (
        <Palette commands={[...go, ...COMMANDS]} cluster={cluster} onClose={() => setPaletteOpen(false)} />
      )}
    </div>
  );
}

function NavigationPart({ group, place }: { readonly group: NavigationGroup; readonly place: Place }) {
  const id = useId();
  return (
    <div className="nav-group">
      {group.title !== undefined && (
        <p id={id} className="nav-title">
          {group.title}
        </p>
      )}
      <ul aria-labelledby={group.title === undefined ? undefined : id}>
        {group.entries.map(({ name, key, place: to, views }) => (
          <li key={key}>
            <Link to={to} isCurrent={(views as readonly string[]).includes(place.view)}>
              {name}
              {name === "Approvals" && <Waiting />}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Views that show a cluster's team, or lead to it. */
const OF_CLUSTER: readonly Place["view"][] = [
  ...["cluster", "versions", "team", "agent", "terminals", "messages", "threads", "thread"],
  ...["context", "contextKey", "memory", "rules", "run"],
] as readonly Place["view"][];

/** The cluster whose team the navigation leads to: the one of this place, else the last there was, else the first that is open here. */
function useTeamCluster(place: Place): string | undefined {
  const { data } = useWorkspaces();
  const here = OF_CLUSTER.includes(place.view) && "id" in place ? place.id : undefined;
  const [last, setLast] = useState(here);
  if (here !== undefined && here !== last) setLast(here);
  return here ?? last ?? data?.workspaces[0]?.cluster;
}

/** How many questions wait for an answer. */
function Waiting() {
  const { data } = useOverview();
  const waiting = data?.problems.filter(({ approval }) => approval !== null).length ?? 0;
  if (waiting === 0) return null;
  return (
    <span className="nav-count">
      {countText(waiting)}
      <span className="unseen"> waiting</span>
    </span>
  );
}

function useConnection() {
  return useSyncExternalStore(onConnection, currentConnection);
}

function ConnectionBadge() {
  const connection = useConnection();
  if (connection === "live") return <Badge tone="good">Live</Badge>;
  return (
    <Badge tone={connection === "lost" ? "bad" : "busy"}>
      {connection === "lost" ? "Lost" : "Connecting"}
    </Badge>
  );
}

function LostNotice() {
  const connection = useConnection();
  return (
    <div role="status" className={connection === "lost" ? "notice" : "notice-off"}>
      {connection === "lost" &&
        "The daemon does not answer. What you see is what it said last; this page tries again by itself."}
    </div>
  );
}

function RoleBadge() {
  const { data } = useMe();
  if (data === undefined) return null;
  const { role, who } = data;
  const words = { view: "May look", act: "May act", operate: "Operator" } as const;
  return (
    <Badge tone="calm">{`${words[role]}${who.cluster === null ? "" : `, cluster ${who.cluster}`}`}</Badge>
  );
}

function Head() {
  const { data } = useOverview();
  const head = data?.chain.head;
  if (head === undefined || head === null) return null;
  return <span className="head muted">block {countText(BigInt(head.number))}</span>;
}

/** How long after `g` the second key counts. Milliseconds. */
const SEQUENCE_MS = 1_200;

/** Keys that work wherever nobody types: `g` and a letter to go, `t` for the theme, Ctrl K or `/` for everything. */
function useKeys(entries: readonly NavigationEntry[], openPalette: () => void): void {
  // Both are new with each drawing; the keys are listened to once.
  const now = useRef({ entries, openPalette });
  now.current = { entries, openPalette };
  useEffect(() => {
    // As long ago as can be: the first second of a page is no second key.
    let begunAtMs = Number.NEGATIVE_INFINITY;
    function heed(event: globalThis.KeyboardEvent): void {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        now.current.openPalette();
        return;
      }
      const isTyping =
        event.target instanceof HTMLElement &&
        event.target.closest(
          "input, textarea:not([readonly]), select, dialog, [contenteditable], [data-takes-keys]",
        ) !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const goes = now.current.entries.find(({ key }) => key === event.key);
      if (goes !== undefined && event.timeStamp - begunAtMs < SEQUENCE_MS) goTo(goes.place);
      else if (event.key === "t") nextTheme();
      else if (event.key === "/") {
        event.preventDefault();
        now.current.openPalette();
      }
      begunAtMs = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
    }
    addEventListener("keydown", heed);
    return () => removeEventListener("keydown", heed);
  }, []);
}
