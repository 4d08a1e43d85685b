import { memo, useSyncExternalStore } from "react";
import { plural } from "../../text/amounts.ts";
import type { Position } from "./layout.ts";
import type { DependencyEdge, TalkEdge, Travel } from "./model.ts";
import { dependencyPath, talkLabelAt, talkPath } from "./paths.ts";

type Positions = ReadonlyMap<string, Position>;

/** A thicker line says nothing more. */
const STROKE_MAX = 6;

/** All lines in one drawing, which the browser moves as one when the graph is moved. */
export const Edges = memo(function Edges({
  talk,
  dependencies,
  positions,
  active,
}: {
  readonly talk: readonly TalkEdge[];
  readonly dependencies: readonly DependencyEdge[];
  readonly positions: Positions;
  /** The card that is looked at. */
  readonly active: string | undefined;
}) {
  const isOf = (a: string, b: string) => active === a || active === b;
  return (
    <svg className={active === undefined ? "team-edges" : "team-edges team-edges-one"} aria-hidden="true">
      <defs>
        <marker
          id="team-arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M 0 0 L 8 4 L 0 8 z" className="team-arrow" />
        </marker>
      </defs>
      {dependencies.map(({ id, from, to }) => {
        const [start, end] = [positions.get(from), positions.get(to)];
        if (start === undefined || end === undefined) return null;
        return (
          <path
            key={id}
            d={dependencyPath(start, end)}
            className={isOf(from, to) ? "team-dependency team-edge-active" : "team-dependency"}
            markerEnd="url(#team-arrow)"
          />
        );
      })}
      {talk.map(({ id, a, b, messages }) => {
        const [start, end] = [positions.get(a), positions.get(b)];
        if (start === undefined || end === undefined) return null;
        return (
          <path
            key={id}
            d={talkPath(start, end)}
            className={isOf(a, b) ? "team-talk team-edge-active" : "team-talk"}
            strokeWidth={Math.min(STROKE_MAX, 1 + Math.log2(messages))}
          />
        );
      })}
    </svg>
  );
});

/** How many messages went over the lines of the card that is looked at: over the cards, where they can be read. */
export function Counts({
  talk,
  positions,
  active,
}: {
  readonly talk: readonly TalkEdge[];
  readonly positions: Positions;
  readonly active: string | undefined;
}) {
  return (
    <svg className="team-edges team-counts" aria-hidden="true">
      {talk.map(({ id, a, b, messages }) => {
        const [start, end] = [positions.get(a), positions.get(b)];
        if ((active !== a && active !== b) || start === undefined || end === undefined) return null;
        const { x, y } = talkLabelAt(start, end);
        return (
          <text key={id} x={x} y={y} className="team-edge-count">
            {plural(messages, "message")}
          </text>
        );
      })}
    </svg>
  );
}

/** Messages on their way, each once over its line. Nothing moves for whoever wants no motion. */
export function Travels({
  travels,
  positions,
  onArrived,
}: {
  readonly travels: readonly Travel[];
  readonly positions: Positions;
  readonly onArrived: (key: string) => void;
}) {
  return travels.map(({ key, from, to }) => {
    const [start, end] = [positions.get(from), positions.get(to)];
    if (start === undefined || end === undefined) return null;
    const [a, b] = from < to ? [start, end] : [end, start];
    return (
      <span
        key={key}
        className={from < to ? "team-travel" : "team-travel team-travel-back"}
        style={{ offsetPath: `path("${talkPath(a, b)}")` }}
        onAnimationEnd={() => onArrived(key)}
        aria-hidden="true"
      />
    );
  });
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

function onStill(listener: () => void): () => void {
  still.addEventListener("change", listener);
  return () => still.removeEventListener("change", listener);
}

export function useWantsNoMotion(): boolean {
  return useSyncExternalStore(onStill, () => still.matches);
}
