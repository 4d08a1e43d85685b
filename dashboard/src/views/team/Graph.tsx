import {
  MiniMap,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  ViewportPortal,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import {
  type KeyboardEvent,
  memo,
  type SyntheticEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { countText } from "../../text/amounts.ts";
import { AgentCard, type CardNode } from "./AgentCard.tsx";
import { Counts, Edges, Travels, useWantsNoMotion } from "./Edges.tsx";
import { CARD_HEIGHT, CARD_WIDTH, layoutKey, layoutOf, neighbourOf, type Position } from "./layout.ts";
import { type Card, dependenciesOf, type TalkEdge, type TaskList, type Travel } from "./model.ts";

/** Lines of talk that are drawn, the last talked first: more is a carpet. */
export const TALK_EDGES_MAX = 400;
/** Below this size of a card its text is no text any more, and is not drawn. */
const READABLE_ZOOM = 0.42;
/** From so many cards on a map of all of them helps. */
const MAP_FROM = 24;
/** Below this nothing of a card can be read: it is a spot in the colour of its state. */
const NAME_ZOOM = 0.2;
const FIT = { padding: 0.08, maxZoom: 1 };
const NODE_TYPES = { card: AgentCard };

export interface GraphProps {
  readonly cluster: string;
  /** All of them: what is found stands where it stands among all. */
  readonly cards: readonly Card[];
  /** What is looked for. */
  readonly found: ReadonlySet<string>;
  readonly lists: readonly TaskList[];
  readonly talk: readonly TalkEdge[];
  readonly travels: readonly Travel[];
  readonly onArrived: (key: string) => void;
}

/** The team as a graph: cards, who waits for whom, who talks with whom. */
export function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

function Drawn({ cluster, cards, found, lists, talk, travels, onArrived }: GraphProps) {
  const positions = usePositions(cards, lists);
  const { fitView, setCenter, getZoom } = useReactFlow();
  const [active, setActive] = useState<string>();
  const [wanted, setWanted] = useState<string>();
  const onReached = useCallback(() => setWanted(undefined), []);
  const isStill = useWantsNoMotion();
  const shown = useMemo(() => new Map([...positions].filter(([id]) => found.has(id))), [positions, found]);
  const nodes = useNodes({ cluster, cards, positions: shown, wanted, onReached });
  const dependencies = useMemo(() => dependenciesOf(lists), [lists]);
  const drawn = useMemo(
    () => talk.filter(({ a, b }) => shown.has(a) && shown.has(b)).slice(0, TALK_EDGES_MAX),
    [talk, shown],
  );
  useFit(shown, isStill);

  function move(event: KeyboardEvent): void {
    const from = cardOf(event);
    const to = from === undefined ? undefined : neighbourOf(from, event.key, shown);
    const at = to === undefined ? undefined : shown.get(to);
    if (to === undefined || at === undefined) return;
    event.preventDefault();
    setWanted(to);
    void setCenter(at.x + CARD_WIDTH / 2, at.y + CARD_HEIGHT / 2, {
      zoom: Math.max(getZoom(), READABLE_ZOOM + 0.1),
    });
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links within take the focus; arrow keys go from one to the next.
    <div
      className="team-graph"
      onKeyDown={move}
      onFocus={(event) => setActive(cardOf(event))}
      onBlur={() => setActive(undefined)}
      onMouseOver={(event) => setActive(cardOf(event))}
      onMouseLeave={() => setActive(undefined)}
    >
      <ReactFlow
        aria-label="Agents and who talks with whom"
        nodes={nodes}
        edges={NO_EDGES}
        nodeTypes={NODE_TYPES}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        minZoom={0.06}
        maxZoom={1.6}
        fitView
        fitViewOptions={FIT}
        proOptions={ATTRIBUTION}
      >
        <ZoomClass />
        <ViewportPortal>
          <Edges talk={drawn} dependencies={dependencies} positions={shown} active={active} />
          <Counts talk={drawn} positions={shown} active={active} />
          {!isStill && <Travels travels={travels} positions={shown} onArrived={onArrived} />}
        </ViewportPortal>
        <Panel position="bottom-left" className="team-tools">
          <Tools onFit={() => void fitView({ ...FIT, duration: isStill ? 0 : 200 })} />
        </Panel>
        {shown.size >= MAP_FROM && (
          <MiniMap
            ariaLabel="Map of the whole team"
            pannable
            nodeClassName={mapClassOf}
            className="team-map"
            nodeStrokeWidth={0}
          />
        )}
      </ReactFlow>
      {talk.length > drawn.length && shown.size === cards.length && (
        <p className="muted team-note">
          The {countText(drawn.length)} pairs that talked last are drawn, of {countText(talk.length)}.
        </p>
      )}
    </div>
  );
}

const NO_EDGES: never[] = [];
const ATTRIBUTION = { hideAttribution: true };

function mapClassOf(node: { readonly data: Record<string, unknown> }): string {
  return `team-map-${(node.data as CardNode["data"]).card.state}`;
}

const Tools = memo(function Tools({ onFit }: { readonly onFit: () => void }) {
  const { zoomIn, zoomOut } = useReactFlow();
  return (
    <>
      <button type="button" className="quiet" onClick={() => void zoomIn()} aria-label="Nearer">
        +
      </button>
      <button type="button" className="quiet" onClick={() => void zoomOut()} aria-label="Farther">
        −
      </button>
      <button type="button" className="quiet" onClick={onFit}>
        Show all
      </button>
    </>
  );
});

/** Says in a class of the graph when cards are too small for text: nothing of React's has to be drawn for it. */
function ZoomClass() {
  const isFar = useStore(({ transform }) => transform[2] < READABLE_ZOOM);
  const isTiny = useStore(({ transform }) => transform[2] < NAME_ZOOM);
  const pane = useStore(({ domNode }) => domNode);
  useEffect(() => {
    pane?.classList.toggle("team-far", isFar);
    pane?.classList.toggle("team-tiny", isTiny);
  }, [pane, isFar, isTiny]);
  return null;
}

/** Places are found anew when somebody comes or goes, or tasks change: not when a state does. */
function usePositions(cards: readonly Card[], lists: readonly TaskList[]): ReadonlyMap<string, Position> {
  const key = layoutKey(cards, lists);
  const last = useRef<{ readonly key: string; readonly positions: ReadonlyMap<string, Position> }>(undefined);
  if (last.current?.key !== key) last.current = { key, positions: layoutOf(cards, lists) };
  return last.current.positions;
}

/** Nodes stay the same objects where nothing of them changed, so that only what changed is drawn again. */
function useNodes(given: {
  readonly cluster: string;
  readonly cards: readonly Card[];
  readonly positions: ReadonlyMap<string, Position>;
  readonly wanted: string | undefined;
  readonly onReached: () => void;
}): CardNode[] {
  const { cluster, cards, positions, wanted, onReached } = given;
  const known = useRef(new Map<string, { readonly text: string; readonly node: CardNode }>());
  return useMemo(() => {
    const next = new Map<string, { readonly text: string; readonly node: CardNode }>();
    for (const card of cards) {
      const at = positions.get(card.id);
      if (at === undefined) continue;
      const isWanted = wanted === card.id;
      const text = JSON.stringify([card, at, isWanted]);
      const before = known.current.get(card.id);
      const node: CardNode =
        before?.text === text
          ? before.node
          : {
              id: card.id,
              type: "card",
              position: at,
              width: CARD_WIDTH,
              height: CARD_HEIGHT,
              data: { card, cluster, isWanted, onReached },
              // It is no group of anything: its link says what it is.
              domAttributes: { "aria-roledescription": undefined },
            };
      next.set(card.id, { text, node });
    }
    known.current = next;
    return [...next.values()].map(({ node }) => node);
  }, [cluster, cards, positions, wanted, onReached]);
}

/** Whoever has not moved the graph sees all of it; what is looked for is brought into view. */
function useFit(shown: ReadonlyMap<string, Position>, isStill: boolean): void {
  const { fitView } = useReactFlow();
  const key = [...shown.keys()].join(" ");
  const drawn = useRef(key);
  useEffect(() => {
    if (drawn.current === key) return;
    drawn.current = key;
    // The graph has to have taken the nodes before it can show all of them.
    const frame = requestAnimationFrame(() => void fitView({ ...FIT, duration: isStill ? 0 : 200 }));
    return () => cancelAnimationFrame(frame);
  }, [key, fitView, isStill]);
}

function cardOf({ target }: SyntheticEvent): string | undefined {
  const box = target instanceof Element ? target.closest<HTMLElement>("[data-card]") : null;
  return box?.dataset.card;
}
