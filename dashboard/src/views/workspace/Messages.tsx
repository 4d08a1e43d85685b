import { useCallback, useMemo, useState } from "react";
import { ApiFailure, write } from "../../api/client.ts";
import type { ReadFeedAnswer } from "../../api/types.ts";
import {
  type FeedFilter,
  type Message,
  readFeed,
  useInbox,
  useMessagesAround,
  useNames,
  useNewestMessages,
  useTopics,
} from "../../api/words.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer, Loading } from "../../parts/answers.tsx";
import { Empty, Name } from "../../parts/basics.tsx";
import { Link, useSearch } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { Compose } from "./Compose.tsx";
import type { ListWindow } from "./listWindow.ts";
import { type MessageActs, MessageRow } from "./MessageRow.tsx";
import { useListWindow } from "./useListWindow.ts";
import { WindowList } from "./WindowList.tsx";
import "./workspace.css";

const BOXES = ["inbox", "all", "sent"] as const;
/** A line of text with its head and its acts. */
const ROW_PX = 104;

/** Everything that is said in a cluster, as it is said. */
export function Messages({ id }: { readonly id: string }) {
  useWorkspaceChanges(id);
  const [box] = useSearch("box");
  const [agent] = useSearch("agent");
  const [topic] = useSearch("topic");
  const [thread] = useSearch("thread");
  const [message] = useSearch("message");
  const filter = useMemo(
    () => ({ box: BOXES.find((one) => one === box), agent, topic, thread }) satisfies FeedFilter,
    [box, agent, topic, thread],
  );
  const [answered, setAnswered] = useState<{ readonly message: Message; readonly isReply: boolean }>();
  const forget = useCallback(() => setAnswered(undefined), []);
  return (
    <div className="ws-fill">
      <header className="ws-head">
        <h1>Messages</h1>
        <Filters cluster={id} filter={filter} />
      </header>
      <Feed
        key={JSON.stringify([filter, message])}
        cluster={id}
        filter={filter}
        message={message}
        onAnswer={setAnswered}
      />
      <Compose cluster={id} filter={filter} answered={answered} onAnswered={forget} />
    </div>
  );
}

function Filters({ cluster, filter }: { readonly cluster: string; readonly filter: FeedFilter }) {
  const names = useNames(cluster);
  const topics = useTopics(cluster);
  const unread = useInbox(cluster).data?.unread ?? 0;
  const [box, setBox] = useSearch("box");
  const [agent, setAgent] = useSearch("agent");
  const [topic, setTopic] = useSearch("topic");
  const [message, setMessage] = useSearch("message");
  const isNarrowed = Object.values(filter).some((one) => one !== undefined) || message !== undefined;
  const choose = (set: (value: string) => void) => (value: string) => {
    setMessage(undefined);
    set(value);
  };
  return (
    <search className="ws-filters" aria-label="Which messages">
      <Choice
        label="Which"
        value={box}
        onChoose={choose(setBox)}
        rows={[
          ["", "Everything"],
          ["inbox", `For you, not acknowledged${unread > 0 ? ` (${countText(unread)})` : ""}`],
          ["all", "For you"],
          ["sent", "Sent by you"],
        ]}
      />
      <Choice
        label="Agent"
        value={agent}
        onChoose={choose(setAgent)}
        rows={[
          ["", "Anybody"],
          ...(names.data ?? []).map(({ name }) => [name, cleanName(name, 40)] as const),
        ]}
      />
      <Choice
        label="Topic"
        value={topic}
        onChoose={choose(setTopic)}
        rows={[
          ["", "Any topic"],
          ...(topics.data?.topics ?? []).map((one) => [one.topic, cleanName(one.topic, 40)] as const),
        ]}
      />
      {filter.thread !== undefined && <span className="muted">one conversation</span>}
      {isNarrowed && <Link to={{ view: "messages", id: cluster }}>Show everything</Link>}
    </search>
  );
}

/** One choice of several, with what the address names though it is none of them. */
function Choice({
  label,
  value = "",
  rows,
  onChoose,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly rows: readonly (readonly [value: string, words: string])[];
  readonly onChoose: (value: string) => void;
}) {
  const isKnown = rows.some(([one]) => one === value);
  return (
    <select
      aria-label={label}
      className="ws-choice"
      value={value}
      onChange={({ target }) => onChoose(target.value)}
    >
      {rows.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
      {!isKnown && <option value={value}>{cleanName(value, 40)}</option>}
    </select>
  );
}

function Feed({
  cluster,
  filter,
  message,
  onAnswer,
}: {
  readonly cluster: string;
  readonly filter: FeedFilter;
  readonly message: string | undefined;
  readonly onAnswer: (answered: { readonly message: Message; readonly isReply: boolean }) => void;
}) {
  const may = useMay("act");
  const [lookedAt, setLookedAt] = useState<string>();
  const newest = useNewestMessages(cluster, filter);
  const around = useMessagesAround(cluster, filter, lookedAt ?? message);
  const list = useListWindow<Message>({
    newest: useWindow(newest.data),
    around: useWindow(around.data),
    isElsewhere: message !== undefined,
    readEarlier: async ({ id: at }) => windowOf(await readFeed(cluster, filter, { at, direction: "before" })),
    readLater: async ({ id: at }) => windowOf(await readFeed(cluster, filter, { at, direction: "after" })),
  });
  const acknowledge = useAct(
    ({ id }: Message) => write("POST /workspace/{cluster}/messages/ack", { cluster }, { ids: [id] }),
    { changes: [["workspace", cluster, "messages"]] },
  );
  const selfId = newest.data?.self.id;
  const { mutate } = acknowledge;
  const acts = useMemo<MessageActs>(
    () => ({
      reply: (one) => onAnswer({ message: one, isReply: one.isForReader || one.from.id === selfId }),
      acknowledge: (one) => mutate(one),
    }),
    [onAnswer, mutate, selfId],
  );
  const lookAt = useCallback((id: string | undefined) => setLookedAt(id), []);
  if (list === undefined && message !== undefined && around.error !== null && lookedAt === undefined)
    return <NotHere cluster={cluster} error={around.error} />;
  return (
    <Answer query={newest} what="the messages" isPart>
      {({ self, isWhole }) =>
        list === undefined ? (
          <Loading what="the messages" />
        ) : list.window.items.length === 0 ? (
          <Nothing cluster={cluster} filter={filter} />
        ) : (
          <>
            <WhyNot error={acknowledge.error} />
            <WindowList
              list={list}
              name={`messages ${cluster} ${JSON.stringify(filter)}`}
              label={`Messages, ${plural(newest.data?.total ?? 0, "message")}`}
              estimatePx={ROW_PX}
              marked={message}
              onLookAt={lookAt}
              beginning={isWhole ? "This is the first message." : "Older messages may not be kept any more."}
            >
              {(item) => (
                <MessageRow cluster={cluster} message={item} self={self} mayAct={may.may} acts={acts} />
              )}
            </WindowList>
          </>
        )
      }
    </Answer>
  );
}

/** The same window as long as it is the same answer, so that nothing is laid over itself. */
function useWindow(answer: ReadFeedAnswer | undefined): ListWindow<Message> | undefined {
  return useMemo(() => (answer === undefined ? undefined : windowOf(answer)), [answer]);
}

function windowOf({ messages, hasEarlier, hasLater }: ReadFeedAnswer): ListWindow<Message> {
  return { items: messages, hasEarlier, hasLater };
}

function Nothing({ cluster, filter }: { readonly cluster: string; readonly filter: FeedFilter }) {
  const isNarrowed = Object.values(filter).some((one) => one !== undefined);
  return (
    <div className="ws-window ws-nothing">
      <Empty>
        {isNarrowed ? (
          <>
            No message fits that. <Link to={{ view: "messages", id: cluster }}>Show everything</Link>
            {filter.agent !== undefined && (
              <>
                , or write to <Name text={filter.agent} /> below
              </>
            )}
            .
          </>
        ) : (
          "Nobody has said anything yet. Write the first message below: to one agent, or to everyone."
        )}
      </Empty>
    </div>
  );
}

function NotHere({ cluster, error }: { readonly cluster: string; readonly error: Error }) {
  const isUnknown = error instanceof ApiFailure && error.code === "MESSAGE_UNKNOWN";
  return (
    <section className="ws-window ws-nothing" role="alert">
      <h2>{isUnknown ? "That message is not here" : "That message cannot be read"}</h2>
      <p>
        {isUnknown ? "It is of another cluster, not yours to see, or too old to be kept." : error.message}
      </p>
      <p>
        <Link to={{ view: "messages", id: cluster }}>Show all messages</Link>
      </p>
    </section>
  );
}
