import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { write } from "../../api/client.ts";
import type { SendMessageAnswer, SendMessageBody } from "../../api/types.ts";
import { type FeedFilter, type Message, useNames, useTopics } from "../../api/words.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Name } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { cleanName } from "../../text/clean.ts";
import { createRequests, useDraft } from "./drafts.ts";
import { bytesOf, TEXT_BYTES_MAX } from "./limits.ts";
import { SizeNote } from "./SizeNote.tsx";

type Kind = SendMessageBody["destination"]["kind"];

interface Draft {
  readonly kind: Kind;
  readonly to: string;
  readonly topic: string;
  readonly text: string;
}

/** Writes a message: to one, to all, or to those who follow a topic. */
export function Compose({
  cluster,
  filter,
  answered,
  onAnswered,
}: {
  readonly cluster: string;
  readonly filter: FeedFilter;
  /** The message that is answered. */
  readonly answered: { readonly message: Message; readonly isReply: boolean } | undefined;
  readonly onAnswered: () => void;
}) {
  const id = useId();
  const may = useMay("act");
  const names = useNames(cluster);
  const topics = useTopics(cluster);
  const [draft, setDraft] = useDraft<Draft>(`compose ${cluster}`, {
    kind: filter.topic === undefined ? "direct" : "topic",
    to: filter.agent ?? "",
    topic: filter.topic ?? "",
    text: "",
  });
  const [sent, setSent] = useState<SendMessageAnswer["message"]>();
  const [requestOf] = useState(createRequests);
  const box = useRef<HTMLTextAreaElement>(null);
  const send = useAct(
    (body: SendMessageBody) => write("POST /workspace/{cluster}/messages", { cluster }, body),
    {
      changes: [["workspace", cluster, "messages"]],
      onDone({ message }) {
        setSent(message);
        setDraft({ ...draft, text: "" });
        onAnswered();
      },
    },
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message that is to be answered.
  useEffect(() => {
    if (answered === undefined) return;
    setDraft({ ...draft, kind: "direct", to: answered.message.from.name });
    box.current?.focus();
  }, [answered]);

  const isTooLong = bytesOf(draft.text) > TEXT_BYTES_MAX;
  const destination = destinationOf(draft);
  const isReady = destination !== undefined && draft.text.trim() !== "" && !isTooLong && !send.isPending;

  function submit(event?: FormEvent): void {
    event?.preventDefault();
    if (!isReady || !may.may) return;
    const replyTo = answered?.isReply === true ? answered.message.id : undefined;
    const body = { destination, text: draft.text, ...(replyTo === undefined ? {} : { replyTo }) };
    send.mutate({ ...body, requestId: requestOf(body) });
  }
  function heed(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  }

  if (!may.may)
    return (
      <p>
        <ActButton kind="chief" may={may}>
          Send
        </ActButton>
      </p>
    );
  return (
    <form className="ws-compose" onSubmit={submit} aria-label="Write a message">
      <div className="ws-compose-to">
        <label htmlFor={`${id}kind`}>To</label>
        <select
          id={`${id}kind`}
          value={draft.kind}
          onChange={({ target }) => setDraft({ ...draft, kind: target.value as Kind })}
        >
          <option value="direct">one</option>
          <option value="broadcast">everyone</option>
          <option value="topic">a topic</option>
        </select>
        {draft.kind === "direct" && (
          <>
            <input
              aria-label="Name of whom it is for"
              placeholder="name"
              autoComplete="off"
              list={`${id}names`}
              value={draft.to}
              onChange={({ target }) => setDraft({ ...draft, to: target.value })}
            />
            <datalist id={`${id}names`}>
              {names.data?.map(({ name, role }) => (
                <option key={name} value={name}>
                  {cleanName(role)}
                </option>
              ))}
            </datalist>
          </>
        )}
        {draft.kind === "topic" && (
          <>
            <input
              aria-label="Name of the topic"
              placeholder="topic"
              autoComplete="off"
              list={`${id}topics`}
              value={draft.topic}
              onChange={({ target }) => setDraft({ ...draft, topic: target.value })}
            />
            <datalist id={`${id}topics`}>
              {topics.data?.topics.map(({ topic }) => (
                <option key={topic} value={topic} />
              ))}
            </datalist>
          </>
        )}
        {answered?.isReply === true && (
          <span className="ws-answers muted">
            answers <Name text={answered.message.text.slice(0, 80)} />
            <button type="button" className="quiet" onClick={onAnswered}>
              Do not answer it
            </button>
          </span>
        )}
      </div>
      <textarea
        ref={box}
        aria-label="Message"
        aria-describedby={`${id}hint`}
        rows={2}
        dir="auto"
        value={draft.text}
        onChange={({ target }) => setDraft({ ...draft, text: target.value })}
        onKeyDown={heed}
      />
      <div className="bar-of-actions">
        <ActButton type="submit" kind="chief" may={may} isBusy={send.isPending} isDisabled={!isReady}>
          Send
        </ActButton>
        <span id={`${id}hint`} className="muted ws-hint">
          <kbd>Ctrl Enter</kbd> sends
        </span>
        <SizeNote text={draft.text} bytesMax={TEXT_BYTES_MAX} />
        <span role="status" className="ws-sent">
          {sent !== undefined && draft.text === "" && <Sent cluster={cluster} message={sent} />}
        </span>
      </div>
      <WhyNot error={send.error} />
    </form>
  );
}

function Sent({
  cluster,
  message: { id, destination },
}: {
  readonly cluster: string;
  readonly message: SendMessageAnswer["message"];
}) {
  return (
    <>
      <Link to={{ view: "messages", id: cluster }} search={{ message: id }}>
        Sent
      </Link>{" "}
      {destination.kind === "direct" ? (
        <>
          to <Name text={destination.to} />: queued until it is handed over.
        </>
      ) : destination.kind === "topic" ? (
        <>
          to those who follow <Name text={destination.topic} />.
        </>
      ) : (
        "to everyone."
      )}
    </>
  );
}

function destinationOf({ kind, to, topic }: Draft): SendMessageBody["destination"] | undefined {
  switch (kind) {
    case "broadcast":
      return { kind };
    case "topic":
      return topic.trim() === "" ? undefined : { kind, topic: topic.trim() };
    case "direct":
      return to.trim() === "" ? undefined : { kind, to: to.trim() };
    default:
      return kind satisfies never;
  }
}
