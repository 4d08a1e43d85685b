import { useEffect, useRef, useState } from "react";
import { useMe } from "../../api/queries.ts";
import { type TerminalRow, useTerminals } from "../../api/terminals.ts";
import { useMay } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Empty } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { PANES_MAX } from "./limits.ts";
import { Panes } from "./Panes.tsx";
import { useShown } from "./shown.ts";
import { TerminalChoice, TerminalList } from "./TerminalList.tsx";
import "./terminals.css";

/** Terminals of a cluster's agents: one or several, live. */
export function Terminals({ id }: { readonly id: string }) {
  const query = useTerminals(id);
  return (
    <Answer query={query} what="the terminals">
      {({ terminals }) => <View cluster={id} terminals={terminals} readAtMs={query.dataUpdatedAt} />}
    </Answer>
  );
}

function View({
  cluster,
  terminals,
  readAtMs,
}: {
  readonly cluster: string;
  readonly terminals: readonly TerminalRow[];
  readonly readAtMs: number;
}) {
  const first = terminals.find(({ state }) => state === "running") ?? terminals[0];
  // What was shown first stays, also when it is in no list any more.
  const [begun, setBegun] = useState(first?.name);
  if (begun === undefined && first !== undefined) setBegun(first.name);
  const { shown, set, setLayout } = useShown(begun);
  const { names, layout } = shown;
  const visible = layout === "single" ? names.slice(0, 1) : names;
  const [focused, setFocused] = useState<string>();
  const [isReader, setReader] = useState(false);
  const { data: me } = useMe();
  const { whyNot } = useMay();
  const current = focused !== undefined && visible.includes(focused) ? focused : visible[0];
  /** Grows with each wish to go into a terminal, so that going to the same one twice does so twice. */
  const [entering, setEntering] = useState<{ readonly name: string; readonly count: number }>();
  const enter = (name: string | undefined) => {
    if (name === undefined) return;
    setFocused(name);
    setEntering(({ count } = { name, count: 0 }) => ({ name, count: count + 1 }));
  };
  const step = (by: number) => {
    const all = layout === "single" ? terminals.map(({ name }) => name) : visible;
    const next = all[(all.indexOf(current ?? "") + by + all.length) % all.length];
    if (next === undefined) return;
    if (layout === "single") set([next, ...names.filter((name) => name !== next && names.length > 1)]);
    enter(next);
  };
  useViewKeys({ enter: (index) => enter(visible[index]), step });
  const add = (name: string) => {
    set([...visible.filter((one) => one !== name), name].slice(-PANES_MAX), "split");
    setFocused(name);
  };
  const remove = (name: string) => {
    const rest = names.filter((one) => one !== name);
    set(rest, rest.length < 2 ? undefined : layout);
  };
  if (terminals.length === 0 && names.length === 0) return <None cluster={cluster} />;
  return (
    <div className="terminals">
      <div className="view-head">
        <h1>Terminals</h1>
        <span className="count">{plural(terminals.length, "agent")}</span>
        <div className="bar-of-actions terminals-actions">
          <button
            type="button"
            className="quiet"
            aria-pressed={isReader}
            onClick={() => setReader(!isReader)}
          >
            Screen reader
          </button>
          {names.length > 1 && (
            <button
              type="button"
              className="quiet"
              onClick={() => setLayout(layout === "single" ? "split" : "single")}
            >
              {layout === "single" ? `Show all ${names.length}` : "Show one"}
            </button>
          )}
        </div>
      </div>
      {me !== undefined && whyNot !== undefined && (
        <p id="terminals-why-not" className="muted">
          You can look and not type. {whyNot}
        </p>
      )}
      <div className="terminals-body">
        <div className="terminals-side">
          <TerminalChoice terminals={terminals} shown={visible} onChoose={(name) => set([name])} />
          <TerminalList
            cluster={cluster}
            terminals={terminals}
            shown={visible}
            onAdd={add}
            onRemove={remove}
          />
          <p className="muted terminals-keys">
            <kbd>1</kbd>…<kbd>9</kbd> go into a terminal, <kbd>[</kbd> <kbd>]</kbd> to the one before or
            after, <kbd>F6</kbd> out of it
          </p>
        </div>
        <Panes
          cluster={cluster}
          names={visible}
          rows={terminals}
          readAtMs={readAtMs}
          focused={current}
          entering={entering}
          isReader={isReader}
          onFocus={setFocused}
          onAlone={(name) => set([name, ...names.filter((one) => one !== name)], "single")}
          onClose={remove}
        />
      </div>
    </div>
  );
}

function None({ cluster }: { readonly cluster: string }) {
  return (
    <section className="calm">
      <h1>Terminals</h1>
      <Empty>No agent of this node has a terminal in this cluster.</Empty>
      <p>
        One comes with each agent that works here, and is then shown by itself. Helpers are started with the
        team: <Link to={{ view: "team", id: cluster }}>to the agents</Link>
      </p>
    </section>
  );
}

/** Keys of the view, wherever nobody types. */
function useViewKeys(acts: {
  readonly enter: (index: number) => void;
  readonly step: (by: number) => void;
}): void {
  // New with each drawing; the keys are listened to once.
  const now = useRef(acts);
  now.current = acts;
  useEffect(() => {
    function heed(event: KeyboardEvent): void {
      const isTaken =
        event.target instanceof HTMLElement &&
        event.target.closest("input, textarea:not([readonly]), select, dialog, [data-takes-keys]") !== null;
      if (isTaken || event.ctrlKey || event.metaKey || event.altKey) return;
      const by = event.key === "]" ? 1 : event.key === "[" ? -1 : 0;
      if (/^[1-9]$/.test(event.key)) now.current.enter(Number(event.key) - 1);
      else if (by !== 0) now.current.step(by);
      else return;
      event.preventDefault();
    }
    addEventListener("keydown", heed);
    return () => removeEventListener("keydown", heed);
  }, []);
}
