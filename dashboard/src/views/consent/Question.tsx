import { useEffect, useRef } from "react";
import type { Approval } from "../../api/operate.ts";
import { useMay, WhyNot } from "../../parts/acting.tsx";
import { Badge, Foreign, Name, Time } from "../../parts/basics.tsx";
import { useNow } from "../../parts/clock.ts";
import { Link } from "../../router.tsx";
import { cleanName, cleanText } from "../../text/clean.ts";
import { lengthText } from "../../text/times.ts";
import { AgentName } from "./AgentName.tsx";
import { isAllowing, meaningOf, outcomeOf } from "./words.ts";

/** Below so much time left it is said loudly. Milliseconds. */
const HURRY_MS = 60_000;

/** A question of an agent, with exactly its answers. */
export function Question({
  row,
  isSending,
  error,
  onAnswer,
}: {
  readonly row: Approval;
  readonly isSending: boolean;
  readonly error: Error | null;
  readonly onAnswer: (option: string | null) => void;
}) {
  const item = useRef<HTMLLIElement>(null);
  const isOver = row.state !== "waiting";
  const hadFocus = useRef(false);
  // A button that is off loses the focus: what was being read keeps it.
  useEffect(() => {
    if ((isOver || isSending) && hadFocus.current) item.current?.focus();
  }, [isOver, isSending]);
  return (
    <li
      ref={item}
      data-question
      tabIndex={-1}
      className={isOver ? "card consent-question consent-over" : "card consent-question"}
      onFocus={() => {
        hadFocus.current = true;
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget !== null) hadFocus.current = item.current?.contains(relatedTarget) ?? false;
      }}
      aria-label={`Question of ${cleanName(row.agent)}`}
    >
      <div className="consent-head">
        <h2>
          <AgentName agent={row.agent} cluster={row.cluster} />
        </h2>
        {row.cluster !== undefined && (
          <Link to={{ view: "cluster", id: row.cluster }} className="muted">
            cluster {row.cluster}
          </Link>
        )}
        <span className="muted">
          asked <Time atMs={row.createdAtMs} />
        </span>
        <span className="consent-left">{isOver ? <Outcome row={row} /> : <Left row={row} />}</span>
      </div>
      <p className="consent-what">
        <bdi>{cleanText(row.what)}</bdi>
      </p>
      {row.tool !== undefined && (
        <p className="muted">
          Tool <code>{cleanName(row.tool)}</code>
        </p>
      )}
      {row.input !== undefined && (
        <Foreign text={row.input} label={`What ${cleanName(row.agent)} wants to do, in full`} />
      )}
      <Answers row={row} isSending={isSending} isOver={isOver} onAnswer={onAnswer} />
      <WhyNot error={error} />
    </li>
  );
}

function Left({ row }: { readonly row: Approval }) {
  const leftMs = row.deadlineMs - useNow();
  if (leftMs <= 0) return <Badge tone="warn">Time is up</Badge>;
  const text = `${lengthText(leftMs)} left`;
  return leftMs < HURRY_MS ? <Badge tone="warn">{text}</Badge> : <span className="muted">{text}</span>;
}

function Outcome({ row }: { readonly row: Approval }) {
  const { tone, word, by } = outcomeOf(row);
  return (
    <span role="status">
      <Badge tone={tone}>{word}</Badge> <span className="muted">{by}</span>
    </span>
  );
}

function Answers({
  row,
  isSending,
  isOver,
  onAnswer,
}: {
  readonly row: Approval;
  readonly isSending: boolean;
  readonly isOver: boolean;
  readonly onAnswer: (option: string | null) => void;
}) {
  const { may, whyNot } = useMay();
  const isOff = !may || isSending || isOver;
  return (
    <div className="consent-answers">
      {row.options.map(({ id, label, kind }, at) => (
        <button
          key={id}
          type="button"
          data-answer
          disabled={isOff}
          className={`consent-answer ${isAllowing(kind) ? "consent-allow" : "consent-deny"}${row.answer === id ? " consent-given" : ""}`}
          onClick={() => onAnswer(id)}
        >
          <span className="consent-label">
            {at < 9 && <kbd>{at + 1}</kbd>} <Name text={label} fallback="an answer without a name" />
          </span>
          <span className="consent-meaning">{meaningOf(kind, row)}</span>
        </button>
      ))}
      <button type="button" className="consent-answer" disabled={isOff} onClick={() => onAnswer(null)}>
        <span className="consent-label">None of these</span>
        <span className="consent-meaning">The request is called off, and the agent is told so.</span>
      </button>
      {whyNot !== undefined && !isOver && <p className="muted consent-why">{whyNot}</p>}
      {!isOver && may && (
        <p className="muted consent-why">Nobody's answer by then is a no: the request is called off.</p>
      )}
    </div>
  );
}
