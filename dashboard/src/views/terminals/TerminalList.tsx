import { useId } from "react";
import type { TerminalRow } from "../../api/terminals.ts";
import { Badge, Name } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { cleanName } from "../../text/clean.ts";
import { textOf } from "./shown.ts";

interface Choosing {
  readonly terminals: readonly TerminalRow[];
  readonly shown: readonly string[];
}

/** Every terminal, each with a link of its own, and a way to have it beside the others. */
export function TerminalList({
  cluster,
  terminals,
  shown,
  onAdd,
  onRemove,
}: Choosing & {
  readonly cluster: string;
  readonly onAdd: (name: string) => void;
  readonly onRemove: (name: string) => void;
}) {
  return (
    <ul className="terminals-list" aria-label="Terminals">
      {terminals.map(({ name, state, why }) => {
        const isShown = shown.includes(name);
        const label = cleanName(name);
        return (
          <li key={name} className={isShown ? "terminals-item terminals-item-shown" : "terminals-item"}>
            <Link
              to={{ view: "terminals", id: cluster }}
              search={{ show: textOf([name]) }}
              isCurrent={isShown}
            >
              <Name text={name} />
            </Link>
            {state === "done" && <Badge tone={why === "failed" ? "bad" : "calm"}>{why ?? "done"}</Badge>}
            <button
              type="button"
              className="quiet terminals-add"
              aria-label={isShown ? `Take ${label} away` : `Show ${label} beside`}
              title={isShown ? "Take away" : "Show beside"}
              onClick={() => (isShown ? onRemove(name) : onAdd(name))}
            >
              {isShown ? "−" : "+"}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The same where there is no room for a list. */
export function TerminalChoice({
  terminals,
  shown,
  onChoose,
}: Choosing & { readonly onChoose: (name: string) => void }) {
  const current = shown[0] ?? "";
  const id = useId();
  return (
    <div className="terminals-choice">
      <label htmlFor={id}>Terminal</label>
      <select id={id} value={current} onChange={({ target }) => onChoose(target.value)}>
        {terminals.every(({ name }) => name !== current) && (
          <option value={current}>{cleanName(current)}</option>
        )}
        {terminals.map(({ name, state }) => (
          <option key={name} value={name}>
            {cleanName(name)}
            {state === "done" ? " (ended)" : ""}
          </option>
        ))}
      </select>
    </div>
  );
}
