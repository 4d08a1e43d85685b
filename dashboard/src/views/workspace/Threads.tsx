import { type FormEvent, useEffect, useId, useState } from "react";
import { type ThreadSummary, useThreads } from "../../api/words.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { Author } from "../../parts/Author.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Empty, Name, Time } from "../../parts/basics.tsx";
import { goTo, Link } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { lastLooked, noteLooked } from "./drafts.ts";
import { THREAD_FORM } from "./limits.ts";
import { Thread } from "./Thread.tsx";
import "./workspace.css";

/** Conversations across executions: those that there are, and one with its lines. */
export function Threads({ id, thread }: { readonly id: string; readonly thread?: string }) {
  useWorkspaceChanges(id);
  const query = useThreads(id);
  return (
    <div className="ws-fill ws-fill-split">
      <header className="ws-head">
        <h1>Threads</h1>
      </header>
      <div className={thread === undefined ? "ws-split" : "ws-split ws-split-chosen"}>
        <nav className="ws-side" aria-label="Threads">
          <NewThread cluster={id} />
          <Answer query={query} what="the threads" isPart>
            {({ threads }) =>
              threads.length === 0 ? (
                <Empty>
                  There is no thread yet. Executions begin one when they are given one; you can begin one
                  above.
                </Empty>
              ) : (
                <ul className="ws-list">
                  {threads.map((one) => (
                    <ThreadRow key={one.thread} cluster={id} row={one} isCurrent={one.thread === thread} />
                  ))}
                </ul>
              )
            }
          </Answer>
        </nav>
        {thread === undefined ? (
          <section className="ws-window ws-nothing" aria-label="A thread">
            <Empty>Choose a thread to read it and to post to it.</Empty>
          </section>
        ) : (
          <Thread key={thread} cluster={id} thread={thread} />
        )}
      </div>
    </div>
  );
}

function ThreadRow({
  cluster,
  row: { thread, messages, last },
  isCurrent,
}: {
  readonly cluster: string;
  readonly row: ThreadSummary;
  readonly isCurrent: boolean;
}) {
  const unread = useUnread(cluster, thread, { last: last.id, messages, isCurrent });
  return (
    <li>
      <Link to={{ view: "thread", id: cluster, thread }} isCurrent={isCurrent}>
        <span className="ws-list-line">
          <strong>
            <Name text={thread} />
          </strong>
          {unread > 0 && <Badge tone="busy">{`${unread} new`}</Badge>}
        </span>
        <small className="ws-last">
          <Author author={last.author} />: <Name text={last.text} />
        </small>
        <small className="ws-list-line">
          <Time atMs={last.postedAtMs} />
          <span>{plural(messages, "post")}</span>
        </small>
      </Link>
    </li>
  );
}

/** How many posts came since somebody looked at a thread last, or at the list for the first time. */
function useUnread(
  cluster: string,
  thread: string,
  {
    last,
    messages,
    isCurrent,
  }: { readonly last: string; readonly messages: number; readonly isCurrent: boolean },
): number {
  const name = `thread ${cluster} ${thread}`;
  const before = lastLooked(name);
  const isSeen = isCurrent || before === undefined;
  useEffect(() => {
    if (isSeen) noteLooked(name, JSON.stringify([last, messages]));
  }, [isSeen, name, last, messages]);
  if (isSeen) return 0;
  const [seen, count] = JSON.parse(before) as [string, number];
  return seen === last ? 0 : Math.max(1, messages - count);
}

function NewThread({ cluster }: { readonly cluster: string }) {
  const id = useId();
  const [name, setName] = useState("");
  const isWrong = name !== "" && !THREAD_FORM.test(name);
  function open(event: FormEvent): void {
    event.preventDefault();
    if (THREAD_FORM.test(name)) goTo({ view: "thread", id: cluster, thread: name });
  }
  return (
    <form className="field" onSubmit={open}>
      <label htmlFor={id}>New thread</label>
      <span className="ws-row">
        <input
          id={id}
          value={name}
          placeholder="its name"
          autoComplete="off"
          aria-invalid={isWrong}
          aria-describedby={`${id}form`}
          onChange={({ target }) => setName(target.value)}
        />
        <button type="submit" disabled={!THREAD_FORM.test(name)}>
          Begin
        </button>
      </span>
      <small id={`${id}form`} className={isWrong ? "ws-too-long" : "muted"}>
        {isWrong ? "1 to 80 of A-Z a-z 0-9 . _ : -" : "It is there once something is posted."}
      </small>
    </form>
  );
}
