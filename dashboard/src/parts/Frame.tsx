import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { currentConnection, followChanges, onConnection } from "../api/changes.ts";
import { useMe, useOverview } from "../api/queries.ts";
import { goTo, Link, type Place, usePlace } from "../router.tsx";
import { closeSession } from "../session.ts";
import { countText } from "../text/amounts.ts";
import { Badge } from "./basics.tsx";
import { Palette, type PaletteCommand } from "./Palette.tsx";
import { nextTheme } from "./theme.ts";

const PLACES = [
  { name: "Overview", key: "o", place: { view: "overview" }, views: ["overview"] },
  { name: "Executions", key: "e", place: { view: "executions" }, views: ["executions", "execution"] },
  { name: "Clusters", key: "c", place: { view: "clusters" }, views: ["clusters", "cluster"] },
] as const satisfies readonly { name: string; key: string; place: Place; views: readonly Place["view"][] }[];

const COMMANDS: readonly PaletteCommand[] = [
  ...PLACES.map(({ name, key, place }) => ({ name, keys: `g ${key}`, run: () => goTo(place) })),
  { name: "Switch between dark and light", keys: "t", run: nextTheme },
  { name: "Forget the token", run: () => closeSession("missing") },
];

/** What stands around each view: where one is, where one can go, and how things are with the daemon. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  useEffect(() => followChanges(queries), [queries]);
  useKeys(() => setPaletteOpen(true));
  return (
    <div className="frame">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to what is shown
      </button>
      <header className="bar">
        <Link to={{ view: "overview" }} className="brand">
          Pleiad
        </Link>
        <nav aria-label="Views" className="nav">
          {PLACES.map(({ name, key, place: to, views }) => (
            <Link key={key} to={to} isCurrent={(views as readonly string[]).includes(place.view)}>
              {name}
            </Link>
          ))}
        </nav>
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
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
      {isPaletteOpen && <Palette commands={COMMANDS} onClose={() => setPaletteOpen(false)} />}
    </div>
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
function useKeys(openPalette: () => void): void {
  useEffect(() => {
    let begunAtMs = 0;
    function heed(event: globalThis.KeyboardEvent): void {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        openPalette();
        return;
      }
      const isTyping =
        event.target instanceof HTMLElement && event.target.closest("input, textarea, dialog") !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const goes = PLACES.find(({ key }) => key === event.key);
      if (goes !== undefined && event.timeStamp - begunAtMs < SEQUENCE_MS) goTo(goes.place);
      else if (event.key === "t") nextTheme();
      else if (event.key === "/") {
        event.preventDefault();
        openPalette();
      }
      begunAtMs = event.key === "g" ? event.timeStamp : 0;
    }
    addEventListener("keydown", heed);
    return () => removeEventListener("keydown", heed);
  }, [openPalette]);
}
