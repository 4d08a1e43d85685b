import { type ReactNode, useEffect, useRef } from "react";
import { Foreign } from "../../parts/basics.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { cleanName, cleanText } from "../../text/clean.ts";
import type { Pane, PaneState } from "./pane.ts";

/** What is to be known of a terminal beside what it shows: each said where it is true, and nowhere else. */
export function PaneNotes({
  pane,
  state,
  name,
}: {
  readonly pane: Pane;
  readonly state: PaneState;
  readonly name: string;
}) {
  const label = cleanName(name);
  return (
    <div className="terminals-notes">
      <div role="status">
        {state.isTyping && (
          <Note tone="busy">
            What you type goes to {label}. <kbd>F6</kbd> leads out.
          </Note>
        )}
        <StateNote state={state} label={label} />
      </div>
      {/* No status: it changes each second. */}
      {state.state === "flooded" && state.leftOut > 0 && (
        <Note tone="warn">{leftOutText(state.leftOut)} left out so far.</Note>
      )}
      {state.leftOut > 0 && state.state !== "flooded" && state.state !== "paused" && (
        <Note tone="calm">
          {leftOutText(state.leftOut)} left out while it was not drawn.{" "}
          <button type="button" className="quiet" onClick={pane.stream.forgetLeftOut}>
            Fine
          </button>
        </Note>
      )}
      {state.paste !== undefined && <PasteQuestion pane={pane} paste={state.paste} label={label} />}
    </div>
  );
}

function StateNote({ state, label }: { readonly state: PaneState; readonly label: string }) {
  const words = state.words === undefined ? undefined : cleanText(state.words);
  switch (state.state) {
    case "flooded":
      return <Note tone="warn">More comes than can be drawn, so this shows a new screen each second.</Note>;
    case "paused":
      return <Note tone="warn">Paused: this is what stood there when you paused. {label} works on.</Note>;
    case "ended":
      return <Note tone="calm">Ended: {words}. This is what stood there last.</Note>;
    case "none":
      return (
        <Note tone="calm">
          {label} has no terminal on this node now. One is shown here as soon as there is.
        </Note>
      );
    case "again":
      return (
        <Note tone="warn">The connection broke. This is what stood there; it joins again by itself.</Note>
      );
    case "refused":
      return <Note tone="bad">{words}</Note>;
    default:
      return words === undefined ? null : <Note tone="bad">Not typed: {words}</Note>;
  }
}

function Note({
  tone,
  children,
}: {
  readonly tone: "busy" | "warn" | "bad" | "calm";
  readonly children: ReactNode;
}) {
  return <p className={`terminals-note terminals-note-${tone}`}>{children}</p>;
}

/** Several lines are several commands for most programs: they are seen before they are sent. */
function PasteQuestion({
  pane,
  paste,
  label,
}: {
  readonly pane: Pane;
  readonly paste: NonNullable<PaneState["paste"]>;
  readonly label: string;
}) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div
      className="terminals-paste"
      role="alertdialog"
      aria-label={`Paste into ${label}?`}
      data-takes-keys=""
      onKeyDown={({ key }) => {
        if (key === "Escape") pane.answerPaste(false);
      }}
    >
      <p>
        Paste {plural(paste.lines, "line")} into {label}?{" "}
        {paste.isCut &&
          `That is the first ${countText(paste.text.length)} characters; what is longer is a file.`}
      </p>
      <Foreign text={paste.text} label="What would be pasted" />
      <div className="bar-of-actions">
        <button type="button" ref={first} className="button-chief" onClick={() => pane.answerPaste(true)}>
          Paste
        </button>
        <button type="button" onClick={() => pane.answerPaste(false)}>
          Leave it
        </button>
      </div>
    </div>
  );
}

/** How much was left out, as people say it. */
export function leftOutText(characters: number): string {
  if (characters >= 1e6) return `${(characters / 1e6).toFixed(1)} million characters`;
  return characters >= 1e4
    ? `${Math.round(characters / 1e3)} thousand characters`
    : plural(characters, "character");
}
