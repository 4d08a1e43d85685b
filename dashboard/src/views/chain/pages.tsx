import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useSearch } from "../../router.tsx";

/** Pages that were gone through, so that there is a way back. They begin anew with what is searched for. */
export function usePages(q?: string) {
  const [state, setState] = useState<{ readonly q: string | undefined; readonly pages: readonly string[] }>({
    q,
    pages: [],
  });
  const pages = state.q === q ? state.pages : [];
  return { before: pages.at(-1), pages, setPages: (next: readonly string[]) => setState({ q, pages: next }) };
}

export function Pager({
  pages,
  setPages,
  next,
}: Omit<ReturnType<typeof usePages>, "before"> & { readonly next: string | null }) {
  if (pages.length === 0 && next === null) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <button type="button" disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>
        Newer
      </button>
      <button
        type="button"
        disabled={next === null}
        onClick={() => next !== null && setPages([...pages, next])}
      >
        Older
      </button>
      <span className="muted">page {pages.length + 1}</span>
    </nav>
  );
}

/** From the last letter that was typed to the search: who types on is not asked for each letter. Milliseconds. */
const TYPED_MS = 200;

/** What a list is searched for, which is in the address, so that it can be handed on. */
export function SearchField({ label, hint }: { readonly label: string; readonly hint: string }) {
  const [q, setQ] = useSearch("q");
  const [typed, setTyped] = useState(q ?? "");
  const set = useRef(setQ);
  set.current = setQ;
  const id = useId();
  useEffect(() => {
    const timer = setTimeout(() => set.current(typed.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  function submit(event: FormEvent): void {
    event.preventDefault();
    setQ(typed.trim());
  }
  return (
    <search>
      <form className="chain-search" onSubmit={submit}>
        <label htmlFor={id}>{label}</label>
        <input
          id={id}
          type="search"
          placeholder={hint}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      </form>
    </search>
  );
}
