import { lazy, Suspense, useDeferredValue, useMemo, useState } from "react";
import { ApiFailure } from "../../api/client.ts";
import { ActButton, useMay } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Command } from "../../parts/basics.tsx";
import { Link, useSearch } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { AgentList } from "./AgentList.tsx";
import { type Card, type CardState, STATES } from "./model.ts";
import { Spawn } from "./Spawn.tsx";
import { useTeam, useTravels } from "./useTeam.ts";
import "./team.css";

const Graph = lazy(async () => ({ default: (await import("./Graph.tsx")).Graph }));

/** On a screen that is narrower a graph is a keyhole: the list comes first. */
const LIST_FIRST = "(max-width: 720px)";

/** The agents of a cluster: who is there, what each works at, who talks with whom. */
export function Team({ id }: { readonly id: string }) {
  const team = useTeam(id);
  const { agents } = team;
  if (agents.data === undefined && agents.error instanceof ApiFailure && isNotHere(agents.error.code))
    return <NotHere id={id} code={agents.error.code} message={agents.error.message} />;
  return (
    <Answer query={agents} what="the team">
      {() => <Shown id={id} team={team} />}
    </Answer>
  );
}

function Shown({ id, team }: { readonly id: string; readonly team: ReturnType<typeof useTeam> }) {
  const { cards, lists, edges, talk } = team;
  const [as, setAs] = useSearch("as");
  // In the address, so that other views can lead to it.
  const [start, setStart] = useSearch("start");
  const setSpawning = (isOn: boolean) => setStart(isOn ? "agent" : undefined);
  const [told, setTold] = useState<string>();
  const { travels, onArrived } = useTravels(talk);
  const filter = useFilter(cards);
  const isList = as === "list" || (as !== "graph" && matchMedia(LIST_FIRST).matches);
  const agents = cards.filter(({ kind }) => kind !== "person");
  const may = useMay();
  return (
    <>
      <header className="team-head">
        <div>
          <h1>Agents</h1>
          <p className="muted">{summaryOf(agents)}</p>
        </div>
        <ActButton may={may} kind="chief" onClick={() => setSpawning(true)}>
          Start an agent
        </ActButton>
      </header>
      <p role="status" className={told === undefined ? "unseen" : "team-told"}>
        {told}
      </p>
      {agents.length === 0 ? (
        <NoAgents id={id} />
      ) : (
        <>
          <div className="team-bar">
            <Filter {...filter} />
            <fieldset className="team-switch">
              <legend className="unseen">Shown as</legend>
              {(["list", "graph"] as const).map((one) => (
                <button
                  key={one}
                  type="button"
                  aria-pressed={isList === (one === "list")}
                  onClick={() => setAs(one)}
                >
                  {one === "list" ? "List" : "Graph"}
                </button>
              ))}
            </fieldset>
          </div>
          <p role="status" className={filter.isOn ? "muted" : "unseen"}>
            {filter.isOn ? `${countText(filter.shown.length)} of ${countText(cards.length)} found.` : ""}
          </p>
          {isList ? (
            <AgentList cluster={id} cards={filter.shown} />
          ) : (
            <Suspense fallback={<p className="loading">Drawing the graph…</p>}>
              <Graph
                cluster={id}
                cards={cards}
                found={filter.found}
                lists={lists}
                talk={edges}
                travels={travels}
                onArrived={onArrived}
              />
              <Legend />
            </Suspense>
          )}
        </>
      )}
      {start === "agent" && may.may && (
        <Spawn
          cluster={id}
          taken={agents.map(({ name }) => name)}
          onClose={() => setSpawning(false)}
          onDone={(name) => {
            setSpawning(false);
            setTold(`${name} is started. Its card is here.`);
          }}
        />
      )}
    </>
  );
}

function summaryOf(agents: readonly Card[]): string {
  const parts = (["asking", "working", "starting", "waiting", "idle", "silent"] as const).flatMap((state) => {
    const count = agents.filter((card) => card.state === state).length;
    return count === 0 ? [] : [`${countText(count)} ${STATES[state].word.toLowerCase()}`];
  });
  return `${plural(agents.length, "agent")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}

/** What is looked for, in the address, so that it can be handed on. */
function useFilter(cards: readonly Card[]) {
  const [typed, setTyped] = useSearch("q");
  const [state, setState] = useSearch("state");
  // The field answers at once, whatever a large team takes to be drawn.
  const wanted = useDeferredValue(typed ?? "")
    .trim()
    .toLowerCase();
  const shown = useMemo(
    () =>
      cards.filter(
        (card) =>
          (state === undefined || card.state === state) &&
          [card.name, card.service, card.role].some((text) => text?.toLowerCase().includes(wanted) === true),
      ),
    [cards, wanted, state],
  );
  const found = useMemo(() => new Set(shown.map(({ id }) => id)), [shown]);
  return { typed, setTyped, state, setState, shown, found, isOn: wanted !== "" || state !== undefined };
}

function Filter({
  typed,
  setTyped,
  state,
  setState,
}: Pick<ReturnType<typeof useFilter>, "typed" | "setTyped" | "state" | "setState">) {
  return (
    <search className="team-filter">
      <input
        type="search"
        aria-label="Find by name, role or service"
        placeholder="Find by name, role or service"
        value={typed ?? ""}
        onChange={({ target }) => setTyped(target.value)}
      />
      <select aria-label="State" value={state ?? ""} onChange={({ target }) => setState(target.value)}>
        <option value="">Every state</option>
        {(Object.keys(STATES) as readonly CardState[]).map((one) => (
          <option key={one} value={one}>
            {STATES[one].word}
          </option>
        ))}
      </select>
    </search>
  );
}

function Legend() {
  return (
    <ul className="team-legend muted">
      <li>
        <span className="team-legend-talk" aria-hidden="true" /> messages between two, thicker where there are
        more
      </li>
      <li>
        <span className="team-legend-dependency" aria-hidden="true" /> a task waits for another
      </li>
      <li>Arrow keys go from card to card, Enter opens one.</li>
    </ul>
  );
}

function NoAgents({ id }: { readonly id: string }) {
  return (
    <section className="calm">
      <h2>Nobody is here yet</h2>
      <p>
        Start an agent with the button above: give it a name, a service of this node that runs it, and a task.
        The command line does it, too:
      </p>
      <p>
        <Command line={`pleiad workspace spawn ada --service SERVICE --task "…" --cluster ${id}`} />
      </p>
    </section>
  );
}

/** Codes of a workspace that is not on this node, or not yet. */
function isNotHere(code: string): boolean {
  return /^(?:WORKSPACE_OFF|NOT_A_MEMBER|CLUSTER_NOT_OPEN)$/.test(code);
}

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  WORKSPACE_OFF: "Set network.enabled to true in this node's configuration, and start the daemon again.",
  NOT_A_MEMBER:
    "This node takes part in the team of a cluster once it serves a model of the cluster's current version, or the cluster's owner names it.",
  CLUSTER_NOT_OPEN: "Its log is being opened. This page shows the team as soon as it is there.",
};

export function NotHere({
  id,
  code,
  message,
}: {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}) {
  return (
    <section className="calm">
      <h1>The team of cluster {id} is not open here</h1>
      <p>{message}</p>
      <p className="muted">{WHAT_TO_DO[code]}</p>
      <p>
        <Link to={{ view: "cluster", id }}>What the chain says of the cluster</Link>
      </p>
    </section>
  );
}
