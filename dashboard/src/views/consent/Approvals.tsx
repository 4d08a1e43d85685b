import { useEffect, useRef, useState } from "react";
import { type Approval, useAnswer, useApprovals } from "../../api/operate.ts";
import type { ApprovalsAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge } from "../../parts/basics.tsx";
import { countText } from "../../text/amounts.ts";
import { EndedApprovals } from "./EndedApprovals.tsx";
import { Question } from "./Question.tsx";
import { ConfiguredRules, RememberedAnswers } from "./Remembered.tsx";
import { useApprovalKeys } from "./useApprovalKeys.ts";
import "./consent.css";

/** What agents ask leave for: what waits first, then what is answered by itself, then what was. */
export function Approvals() {
  const query = useApprovals();
  return (
    <Answer query={query} what="the approvals">
      {(approvals) => (
        <>
          <header className="view-head">
            <h1>Approvals</h1>
            {approvals.waiting.length > 0 && (
              <Badge tone="bad">{`${countText(approvals.waiting.length)} waiting`}</Badge>
            )}
          </header>
          <Waiting {...approvals} />
          <div className="columns">
            <div className="column">
              <EndedApprovals rows={approvals.ended} />
            </div>
            <div className="column">
              <RememberedAnswers rows={approvals.remembered} />
              <ConfiguredRules rules={approvals.rules} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function Waiting({ waiting, ended }: ApprovalsAnswer) {
  const { rows, overCount, clear } = useInPlace(waiting, ended);
  const answer = useAnswer();
  const list = useRef<HTMLUListElement>(null);
  useApprovalKeys(list);
  if (rows.length === 0)
    return (
      <p className="all-well" role="status">
        <Badge tone="good">Nothing waits</Badge> When an agent asks for leave, it stands here at once, on
        every page that is open.
      </p>
    );
  return (
    <section aria-label="Waiting" className="consent-waiting">
      <p className="muted consent-keys">
        <span>
          <kbd>j</kbd> <kbd>k</kbd> choose a question, <kbd>1</kbd>–<kbd>9</kbd> one of its answers,{" "}
          <kbd>Enter</kbd> gives it.
        </span>
        {overCount > 0 && (
          <button type="button" className="quiet" onClick={clear}>
            Put away those that are over
          </button>
        )}
      </p>
      <ul className="consent-list" ref={list}>
        {rows.map((row) => (
          <Question
            key={row.id}
            row={row}
            isSending={answer.isPending && answer.variables.id === row.id}
            error={answer.variables?.id === row.id ? answer.error : null}
            onAnswer={(option) => answer.mutate({ id: row.id, option })}
          />
        ))}
      </ul>
    </section>
  );
}

/**
 * What waits, each where it stood first: one that is over stays there until it is put away, and a new one comes last. So nothing moves
 * under a hand that is about to answer.
 */
function useInPlace(waiting: readonly Approval[], ended: readonly Approval[]) {
  const [shown, setShown] = useState<readonly Approval[]>(waiting);
  useEffect(() => {
    setShown((before) => {
      const now = new Map([...ended, ...waiting].map((row) => [row.id, row]));
      const known = new Set(before.map(({ id }) => id));
      // One that is in neither list any more ended so long ago that it is no longer told.
      const kept = before.flatMap((row) => now.get(row.id) ?? (row.state === "waiting" ? [] : [row]));
      return [...kept, ...waiting.filter(({ id }) => !known.has(id))];
    });
  }, [waiting, ended]);
  const isWaiting = (row: Approval) => row.state === "waiting";
  return {
    rows: shown,
    overCount: shown.filter((row) => !isWaiting(row)).length,
    clear: () => setShown(shown.filter(isWaiting)),
  };
}
