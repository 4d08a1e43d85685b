import { Badge, Card, Empty } from "../../parts/basics.tsx";
import { plural } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import type { Signer } from "../../wallet/signer.ts";
import { AddAgent } from "./AddAgent.tsx";
import { type DraftAgent, freeName, newAgent } from "./draft.ts";
import { changeAgent, type EditProps, modelName, modelText, usualModel, withoutAgent } from "./editing.ts";
import { AreaField, SelectField, TextField } from "./fields.tsx";
import { GrantNote } from "./GrantNote.tsx";

/** Agents that a version takes; the contract says the same. */
const AGENTS_MAX = 32;

/** Who is in it: agents to be registered, and those that are. */
export function Agents(props: EditProps & { readonly signer: Signer | undefined }) {
  const { draft, edit, models } = props;
  const isFull = draft.agents.length >= AGENTS_MAX;
  const add = (agent: DraftAgent) =>
    edit((before) => ({
      ...before,
      agents: [
        ...before.agents,
        {
          ...agent,
          name: freeName(
            agent.name,
            before.agents.map(({ name }) => name),
          ),
        },
      ],
    }));
  return (
    <Card id="agents" title={`Agents (${draft.agents.length})`}>
      {draft.agents.length === 0 && <Empty>Nobody is in it yet: a cluster has at least one agent.</Empty>}
      {draft.agents.map((agent, index) => (
        <AgentForm key={agent.key} {...props} agent={agent} index={index} />
      ))}
      <div className="bar-of-actions">
        <button
          type="button"
          disabled={isFull}
          onClick={() => add(newAgent({ name: "agent", model: usualModel(models) }))}
        >
          Add a new agent
        </button>
        {isFull && <span className="muted">A cluster takes {plural(AGENTS_MAX, "agent")}.</span>}
      </div>
      <AddAgent {...props} address={props.signer?.address} isFull={isFull} onAdd={add} />
    </Card>
  );
}

function AgentForm({
  agent,
  index,
  draft,
  edit,
  models,
  agents,
  problemAt,
  signer,
}: EditProps & {
  readonly agent: DraftAgent;
  readonly index: number;
  readonly signer: Signer | undefined;
}) {
  const { key, id, name, model, role, goal, backstory, tokensMax, temperature } = agent;
  const set = (change: Partial<DraftAgent>) => edit((before) => changeAgent(before, key, change));
  const at = (field: string) => `agents[${index}].${field}`;
  const known = id === undefined ? undefined : agents.find((one) => one.agent === id);
  const isForeign =
    known !== undefined && signer !== undefined && known.owner.toLowerCase() !== signer.address.toLowerCase();
  const title = cleanName(name, 40) || `Agent ${index + 1}`;
  const tasks = draft.tasks.filter((task) => task.agent === key).length;
  return (
    <fieldset className="make-part">
      <legend className="unseen">{title}</legend>
      <div className="make-part-head">
        <strong>{title}</strong>
        {id === undefined ? <Badge tone="calm">New</Badge> : <Badge tone="good">{`Agent ${id}`}</Badge>}
        <span className="muted">{plural(tasks, "task")}</span>
        <button
          type="button"
          className="quiet make-end"
          aria-label={`Take out ${title}`}
          onClick={() => edit((before) => withoutAgent(before, key))}
        >
          Take out
        </button>
      </div>
      <div className="make-two">
        <TextField
          label="Name"
          value={name}
          problem={problemAt(at("name"), name)}
          onChange={(value) => set({ name: value })}
        />
        {id === undefined ? (
          <SelectField
            label="Model"
            value={model}
            none={models.length === 0 ? "there is no model on this chain" : "choose one"}
            problem={
              problemAt(at("model"), model) ?? (model === "" ? problemAt(`agents[${index}]`, "") : undefined)
            }
            choices={models.map((one) => ({ value: one.model, text: modelText(one) }))}
            onChange={(value) => set({ model: value })}
          />
        ) : (
          <p className="make-fact">
            <span className="muted">Model</span>
            <span>{modelName(models, model) || "none: it cannot answer"}</span>
          </p>
        )}
      </div>
      {isForeign && id !== undefined && <GrantNote agent={id} signer={signer} />}
      {known !== undefined && known.cluster !== null && (
        <p className="make-problem" role="status">
          Agent {id} is in a cluster already: take it out here.
        </p>
      )}
      <TextField
        label="Role"
        value={role}
        placeholder="What it is: Writer"
        problem={problemAt(at("role"), role)}
        onChange={(value) => set({ role: value })}
      />
      <AreaField
        label="Goal"
        rows={2}
        value={goal}
        placeholder="What it strives for"
        problem={problemAt(at("goal"), goal)}
        onChange={(value) => set({ goal: value })}
      />
      <details>
        <summary>More about it</summary>
        <div className="form">
          <AreaField
            label="Backstory"
            rows={2}
            value={backstory}
            problem={problemAt(at("backstory"), backstory)}
            onChange={(value) => set({ backstory: value })}
          />
          <div className="make-two">
            <TextField
              label="Most tokens of an answer"
              value={tokensMax}
              inputMode="numeric"
              hint="Empty: as the operator decides."
              problem={problemAt(at("tokensMax"), tokensMax)}
              onChange={(value) => set({ tokensMax: value })}
            />
            <TextField
              label="Temperature, 0 to 2"
              value={temperature}
              inputMode="decimal"
              hint="Empty: as the operator decides."
              problem={problemAt(at("temperature"), temperature)}
              onChange={(value) => set({ temperature: value })}
            />
          </div>
        </div>
      </details>
    </fieldset>
  );
}
