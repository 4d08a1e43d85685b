import { useId, useState } from "react";
import type { ChainAgent } from "../../api/making.ts";
import { Badge, Disclosure, Empty, Name } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { countText, shortHex } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { type Draft, type DraftAgent, newAgent } from "./draft.ts";
import { type ChainFacts, modelName } from "./editing.ts";

/** Agents that are shown at once: who looks for another types a part of it. */
const SHOWN_MAX = 30;

/** Agents of the network to take in. One that is in a cluster already is shown with it, and cannot be chosen. */
export function AddAgent({
  agents,
  models,
  draft,
  address,
  isFull,
  onAdd,
}: ChainFacts & {
  readonly draft: Draft;
  readonly address: string | undefined;
  readonly isFull: boolean;
  readonly onAdd: (agent: DraftAgent) => void;
}) {
  return (
    <Disclosure summary={`Add one that is registered (${countText(agents.length)} on the chain)`}>
      {() => <Found {...{ agents, models, draft, address, isFull, onAdd }} />}
    </Disclosure>
  );
}

function Found({
  agents,
  models,
  draft,
  address,
  isFull,
  onAdd,
}: ChainFacts & {
  readonly draft: Draft;
  readonly address: string | undefined;
  readonly isFull: boolean;
  readonly onAdd: (agent: DraftAgent) => void;
}) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const found = agents.filter((agent) =>
    `agent ${agent.agent} ${agent.name ?? ""} ${agent.clusterName ?? ""} ${modelName(models, agent.model ?? "")} ${agent.owner}`
      .toLowerCase()
      .includes(wanted),
  );
  // Those that can be chosen come first.
  const sorted = [...found].sort((a, b) => Number(a.cluster !== null) - Number(b.cluster !== null));
  if (agents.length === 0) return <Empty>No agent is registered on this chain yet: add a new one.</Empty>;
  return (
    <>
      <div className="field">
        <label htmlFor={id}>Find an agent</label>
        <input
          id={id}
          type="text"
          autoComplete="off"
          placeholder="its number, model, cluster or owner"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      </div>
      {found.length === 0 && <Empty>No agent is like that.</Empty>}
      <ul className="rows" aria-label="Agents of the chain">
        {sorted.slice(0, SHOWN_MAX).map((agent) => (
          <li key={agent.agent} className="row">
            <span className="row-title">Agent {agent.agent}</span>
            <span className="row-text muted">
              {agent.model === null ? "on no model" : modelName(models, agent.model)},{" "}
              {agent.owner.toLowerCase() === address?.toLowerCase() ? "yours" : `of ${shortHex(agent.owner)}`}
            </span>
            <Take
              agent={agent}
              isHere={draft.agents.some((one) => one.id === agent.agent)}
              isFull={isFull}
              onAdd={onAdd}
            />
          </li>
        ))}
      </ul>
      {sorted.length > SHOWN_MAX && (
        <p className="muted">And {countText(sorted.length - SHOWN_MAX)} more: type what you look for.</p>
      )}
    </>
  );
}

function Take({
  agent,
  isHere,
  isFull,
  onAdd,
}: {
  readonly agent: ChainAgent;
  readonly isHere: boolean;
  readonly isFull: boolean;
  readonly onAdd: (agent: DraftAgent) => void;
}) {
  const { agent: id, cluster, clusterName, name, model } = agent;
  if (cluster !== null)
    return (
      <span className="make-taken">
        <Badge tone="calm">Taken</Badge> in{" "}
        <Link to={{ view: "cluster", id: cluster }}>
          <Name text={cleanName(clusterName ?? "", 40)} fallback={`cluster ${cluster}`} />
        </Link>
        {name !== null && (
          <>
            {" "}
            as <Name text={cleanName(name, 40)} />
          </>
        )}
      </span>
    );
  if (isHere) return <Badge tone="good">Chosen</Badge>;
  return (
    <button
      type="button"
      className="quiet"
      disabled={isFull}
      aria-label={`Take in agent ${id}`}
      onClick={() => onAdd(newAgent({ id, name: `agent-${id}`, model: model ?? "" }))}
    >
      Take in
    </button>
  );
}
