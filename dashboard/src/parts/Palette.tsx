import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useOverview } from "../api/queries.ts";
import { goTo, type Place } from "../router.tsx";
import { cleanName } from "../text/clean.ts";

export interface PaletteCommand {
  readonly name: string;
  readonly keys?: string;
  readonly run: () => void;
}

/** What is shown at once: the rest is found by typing. */
const SHOWN_MAX = 12;

/** Everything that can be done or gone to, by typing a part of its name. */
export function Palette({
  commands,
  onClose,
}: {
  readonly commands: readonly PaletteCommand[];
  readonly onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const found = useFound(commands, typed);
  const current = Math.min(chosen, Math.max(0, found.length - 1));
  useEffect(() => dialog.current?.showModal(), []);

  function run(command: PaletteCommand | undefined): void {
    if (command === undefined) return;
    onClose();
    command.run();
  }
  function move(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || found.length === 0) return;
    event.preventDefault();
    setChosen((current + step + found.length) % found.length);
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    run(found[current]);
  }
  return (
    <dialog ref={dialog} className="palette" aria-label="Go to or do" onClose={onClose}>
      <form onSubmit={submit}>
        <input
          autoFocus
          type="text"
          role="combobox"
          aria-label="Type a command, a cluster's name or an execution's number"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found.length === 0 ? undefined : `${listId}-${current}`}
          placeholder="A command, a cluster or an execution's number"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value);
            setChosen(0);
          }}
          onKeyDown={move}
        />
      </form>
      <div className="options" id={listId} role="listbox" aria-label="What was found">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: as a combobox wants it, the field keeps the focus.
          <div
            key={command.name}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === current}
            onClick={() => run(command)}
          >
            <bdi>{command.name}</bdi>
            {command.keys !== undefined && <kbd>{command.keys}</kbd>}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="empty">Nothing is called that. A number leads to an execution.</p>}
    </dialog>
  );
}

function useFound(commands: readonly PaletteCommand[], typed: string): readonly PaletteCommand[] {
  const { data } = useOverview();
  const go = (name: string, place: Place): PaletteCommand => ({ name, run: () => goTo(place) });
  const wanted = typed.trim().toLowerCase();
  const all = [
    ...(/^\d{1,78}$/.test(wanted) ? [go(`Execution ${wanted}`, { view: "execution", id: wanted })] : []),
    ...commands,
    ...(data?.clusters ?? []).map(({ name, cluster }) =>
      go(`Cluster ${cluster}: ${cleanName(name)}`, { view: "cluster", id: cluster }),
    ),
    ...[...(data?.running ?? []), ...(data?.recent ?? [])].map(({ execution, state }) =>
      go(`Execution ${execution}, ${state.toLowerCase()}`, { view: "execution", id: execution }),
    ),
  ];
  return all.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, SHOWN_MAX);
}
