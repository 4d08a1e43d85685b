import { type CSSProperties, useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import type { TerminalRow } from "../../api/terminals.ts";
import { PaneHead } from "./PaneHead.tsx";
import { PaneNotes } from "./PaneNotes.tsx";
import { PaneSearch } from "./PaneSearch.tsx";
import type { PanesProps } from "./Panes.tsx";
import { PlainText } from "./PlainText.tsx";
import { createPane, type Pane } from "./pane.ts";

/** One terminal with what can be done with it. */
export function TerminalPane({
  cluster,
  name,
  number,
  row,
  readAtMs,
  isFocused,
  entered,
  isOnly,
  span,
  isReader,
  onFocus,
  onAlone,
  onClose,
}: Omit<PanesProps, "names" | "rows" | "focused" | "entering"> & {
  readonly name: string;
  /** The key that goes into it. */
  readonly number: number;
  /** As the list has it; none where the agent has no terminal. */
  readonly row: TerminalRow | undefined;
  readonly isFocused: boolean;
  /** Changes with each wish to go into it. */
  readonly entered: number;
  readonly isOnly: boolean;
  /** Columns that it takes. */
  readonly span: number;
}) {
  const host = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const titleId = useId();
  const [pane, setPane] = useState<Pane>();
  const [isSearching, setSearching] = useState(false);
  const [isText, setText] = useState(false);
  useEffect(() => {
    if (host.current === null) return;
    const made = createPane({ cluster, name }, host.current, {
      onLeave: () => head.current?.querySelector<HTMLElement>("button:not(:disabled)")?.focus(),
      onSearch: () => setSearching(true),
    });
    setPane(made);
    return () => made.end();
  }, [cluster, name]);
  useEffect(() => pane?.screen.setFocused(isFocused && !isText), [pane, isFocused, isText]);
  useEffect(() => pane?.screen.setReader(isReader), [pane, isReader]);
  useEffect(() => {
    if (entered > 0) pane?.screen.focus();
  }, [pane, entered]);
  const isRunning = row?.state === "running";
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time the list is read, whatever it says.
  useEffect(() => {
    const state = pane?.stream.status().state;
    if (isRunning && (state === "ended" || state === "none" || state === "refused")) pane?.stream.again();
  }, [pane, isRunning, readAtMs]);
  const state = useSyncExternalStore(pane?.subscribe ?? never, pane?.state ?? nothing);
  const className = [
    "terminals-pane",
    isFocused ? "terminals-pane-focused" : "",
    state?.isTyping === true ? "terminals-pane-typing" : "",
  ].join(" ");
  return (
    <section
      className={className}
      style={{ "--terminals-span": span } as CSSProperties}
      aria-labelledby={titleId}
      onFocus={() => onFocus(name)}
      onPointerDown={() => onFocus(name)}
    >
      <div ref={head} className="terminals-head">
        {pane !== undefined && state !== undefined && (
          <PaneHead
            pane={pane}
            state={state}
            titleId={titleId}
            {...{ cluster, name, number, isOnly, isText, setText, setSearching, onAlone, onClose }}
          />
        )}
      </div>
      {pane !== undefined && state !== undefined && <PaneNotes pane={pane} state={state} name={name} />}
      {isSearching && pane !== undefined && (
        <PaneSearch pane={pane} found={state?.found} onClose={() => setSearching(false)} />
      )}
      {isText && <PlainText cluster={cluster} name={name} />}
      <div
        ref={host}
        className={isText ? "terminals-host terminals-host-hidden" : "terminals-host"}
        data-takes-keys={state?.isTyping === true ? "" : undefined}
      />
    </section>
  );
}

const never = () => () => {};
const nothing = () => undefined;
