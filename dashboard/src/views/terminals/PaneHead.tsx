import { useState } from "react";
import { readTerminalText } from "../../api/terminals.ts";
import { useMay } from "../../parts/acting.tsx";
import { Badge, Name, type Tone } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { cleanName, cleanText } from "../../text/clean.ts";
import { PaneMenu } from "./PaneMenu.tsx";
import type { Pane, PaneState } from "./pane.ts";

const STATES: Readonly<Record<PaneState["state"], readonly [tone: Tone, words: string]>> = {
  away: ["calm", "Not in view"],
  connecting: ["busy", "Connecting"],
  live: ["good", "Live"],
  paused: ["warn", "Paused"],
  flooded: ["warn", "Too fast to draw"],
  again: ["busy", "Connecting again"],
  ended: ["calm", "Ended"],
  none: ["calm", "No terminal"],
  refused: ["bad", "Refused"],
};

const AS_TEXT = ["calm", "As text"] as const;

/** Whose terminal it is, how it is, and what can be done with it. */
export function PaneHead({
  pane,
  state,
  titleId,
  cluster,
  name,
  number,
  isOnly,
  isText,
  setText,
  setSearching,
  onAlone,
  onClose,
}: {
  readonly pane: Pane;
  readonly state: PaneState;
  readonly titleId: string;
  readonly cluster: string;
  readonly name: string;
  readonly number: number;
  readonly isOnly: boolean;
  readonly isText: boolean;
  readonly setText: (is: boolean) => void;
  readonly setSearching: (is: boolean) => void;
  readonly onAlone: (name: string) => void;
  readonly onClose: (name: string) => void;
}) {
  const label = cleanName(name);
  const [tone, words] = isText ? AS_TEXT : STATES[state.state];
  const [copied, setCopied] = useState<string>();
  async function copy(what: string, text: string | Promise<string>): Promise<void> {
    try {
      const clean = cleanText(await text);
      await navigator.clipboard.writeText(clean);
      setCopied(clean === "" ? "Nothing to copy" : `Copied ${what}`);
    } catch (error) {
      setCopied(`Not copied: ${error instanceof Error ? error.message : "the browser refused"}`);
    }
  }
  return (
    <>
      <h2 id={titleId} className="terminals-name">
        <Link to={{ view: "agent", id: cluster, agent: name }}>
          <Name text={name} />
        </Link>
      </h2>
      {!isOnly && number <= 9 && <kbd title="This key goes into it">{number}</kbd>}
      <Badge tone={tone}>{words}</Badge>
      {state.size !== undefined && (
        <span className="muted terminals-size">
          {state.size.columns}×{state.size.rows}
        </span>
      )}
      <span role="status" className="muted terminals-copied">
        {copied}
      </span>
      <div className="terminals-tools">
        <TypeButton pane={pane} state={state} label={label} />
        <PauseButton pane={pane} state={state} label={label} />
        <button
          type="button"
          className="quiet terminals-find"
          aria-label={`Find in ${label}`}
          onClick={() => setSearching(true)}
        >
          Find
        </button>
        <PaneMenu
          label={label}
          items={[
            ["Find text", () => setSearching(true)],
            ["Copy what is selected", () => void copy("the selection", pane.screen.selection())],
            ["Copy all of its text", () => void copy("all text", readTerminalText(cluster, name))],
            [isText ? "Show it as a terminal" : "Show it as plain text", () => setText(!isText)],
            ...(state.mayType ? ([["Give it the size of this pane", () => giveSize(pane)]] as const) : []),
            ...(isOnly ? [] : ([["Show it alone", () => onAlone(name)]] as const)),
          ]}
        />
        {!isOnly && (
          <button
            type="button"
            className="quiet"
            aria-label={`Take ${label} away`}
            title="Take away"
            onClick={() => onClose(name)}
          >
            ×
          </button>
        )}
      </div>
    </>
  );
}

function giveSize(pane: Pane): void {
  const size = pane.screen.roomFor();
  if (size !== undefined) pane.stream.resize(size);
}

/** Off until somebody turns it on: what is typed here, the agent takes for its person's. */
function TypeButton({
  pane,
  state,
  label,
}: {
  readonly pane: Pane;
  readonly state: PaneState;
  readonly label: string;
}) {
  const may = useMay();
  const isShownOnly = state.state === "live" && may.may && !state.mayType;
  if (isShownOnly) return <span className="muted terminals-only">only shown</span>;
  return (
    <button
      type="button"
      className={state.isTyping ? "quiet button-chief" : "quiet"}
      aria-pressed={state.isTyping}
      aria-label={state.isTyping ? `Stop typing to ${label}` : `Type here, to ${label}`}
      aria-describedby={may.may ? undefined : "terminals-why-not"}
      disabled={!state.mayType}
      onClick={() => {
        pane.setTyping(!state.isTyping);
        if (!state.isTyping) pane.screen.focus();
      }}
    >
      {state.isTyping ? "Stop typing" : "Type here"}
    </button>
  );
}

function PauseButton({
  pane,
  state,
  label,
}: {
  readonly pane: Pane;
  readonly state: PaneState;
  readonly label: string;
}) {
  const isPaused = state.state === "paused";
  const isPausable = state.state === "live" || state.state === "flooded";
  return (
    <button
      type="button"
      className="quiet"
      aria-label={isPaused ? `Go on with ${label}` : `Pause ${label}`}
      disabled={!isPaused && !isPausable}
      onClick={() => (isPaused ? pane.stream.resume() : pane.stream.pause())}
    >
      {isPaused ? "Go on" : "Pause"}
    </button>
  );
}
