import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { type PaletteCommand, useFound } from "./paletteRows.ts";

/** Everything that can be done or gone to, by typing a part of its name. */
export function Palette({
  commands,
  cluster,
  onClose,
}: {
  readonly commands: readonly PaletteCommand[];
  /** The one whose team is shown. */
  readonly cluster: string | undefined;
  readonly onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const found = useFound(commands, typed, cluster);
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
          aria-label="Type a command, a name or an execution's number"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found.length === 0 ? undefined : `${listId}-${current}`}
          placeholder="A command, an agent, a cluster, an execution's number…"
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
      {found.length === 0 && (
        <p className="empty">Nothing here is called that. A number leads to an execution.</p>
      )}
    </dialog>
  );
}
