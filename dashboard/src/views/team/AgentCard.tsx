import type { Node, NodeProps } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { Badge, Name, Time } from "../../parts/basics.tsx";
import { Link, type Place } from "../../router.tsx";
import { cleanName } from "../../text/clean.ts";
import { type Card, STATES } from "./model.ts";

export type CardNode = Node<
  {
    readonly card: Card;
    readonly cluster: string;
    /** Whether the keyboard is to go here. */
    readonly isWanted: boolean;
    readonly onReached: () => void;
  },
  "card"
>;

/** Where everything about one is; a person has their messages. */
export function placeOfCard(cluster: string, { id, name, kind }: Pick<Card, "id" | "name" | "kind">): Place {
  if (kind === "person") return { view: "messages", id: cluster };
  // An agent of the chain may have any name; a helper's is a word.
  return { view: "agent", id: cluster, agent: kind === "helper" ? name : id };
}

/** One of the team in the graph. It is drawn again only where it says something else. */
export const AgentCard = memo(function AgentCard({ data }: NodeProps<CardNode>) {
  const { card, cluster, isWanted, onReached } = data;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isWanted) return;
    box.current?.querySelector("a")?.focus();
    onReached();
  }, [isWanted, onReached]);
  const { word, tone } = STATES[card.state];
  return (
    <div ref={box} className={`team-card team-card-${card.state}`} data-card={card.id}>
      <Link to={placeOfCard(cluster, card)} className="team-card-link">
        <span className="team-card-head">
          <strong className="team-card-name">
            <Name text={card.name} fallback={card.id} />
          </strong>
          <Badge tone={tone}>{word}</Badge>
        </span>
        <CardText card={card} />
      </Link>
    </div>
  );
});

function CardText({ card }: { readonly card: Card }) {
  const { task, cost, last } = card;
  return (
    <span className="team-card-text">
      <span className="team-card-line muted">
        <bdi>{cleanName(lineOf(card))}</bdi>
      </span>
      <span className="team-card-task">
        <bdi>{cleanName(task ?? "")}</bdi>
      </span>
      <span className="team-card-line muted">
        {last !== undefined && (
          <bdi>
            → {cleanName(last.to, 24)}: {cleanName(last.text)}
          </bdi>
        )}
      </span>
      <span className="team-card-foot muted">
        <span>{cost}</span>
        {last !== undefined && <Time atMs={last.atMs} />}
      </span>
    </span>
  );
}

/** What runs it and what it is. */
export function lineOf({ kind, service, role }: Pick<Card, "kind" | "service" | "role">): string {
  const parts = [service, role].filter((part) => part !== undefined && part !== "");
  if (parts.length > 0) return parts.join(" · ");
  return kind === "agent" ? "agent of the chain" : kind === "helper" ? "helper of another node" : "";
}
