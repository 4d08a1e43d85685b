import { cleanName } from "../../text/clean.ts";
import { type DraftTask, goesInCircle, inOrder } from "./draft.ts";
import { changeTask, type EditProps, modelName, withoutTask } from "./editing.ts";
import { AreaField, SelectField, TextField } from "./fields.tsx";

/** One task of the list. Closed it is a line; open, everything about it. */
export function TaskForm({
  task,
  isOpen,
  onOpen,
  onConnect,
  draft,
  edit,
  models,
  problemAt,
}: EditProps & {
  readonly task: DraftTask;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
  readonly onConnect: (task: string, on: string, isOn: boolean) => void;
}) {
  const { key, name, agent, prompt, tool, toolArguments, quorum, dependsOn } = task;
  const index = inOrder(draft.tasks).findIndex((one) => one.key === key);
  const at = (field: string) => `tasks[${index}].${field}`;
  const set = (change: Partial<DraftTask>) => edit((before) => changeTask(before, key, change));
  const who = draft.agents.find((one) => one.key === agent);
  const title = cleanName(name, 40) || "A task without a name";
  const others = draft.tasks.filter((one) => one.key !== key);
  const waitsFor = others.filter((one) => dependsOn.includes(one.key)).map((one) => cleanName(one.name, 40));
  const problems = ["name", "agent", "prompt", "tool", "toolArguments", "quorum"].filter(
    (field) => problemAt(at(field), String(task[field as keyof DraftTask])) !== undefined,
  );
  return (
    <details
      className="make-part"
      open={isOpen}
      onToggle={({ currentTarget, target }) => {
        if (target === currentTarget && currentTarget.open !== isOpen) onOpen(currentTarget.open);
      }}
    >
      <summary>
        <strong>{title}</strong>{" "}
        <span className="muted">
          {who === undefined ? "by nobody yet" : `by ${cleanName(who.name, 40)}`}
          {waitsFor.length > 0 && `, after ${waitsFor.join(", ")}`}
          {!isOpen && problems.length > 0 && ` · to be mended: ${problems.join(", ")}`}
        </span>
      </summary>
      <div className="form">
        <div className="make-two">
          <TextField
            label="Task"
            value={name}
            problem={problemAt(at("name"), name)}
            onChange={(value) => set({ name: value })}
          />
          <SelectField
            label="Agent"
            value={agent}
            none="choose one"
            problem={problemAt(at("agent"), agent)}
            choices={draft.agents.map((one) => ({
              value: one.key,
              text: `${cleanName(one.name, 40) || "without a name"}${one.model === "" ? "" : ` · ${modelName(models, one.model)}`}`,
            }))}
            onChange={(value) => set({ agent: value })}
          />
        </div>
        <AreaField
          label="Prompt"
          rows={4}
          value={prompt}
          placeholder="What the agent is asked to do. It gets the input, and the answers of the tasks it waits for."
          problem={problemAt(at("prompt"), prompt)}
          onChange={(value) => set({ prompt: value })}
        />
        {others.length > 0 && (
          <fieldset className="make-waits">
            <legend>Waits for</legend>
            {others.map((other) => {
              const isOn = dependsOn.includes(other.key);
              const isCircle = !isOn && goesInCircle(draft.tasks, key, other.key);
              return (
                <label key={other.key}>
                  <input
                    type="checkbox"
                    checked={isOn}
                    disabled={isCircle}
                    onChange={({ target }) => onConnect(key, other.key, target.checked)}
                  />
                  <span className={isCircle ? "muted" : undefined}>
                    {cleanName(other.name, 40) || "a task without a name"}
                    {isCircle && " (waits for this one)"}
                  </span>
                </label>
              );
            })}
          </fieldset>
        )}
        <details>
          <summary>More about it</summary>
          <div className="form">
            <div className="make-two">
              <TextField
                label="Tool"
                value={tool}
                hint="Operators decide what stands behind a name. Empty: none."
                problem={problemAt(at("tool"), tool)}
                onChange={(value) => set({ tool: value })}
              />
              <TextField
                label="Nodes that must agree, 1 to 7"
                value={quorum}
                inputMode="numeric"
                problem={problemAt(at("quorum"), quorum)}
                onChange={(value) => set({ quorum: value })}
              />
            </div>
            {tool !== "" && (
              <TextField
                label="What the tool is called with"
                value={toolArguments}
                problem={problemAt(at("toolArguments"), toolArguments)}
                onChange={(value) => set({ toolArguments: value })}
              />
            )}
          </div>
        </details>
        <div className="bar-of-actions">
          <button
            type="button"
            className="quiet"
            aria-label={`Take out task ${title}`}
            onClick={() => edit((before) => withoutTask(before, key))}
          >
            Take out
          </button>
        </div>
      </div>
    </details>
  );
}
