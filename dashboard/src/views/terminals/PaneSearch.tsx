import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { countText } from "../../text/amounts.ts";
import { MATCHES_MAX } from "./limits.ts";
import type { Pane, PaneState } from "./pane.ts";

/** Looks for text in what stands on a terminal and what has scrolled away. */
export function PaneSearch({
  pane,
  found,
  onClose,
}: {
  readonly pane: Pane;
  readonly found: PaneState["found"];
  readonly onClose: () => void;
}) {
  const [term, setTerm] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  function close(): void {
    pane.endSearch();
    onClose();
    pane.screen.focus();
  }
  function heedKey(event: KeyboardEvent): void {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      pane.screen.find(term, "previous", false);
    }
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    pane.screen.find(term, "next", false);
  }
  return (
    <search>
      <form className="terminals-search" onSubmit={submit}>
        <input
          ref={field}
          type="text"
          aria-label="Text to look for"
          placeholder="Text to look for"
          autoComplete="off"
          spellCheck={false}
          value={term}
          onKeyDown={heedKey}
          onChange={({ target }) => {
            setTerm(target.value);
            pane.screen.find(target.value, "next", true);
          }}
        />
        <span role="status" className="muted terminals-found">
          {term === "" ? "" : foundText(found)}
        </span>
        <button type="button" className="quiet" onClick={() => pane.screen.find(term, "previous", false)}>
          Previous
        </button>
        <button type="submit" className="quiet">
          Next
        </button>
        <button type="button" className="quiet" aria-label="Close the search" onClick={close}>
          ×
        </button>
      </form>
    </search>
  );
}

function foundText(found: PaneState["found"]): string {
  if (found === undefined || found.count === 0) return "not there";
  if (found.index < 0 || found.count >= MATCHES_MAX) return `${countText(MATCHES_MAX)} or more`;
  return `${found.index + 1} of ${countText(found.count)}`;
}
