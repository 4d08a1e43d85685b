import { type FormEvent, type ReactNode, useId, useState } from "react";
import { write } from "../../api/client.ts";
import { type Memory as Fact, useMemories, useRecall } from "../../api/words.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { Author } from "../../parts/Author.tsx";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Card, Empty, Name, Time } from "../../parts/basics.tsx";
import { Link, useSearch } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { createRequests, useDraft } from "./drafts.ts";
import { FoldedText } from "./FoldedText.tsx";
import { bytesOf, MEMORY_BYTES_MAX, QUERY_BYTES_MAX, TAGS_MAX } from "./limits.ts";
import { Matched } from "./Matched.tsx";
import { SizeNote } from "./SizeNote.tsx";
import "./workspace.css";

/** What agents keep for later: searched in words, kept, and forgotten. */
export function Memory({ id }: { readonly id: string }) {
  useWorkspaceChanges(id);
  const [asked = "", setAsked] = useSearch("q");
  return (
    <>
      <h1>Memory</h1>
      <Search asked={asked} onAsk={setAsked} />
      <div className="columns">
        {asked === "" ? <Newest cluster={id} /> : <Found cluster={id} asked={asked} />}
        <Remember cluster={id} />
      </div>
    </>
  );
}

function Search({
  asked,
  onAsk,
}: {
  readonly asked: string;
  readonly onAsk: (asked: string | undefined) => void;
}) {
  const id = useId();
  const [text, setText] = useState(asked);
  const isTooLong = bytesOf(text) > QUERY_BYTES_MAX;
  function ask(event: FormEvent): void {
    event.preventDefault();
    if (!isTooLong) onAsk(text.trim() === "" ? undefined : text.trim());
  }
  return (
    <search>
      <form className="ws-line" onSubmit={ask}>
        <div className="field">
          <label htmlFor={id}>What do you look for?</label>
          <input
            id={id}
            type="search"
            value={text}
            placeholder="in words, as you would ask"
            onChange={({ target }) => {
              setText(target.value);
              if (target.value === "") onAsk(undefined);
            }}
          />
        </div>
        <button type="submit" disabled={isTooLong}>
          Search
        </button>
        <SizeNote text={text} bytesMax={QUERY_BYTES_MAX} />
      </form>
    </search>
  );
}

function Found({ cluster, asked }: { readonly cluster: string; readonly asked: string }) {
  const query = useRecall(cluster, asked);
  return (
    <Card id="memories" title="Found" aside={<Link to={{ view: "memory", id: cluster }}>All memories</Link>}>
      <Answer query={query} what="the memory" isPart>
        {({ memories, vectors }) => (
          <>
            <p className="muted" role="status">
              {plural(memories.length, "memory", "memories")}, the best first,{" "}
              {vectors === "used"
                ? "by words and by meaning."
                : vectors === "off"
                  ? "by words; no embedding endpoint is configured that could find by meaning."
                  : "by words alone; the embedding endpoint did not answer."}
            </p>
            {memories.length === 0 ? (
              <Empty>Nothing that was remembered has these words. Try others, or fewer.</Empty>
            ) : (
              <ol>
                {memories.map((memory) => (
                  <FactRow key={memory.id} cluster={cluster} fact={memory}>
                    <Matched text={memory.text} asked={asked} score={memory.score} />
                  </FactRow>
                ))}
              </ol>
            )}
          </>
        )}
      </Answer>
    </Card>
  );
}

function Newest({ cluster }: { readonly cluster: string }) {
  const query = useMemories(cluster);
  return (
    <Card id="memories" title="Remembered last">
      <Answer query={query} what="the memory" isPart>
        {({ pages }) => {
          const memories = pages.flatMap((page) => page.memories);
          if (memories.length === 0)
            return (
              <Empty>
                Nothing is remembered yet. Agents keep facts here with the tool remember; you can keep one,
                too.
              </Empty>
            );
          return (
            <>
              <p className="muted">{plural(pages[0]?.total ?? 0, "memory", "memories")} in all.</p>
              <ol>
                {memories.map((memory) => (
                  <FactRow key={memory.id} cluster={cluster} fact={memory}>
                    <FoldedText text={memory.text} label="The memory" />
                  </FactRow>
                ))}
              </ol>
              {query.hasNextPage && (
                <p>
                  <button
                    type="button"
                    disabled={query.isFetchingNextPage}
                    onClick={() => void query.fetchNextPage()}
                  >
                    Older ones
                  </button>
                </p>
              )}
            </>
          );
        }}
      </Answer>
    </Card>
  );
}

function FactRow({
  cluster,
  fact: { id, tags, author, rememberedAtMs },
  children,
}: {
  readonly cluster: string;
  readonly fact: Fact;
  readonly children: ReactNode;
}) {
  const may = useMay("act");
  const [isSure, setSure] = useState(false);
  const forget = useAct(() => write("POST /workspace/{cluster}/memory/forget", { cluster }, { id }), {
    changes: [["workspace", cluster, "memory"]],
  });
  return (
    <li className="ws-memory">
      {children}
      <div className="ws-memory-foot">
        <span>
          <Author author={author} />, <Time atMs={rememberedAtMs} />
        </span>
        {tags.map((tag) => (
          <span key={tag} className="ws-tag">
            <Name text={tag} />
          </span>
        ))}
        {isSure ? (
          <span className="bar-of-actions" role="alert">
            Forget it? Nobody finds it any more.
            <ActButton
              may={may}
              kind="danger"
              isBusy={forget.isPending}
              onClick={() => forget.mutate(undefined)}
            >
              Yes, forget it
            </ActButton>
            <button type="button" onClick={() => setSure(false)}>
              Keep it
            </button>
          </span>
        ) : (
          may.may && (
            <button type="button" className="ws-act" onClick={() => setSure(true)}>
              Forget
            </button>
          )
        )}
      </div>
      <WhyNot error={forget.error} />
    </li>
  );
}

function Remember({ cluster }: { readonly cluster: string }) {
  const id = useId();
  const may = useMay("act");
  const [draft, setDraft] = useDraft(`remember ${cluster}`, { text: "", tags: "" });
  const [requestOf] = useState(createRequests);
  const keep = useAct(
    (body: { readonly text: string; readonly tags?: readonly string[]; readonly requestId: string }) =>
      write("POST /workspace/{cluster}/memory", { cluster }, body),
    { changes: [["workspace", cluster, "memory"]], onDone: () => setDraft({ text: "", tags: "" }) },
  );
  const tags = draft.tags.split(/[\s,]+/).filter((tag) => tag !== "");
  const isReady =
    draft.text.trim() !== "" && bytesOf(draft.text) <= MEMORY_BYTES_MAX && tags.length <= TAGS_MAX;
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!isReady || keep.isPending || !may.may) return;
    const body = { text: draft.text, ...(tags.length === 0 ? {} : { tags }) };
    keep.mutate({ ...body, requestId: requestOf(body) });
  }
  return (
    <Card id="remember" title="Remember something">
      <form className="form" onSubmit={submit}>
        <div className="field">
          <label htmlFor={`${id}text`}>One fact</label>
          <textarea
            id={`${id}text`}
            rows={4}
            dir="auto"
            value={draft.text}
            onChange={({ target }) => setDraft({ ...draft, text: target.value })}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}tags`}>Tags</label>
          <input
            id={`${id}tags`}
            value={draft.tags}
            autoComplete="off"
            aria-describedby={`${id}hint`}
            onChange={({ target }) => setDraft({ ...draft, tags: target.value })}
          />
          <small id={`${id}hint`} className={tags.length > TAGS_MAX ? "ws-too-long" : "muted"}>
            At most {TAGS_MAX} words of a-z 0-9 . _ -, or none
          </small>
        </div>
        <div className="bar-of-actions">
          <ActButton type="submit" kind="chief" may={may} isBusy={keep.isPending} isDisabled={!isReady}>
            Remember
          </ActButton>
          <SizeNote text={draft.text} bytesMax={MEMORY_BYTES_MAX} />
          <span role="status" className="ws-sent">
            {keep.isSuccess && draft.text === "" && "Remembered."}
          </span>
        </div>
        <WhyNot error={keep.error} />
      </form>
    </Card>
  );
}
