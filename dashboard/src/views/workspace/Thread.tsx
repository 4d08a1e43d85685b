import { useMemo, useState } from "react";
import { ApiFailure, write } from "../../api/client.ts";
import { readThread, type ThreadPost, threadPageSize, useNewestPosts } from "../../api/words.ts";
import { Author } from "../../parts/Author.tsx";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer, Loading } from "../../parts/answers.tsx";
import { Badge, Empty, Name, Time } from "../../parts/basics.tsx";
import { Link, useSearch } from "../../router.tsx";
import { createRequests, useDraft } from "./drafts.ts";
import { FoldedText } from "./FoldedText.tsx";
import { bytesOf, TEXT_BYTES_MAX } from "./limits.ts";
import type { ListWindow } from "./listWindow.ts";
import { SizeNote } from "./SizeNote.tsx";
import { useListWindow } from "./useListWindow.ts";
import { WindowList } from "./WindowList.tsx";

/** A line of text with its head. */
const ROW_PX = 76;

/** One thread: who posted what, and a place to post. */
export function Thread({ cluster, thread }: { readonly cluster: string; readonly thread: string }) {
  const query = useNewestPosts(cluster, thread);
  const isNew = query.error instanceof ApiFailure && query.error.code === "THREAD_UNKNOWN";
  return (
    <section className="ws-thread" aria-label="The thread that is shown">
      <p className="ws-value-head">
        <strong>
          <Name text={thread} />
        </strong>
        <Link to={{ view: "threads", id: cluster }} className="ws-back">
          All threads
        </Link>
      </p>
      {isNew ? (
        <div className="ws-window ws-nothing">
          <Empty>Nothing was posted to this thread. Write the first post below.</Empty>
        </div>
      ) : (
        <Answer query={query} what="the thread" isPart>
          {({ messages }) => <Posts cluster={cluster} thread={thread} newest={messages} />}
        </Answer>
      )}
      <Post cluster={cluster} thread={thread} />
    </section>
  );
}

function Posts({
  cluster,
  thread,
  newest,
}: {
  readonly cluster: string;
  readonly thread: string;
  readonly newest: readonly ThreadPost[];
}) {
  const [marked] = useSearch("post");
  const list = useListWindow<ThreadPost>({
    newest: useMemo(() => windowOf(newest, undefined), [newest]),
    around: undefined,
    isElsewhere: false,
    readEarlier: async ({ id }) => windowOf((await readThread(cluster, thread, id)).messages, id),
    // A thread is read from its end on, which is always there.
    readLater: async () => windowOf((await readThread(cluster, thread)).messages, undefined),
  });
  if (list === undefined) return <Loading what="the thread" />;
  const isHere = list.window.items.some(({ id }) => id === marked);
  return (
    <WindowList
      list={list}
      name={`posts ${cluster} ${thread}`}
      label="Posts of the thread"
      estimatePx={ROW_PX}
      marked={isHere ? marked : undefined}
      beginning="This is where the thread begins, as far as it is kept."
    >
      {(post) => <PostRow cluster={cluster} thread={thread} post={post} />}
    </WindowList>
  );
}

function windowOf(posts: readonly ThreadPost[], before: string | undefined): ListWindow<ThreadPost> {
  return { items: posts, hasEarlier: posts.length >= threadPageSize(before), hasLater: false };
}

function PostRow({
  cluster,
  thread,
  post: { id, author, text, postedAtMs, job },
}: {
  readonly cluster: string;
  readonly thread: string;
  readonly post: ThreadPost;
}) {
  return (
    <article className="ws-message" aria-label={`Post of ${author.name.slice(0, 80)}`}>
      <header className="ws-message-head">
        <strong>
          <Author author={author} />
        </strong>
        <span className="muted">
          <Time atMs={postedAtMs} />
        </span>
        {job !== undefined && <Badge tone="calm">of a job</Badge>}
        <Link to={{ view: "thread", id: cluster, thread }} search={{ post: id }} className="ws-act">
          Link<span className="unseen"> to this post</span>
        </Link>
      </header>
      <FoldedText text={text} label={`Post of ${author.name.slice(0, 80)}`} />
    </article>
  );
}

function Post({ cluster, thread }: { readonly cluster: string; readonly thread: string }) {
  const may = useMay("act");
  const [text, setText] = useDraft(`post ${cluster} ${thread}`, "");
  const [requestOf] = useState(createRequests);
  const post = useAct(
    (body: { readonly thread: string; readonly text: string; readonly requestId: string }) =>
      write("POST /workspace/{cluster}/threads", { cluster }, body),
    { changes: [["workspace", cluster, "threads"]], onDone: () => setText("") },
  );
  const isReady = text.trim() !== "" && bytesOf(text) <= TEXT_BYTES_MAX && !post.isPending;
  function submit(): void {
    if (!isReady || !may.may) return;
    const body = { thread, text };
    post.mutate({ ...body, requestId: requestOf(body) });
  }
  if (!may.may)
    return (
      <p>
        <ActButton kind="chief" may={may}>
          Post
        </ActButton>
      </p>
    );
  return (
    <form
      className="ws-compose"
      aria-label="Post to the thread"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        aria-label="Post"
        rows={2}
        dir="auto"
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
        }}
      />
      <div className="bar-of-actions">
        <ActButton type="submit" kind="chief" may={may} isBusy={post.isPending} isDisabled={!isReady}>
          Post
        </ActButton>
        <span className="muted ws-hint">
          <kbd>Ctrl Enter</kbd> posts
        </span>
        <SizeNote text={text} bytesMax={TEXT_BYTES_MAX} />
        <span role="status" className="ws-sent">
          {post.isSuccess && text === "" && "Posted."}
        </span>
      </div>
      <WhyNot error={post.error} />
    </form>
  );
}
