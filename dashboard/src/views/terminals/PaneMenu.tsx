import { type KeyboardEvent, useRef } from "react";

/** What is done seldom, behind one button. */
export function PaneMenu({
  label,
  items,
}: {
  readonly label: string;
  readonly items: readonly (readonly [name: string, act: () => void])[];
}) {
  const menu = useRef<HTMLDetailsElement>(null);
  function close(): void {
    if (menu.current !== null) menu.current.open = false;
  }
  function heedKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    close();
    menu.current?.querySelector("summary")?.focus();
  }
  return (
    <details
      ref={menu}
      className="terminals-menu"
      onKeyDown={heedKey}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) close();
      }}
    >
      <summary aria-label={`More of ${label}`}>More</summary>
      <div className="terminals-menu-items">
        {items.map(([name, act]) => (
          <button
            key={name}
            type="button"
            onClick={() => {
              close();
              act();
            }}
          >
            {name}
          </button>
        ))}
      </div>
    </details>
  );
}
