import { memo } from "react";
import type { Message, Party } from "../../api/words.ts";
import { Author } from "../../parts/Author.tsx";
import { Badge, Disclosure, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { FoldedText } from "./FoldedText.tsx";

/** What can be done about a message. The functions are the same from one drawing to the next. */
export interface MessageActs {
  readonly reply: (message: Message) => void;
  readonly acknowledge: (message: Message) => void;
}

/** One message: who said what to whom, and what became of it. */
export const MessageRow = memo(function MessageRow({
  cluster,
  message,
  self,
  mayAct,
  acts,
}: {
  readonly cluster: string;
  readonly message: Message;
  readonly self: Party;
  readonly mayAct: boolean;
  readonly acts: MessageActs;
}) {
  const { id, from, text, thread, replyTo, queuedAtMs, isForReader, isOverdue, dueAtMs } = message;
  const isMine = from.id === self.id;
  const own = message.receipts.find(({ recipient }) => recipient.id === self.id);
  const isOpen = isForReader && own?.acknowledgedAtMs === undefined;
  const isInThread = replyTo !== undefined || thread !== id;
  return (
    <article
      className={isOpen ? "ws-message ws-message-open" : "ws-message"}
      aria-label={`Message of ${from.name.slice(0, 80)}`}
    >
      <header className="ws-message-head">
        <strong>{isMine ? "You" : <Author author={from} />}</strong>
        <To message={message} self={self} />
        <span className="muted">
          <Time atMs={queuedAtMs} />
        </span>
        {isOverdue && <Badge tone="warn">Overdue</Badge>}
        {!isOverdue && dueAtMs !== undefined && (
          <span className="muted">
            due <Time atMs={dueAtMs} />
          </span>
        )}
        <Receipts message={message} />
      </header>
      <FoldedText text={text} label={`Text of ${from.name.slice(0, 80)}`} />
      <p className="ws-message-acts">
        {mayAct && (
          <button type="button" className="ws-act" onClick={() => acts.reply(message)}>
            {isForReader || isMine ? "Reply" : "Write to the sender"}
          </button>
        )}
        {mayAct && isOpen && (
          <button type="button" className="ws-act" onClick={() => acts.acknowledge(message)}>
            Acknowledge
          </button>
        )}
        {isInThread && (
          <Link to={{ view: "messages", id: cluster }} search={{ thread }} className="ws-act">
            Its conversation
          </Link>
        )}
        <Link to={{ view: "messages", id: cluster }} search={{ message: id }} className="ws-act">
          Link<span className="unseen"> to this message</span>
        </Link>
      </p>
    </article>
  );
});

function To({ message: { destination }, self }: { readonly message: Message; readonly self: Party }) {
  switch (destination.kind) {
    case "broadcast":
      return <span className="ws-to">to everyone</span>;
    case "topic":
      return (
        <span className="ws-to">
          to topic <Name text={destination.topic} />
        </span>
      );
    default:
      return (
        <span className="ws-to">
          to {destination.to === self.name ? "you" : <Name text={destination.to} />}
        </span>
      );
  }
}

/** Where a message stands: one word for one recipient, counts for several, and each by name where somebody looks. */
function Receipts({ message: { destination, receipts } }: { readonly message: Message }) {
  const acknowledged = receipts.filter(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined);
  const delivered = receipts.filter(
    ({ deliveredAtMs, acknowledgedAtMs }) => deliveredAtMs !== undefined && acknowledgedAtMs === undefined,
  );
  if (destination.kind === "direct") {
    const [one] = receipts;
    if (one?.acknowledgedAtMs !== undefined)
      return (
        <Standing sign="✓✓" word="acknowledged">
          <Time atMs={one.acknowledgedAtMs} />
        </Standing>
      );
    if (one?.deliveredAtMs !== undefined)
      return (
        <Standing sign="✓" word="delivered">
          <Time atMs={one.deliveredAtMs} />
        </Standing>
      );
    return <Standing sign="" word="queued" />;
  }
  if (receipts.length === 0) return <Standing sign="" word="queued" />;
  return (
    <div className="ws-standing">
      <Disclosure summary={`✓ delivered to ${receipts.length}, ✓✓ acknowledged by ${acknowledged.length}`}>
        {() => (
          <ul>
            {[...acknowledged, ...delivered].map(({ recipient, deliveredAtMs, acknowledgedAtMs }) => (
              <li key={recipient.id}>
                <Author author={recipient} />{" "}
                {acknowledgedAtMs === undefined ? "had it handed over" : "acknowledged it"}{" "}
                <Time atMs={acknowledgedAtMs ?? deliveredAtMs ?? 0} />
              </li>
            ))}
          </ul>
        )}
      </Disclosure>
    </div>
  );
}

function Standing({
  sign,
  word,
  children,
}: {
  readonly sign: string;
  readonly word: string;
  readonly children?: React.ReactNode;
}) {
  return (
    <span className="ws-standing">
      <span aria-hidden="true" className={sign === "" ? "ws-sign ws-sign-open" : "ws-sign"}>
        {sign}
      </span>
      {word} {children}
    </span>
  );
}
