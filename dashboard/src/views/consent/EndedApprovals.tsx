import type { Approval } from "../../api/operate.ts";
import { Badge, Card, Disclosure, Empty, Foreign, Name, Time } from "../../parts/basics.tsx";
import { cleanName, cleanText } from "../../text/clean.ts";
import { outcomeOf } from "./words.ts";

/** What was asked before, and how it ended. */
export function EndedApprovals({ rows }: { readonly rows: readonly Approval[] }) {
  return (
    <Card id="ended" title="Answered before">
      {rows.length === 0 ? (
        <Empty>No question has been answered yet.</Empty>
      ) : (
        <ul className="rows">
          {rows.map((row) => (
            <Ended key={row.id} row={row} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Ended({ row }: { readonly row: Approval }) {
  const { tone, word, by } = outcomeOf(row);
  const option = row.options.find(({ id }) => id === row.answer);
  return (
    <li className="row consent-row">
      <Badge tone={tone}>{word}</Badge>
      <div className="row-text">
        <p>
          <Name text={row.agent} fallback="an agent" />: <bdi>{cleanText(row.what)}</bdi>
        </p>
        <p className="muted">
          {option !== undefined && (
            <>
              “<Name text={option.label} fallback={cleanName(option.id)} />”{" "}
            </>
          )}
          {by}
        </p>
        {row.input !== undefined && (
          <Disclosure
            summary={row.tool === undefined ? "What it was" : `What it was: ${cleanName(row.tool)}`}
          >
            {() => <Foreign text={row.input ?? ""} label="What it wanted to do, in full" />}
          </Disclosure>
        )}
      </div>
      <span className="row-time">
        <Time atMs={row.endedAtMs ?? row.createdAtMs} />
      </span>
    </li>
  );
}
