import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import { Badge, Card, Empty } from "../../parts/basics.tsx";
import { plural } from "../../text/amounts.ts";
import { freeName, goesInCircle, inOrder, newTask } from "./draft.ts";
import { changeTask, type EditProps } from "./editing.ts";
import { TaskForm } from "./TaskForm.tsx";

/** Tasks that a version takes; the contract says the same. */
const TASKS_MAX = 32;
/** Below it a graph is too small to draw on: the list says the same. Pixels. */
const WIDE = matchMedia("(min-width: 700px)");

const TaskGraph = lazy(async () => ({ default: (await import("./TaskGraph.tsx")).TaskGraph }));

function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      WIDE.addEventListener("change", listener);
      return () => WIDE.removeEventListener("change", listener);
    },
    () => WIDE.matches,
  );
}

/** What is done, and what waits for what: drawn, and as a list that says the same. */
export function Tasks(props: EditProps) {
  const { draft, edit } = props;
  const isWide = useWide();
  const [said, setSaid] = useState<string>();
  const [openKey, setOpenKey] = useState<string>();
  const isFull = draft.tasks.length >= TASKS_MAX;
  const nameOf = (key: string) =>
    draft.tasks.find((task) => task.key === key)?.name || "a task without a name";

  function connect(task: string, on: string, isOn: boolean): void {
    if (isOn && goesInCircle(draft.tasks, task, on)) {
      const text =
        task === on
          ? `${nameOf(task)} cannot wait for itself.`
          : `${nameOf(on)} already waits for ${nameOf(task)}: the other way round it would go in a circle.`;
      setSaid(text);
      return;
    }
    setSaid(undefined);
    edit((before) => {
      const dependsOn = before.tasks.find(({ key }) => key === task)?.dependsOn ?? [];
      const others = dependsOn.filter((key) => key !== on);
      return changeTask(before, task, { dependsOn: isOn ? [...others, on] : others });
    });
  }

  function add(): void {
    const last = inOrder(draft.tasks).at(-1);
    const task = newTask({
      name: freeName(
        "task",
        draft.tasks.map(({ name }) => name),
      ),
      agent: draft.agents[0]?.key ?? "",
      dependsOn: last === undefined ? [] : [last.key],
    });
    setOpenKey(task.key);
    edit((before) => ({ ...before, tasks: [...before.tasks, task] }));
  }

  return (
    <Card id="tasks" title={`Tasks (${draft.tasks.length})`}>
      {isWide && draft.tasks.length > 0 && (
        <>
          <Suspense fallback={<div className="make-graph" />}>
            <TaskGraph {...props} onConnect={connect} onOpen={setOpenKey} />
          </Suspense>
          <p className="muted make-hint">
            Draw from the right side of one task to the left side of another, and that one waits for it. A
            line is taken out by a click on it and Delete. The list below does the same.
          </p>
        </>
      )}
      <p role="status" className={said === undefined ? "unseen" : undefined}>
        {said !== undefined && (
          <>
            <Badge tone="warn">No circle</Badge> {said}
          </>
        )}
      </p>
      {draft.tasks.length === 0 && <Empty>Nothing is to be done yet: a cluster has at least one task.</Empty>}
      {draft.tasks.map((task) => (
        <TaskForm
          key={task.key}
          {...props}
          task={task}
          isOpen={openKey === task.key || (openKey === undefined && draft.tasks.length === 1)}
          onOpen={(isOpen) => setOpenKey(isOpen ? task.key : "")}
          onConnect={connect}
        />
      ))}
      <div className="bar-of-actions">
        <button type="button" disabled={isFull} onClick={add}>
          Add a task
        </button>
        {isFull && <span className="muted">A version takes {plural(TASKS_MAX, "task")}.</span>}
      </div>
    </Card>
  );
}
