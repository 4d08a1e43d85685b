import { Badge, Empty, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { cleanName } from "../../text/clean.ts";
import { lineOf, placeOfCard } from "./AgentCard.tsx";
import { type Card, STATES } from "./model.ts";

/** The same team as the graph shows, one a row. */
export function AgentList({ cluster, cards }: { readonly cluster: string; readonly cards: readonly Card[] }) {
  if (cards.length === 0) return <Empty>Nobody is called that or is in that state.</Empty>;
  return (
    <ul className="rows team-list" aria-label="Agents">
      {cards.map((card) => (
        <Row key={card.id} cluster={cluster} card={card} />
      ))}
    </ul>
  );
}

function Row({ cluster, card }: { readonly cluster: string; readonly card: Card }) {
  const { word, tone } = STATES[card.state];
  const { task, cost, last } = card;
  return (
    <li className="team-row">
      <span className="team-row-who">
        <Link to={placeOfCard(cluster, card)} className="team-row-name">
          <Name text={card.name} fallback={card.id} />
        </Link>
        <span className="muted team-cut">
          <bdi>{cleanName(lineOf(card))}</bdi>
        </span>
      </span>
      <span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      <span className="team-row-work">
        <span className="team-cut">
          <bdi>{cleanName(task ?? "")}</bdi>
        </span>
        {last !== undefined && (
          <span className="muted team-cut">
            <bdi>
              → {cleanName(last.to, 24)}: {cleanName(last.text)}
            </bdi>
          </span>
        )}
      </span>
      <span className="team-row-end muted">
        {cost !== undefined && <span>{cost}</span>}
        {last !== undefined && <Time atMs={last.atMs} />}
      </span>
    </li>
  );
}
