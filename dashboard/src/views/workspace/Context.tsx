import { type FormEvent, useId, useState } from "react";
import { useContextKeys } from "../../api/words.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { Author } from "../../parts/Author.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Empty, Name, Time } from "../../parts/basics.tsx";
import { goTo, Link, useSearch } from "../../router.tsx";
import { bytesText, countText } from "../../text/amounts.ts";
import { ContextKey } from "./ContextKey.tsx";
import { KEY_FORM, KEYS_SHOWN_MAX } from "./limits.ts";
import "./workspace.css";

/** The whiteboard: what the agents of a cluster write down for all of them, by key. */
export function Context({ id, contextKey }: { readonly id: string; readonly contextKey?: string }) {
  useWorkspaceChanges(id);
  return (
    <>
      <header className="ws-head">
        <h1>Whiteboard</h1>
        <NewKey cluster={id} />
      </header>
      <div className={contextKey === undefined ? "ws-split" : "ws-split ws-split-chosen"}>
        <Keys cluster={id} contextKey={contextKey} />
        {contextKey === undefined ? (
          <p className="empty ws-choose">
            Choose a key to see what stands there, who wrote it, and how it came to be.
          </p>
        ) : (
          <ContextKey key={contextKey} cluster={id} contextKey={contextKey} />
        )}
      </div>
    </>
  );
}

function Keys({
  cluster,
  contextKey,
}: {
  readonly cluster: string;
  readonly contextKey: string | undefined;
}) {
  const id = useId();
  const query = useContextKeys(cluster);
  const [prefix = "", setPrefix] = useSearch("prefix");
  return (
    <nav className="ws-side" aria-label="Keys of the whiteboard">
      <div className="field">
        <label htmlFor={id}>Keys that begin with</label>
        <input
          id={id}
          type="search"
          autoComplete="off"
          placeholder="all of them"
          value={prefix}
          onChange={({ target }) => setPrefix(target.value)}
        />
      </div>
      <Answer query={query} what="the whiteboard" isPart>
        {({ keys }) => {
          const fitting = keys.filter(({ key }) => key.startsWith(prefix));
          if (keys.length === 0)
            return (
              <Empty>
                Nothing is written here yet. Agents write here with write_context; you can begin above.
              </Empty>
            );
          if (fitting.length === 0) return <Empty>None of {countText(keys.length)} keys begins so.</Empty>;
          return (
            <>
              <ul className="ws-list">
                {fitting.slice(0, KEYS_SHOWN_MAX).map(({ key, writer, writtenAtMs, bytes }) => (
                  <li key={key}>
                    <Link
                      to={{ view: "contextKey", id: cluster, key }}
                      search={{ prefix }}
                      isCurrent={key === contextKey}
                    >
                      <strong>
                        <Name text={key} />
                      </strong>
                      <small className="ws-list-line">
                        <span>
                          <Author author={writer} />, <Time atMs={writtenAtMs} />
                        </span>
                        <span>{bytesText(bytes)}</span>
                      </small>
                    </Link>
                  </li>
                ))}
              </ul>
              {fitting.length > KEYS_SHOWN_MAX && (
                <p className="muted">
                  And {countText(fitting.length - KEYS_SHOWN_MAX)} more: say how they begin to see them.
                </p>
              )}
            </>
          );
        }}
      </Answer>
    </nav>
  );
}

function NewKey({ cluster }: { readonly cluster: string }) {
  const id = useId();
  const [key, setKey] = useState("");
  const isWrong = key !== "" && !KEY_FORM.test(key);
  function open(event: FormEvent): void {
    event.preventDefault();
    if (KEY_FORM.test(key)) goTo({ view: "contextKey", id: cluster, key }, { edit: "1" });
  }
  return (
    <form className="ws-row" onSubmit={open}>
      <label htmlFor={id}>New key</label>
      <input
        id={id}
        value={key}
        placeholder="plan/step-1"
        autoComplete="off"
        aria-invalid={isWrong}
        aria-describedby={isWrong ? `${id}form` : undefined}
        onChange={({ target }) => setKey(target.value)}
      />
      <button type="submit" disabled={!KEY_FORM.test(key)}>
        Write
      </button>
      {isWrong && (
        <small id={`${id}form`} className="ws-too-long">
          1 to 128 of A-Z a-z 0-9 . _ : / -
        </small>
      )}
    </form>
  );
}
