import type { ReactNode } from "react";
import { useCosts } from "../../api/chain.ts";
import { useJobs } from "../../api/operate.ts";
import type { ExecutionAnswer, ExecutionCostsAnswer } from "../../api/types.ts";
import { Amount, Badge, Card, Disclosure, Empty, Facts, Hash, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { amountText, countText, plural } from "../../text/amounts.ts";
import { chainMs } from "../../text/times.ts";
import { TextOf } from "./ExecutionText.tsx";

type Task = NonNullable<ExecutionAnswer["taskList"]>[number];
type Completion = NonNullable<Task["completion"]>;

/** Each task with who may answer it, or who did and how. */
export function ExecutionTasks({ execution }: { readonly execution: ExecutionAnswer }) {
  const { taskList, versionError, completed, ended } = execution;
  const { data: costs } = useCosts(execution.execution, completed + (ended === null ? 0 : 1));
  const { data: rows } = useJobs();
  const jobs = new Map(
    [...(rows?.live ?? []), ...(rows?.ended ?? [])]
      .filter((row) => row.execution === execution.execution)
      .map(({ task, id }) => [task, id]),
  );
  if (taskList === null)
    return (
      <Card id="tasks" title="Tasks">
        <Empty>
          The version could not be read from the chain now: {versionError ?? "no reason was given"}. It is
          tried again when something changes.
        </Empty>
      </Card>
    );
  return (
    <Card id="tasks" title={`Tasks (${taskList.length})`}>
      {taskList.map((task) => (
        <TaskOf
          key={task.task}
          task={task}
          all={taskList}
          currency={execution.currency}
          costs={costs}
          job={jobs.get(task.task)}
        />
      ))}
    </Card>
  );
}

/** How the chain says that there is none. */
const NO_DIGEST = `0x${"0".repeat(64)}`;

const TASK_TONES = { waiting: "calm", ready: "busy", completed: "good", unanswered: "warn" } as const;

function TaskOf({
  task,
  all,
  currency,
  costs,
  job,
}: {
  readonly task: Task;
  readonly all: readonly Task[];
  readonly currency: string | null;
  readonly costs: ExecutionCostsAnswer | undefined;
  /** This node's own job, where it has taken the task up and still knows. */
  readonly job: string | undefined;
}) {
  const { completion, dependsOn, failedNodes, windows } = task;
  const after = dependsOn.map((index) => all[index]?.name ?? String(index));
  return (
    <article className="task" aria-labelledby={`task-${task.task}`}>
      <h3 id={`task-${task.task}`}>
        <Name text={task.name} fallback={`Task ${task.task}`} />{" "}
        <Badge tone={TASK_TONES[task.state]}>{task.state}</Badge>
      </h3>
      <p className="muted">
        <Name text={task.agentName} fallback="an agent" /> on model{" "}
        <Link to={{ view: "networkModel", id: task.model }}>
          <Name text={task.modelName ?? ""} fallback={task.model} />
        </Link>
        , {amountText(task.priceWei, currency ?? undefined)}
        {after.length > 0 && (
          <>
            {" "}
            · after <Name text={after.join(", ")} />
          </>
        )}
        {task.quorum > 1 && ` · ${plural(task.quorum, "node")} must agree`}
      </p>
      {failedNodes.length > 0 && (
        <p>
          <Badge tone="warn">Could not answer</Badge> {failedNodes.map((node) => `node ${node}`).join(", ")}
        </p>
      )}
      {windows.length > 0 && <Windows windows={windows} />}
      {job !== undefined && completion === null && (
        <p>
          <Link to={{ view: "job", id: job }}>Job {job} of this node</Link> is at it.
        </p>
      )}
      {completion !== null && (
        <>
          <Facts rows={factsOf(task, completion, costs, job)} />
          <Disclosure
            summary={`Output${completion.output.bytes === null ? "" : `, ${plural(completion.output.bytes, "byte")}`}`}
          >
            {() => <TextOf text={completion.output} label={`Text of the output of task ${task.task}`} />}
          </Disclosure>
        </>
      )}
    </article>
  );
}

function factsOf(
  { quorum }: Task,
  completion: Completion,
  costs: ExecutionCostsAnswer | undefined,
  job: string | undefined,
): readonly (readonly [string, ReactNode])[] {
  const { node, role, seconds, signer, output, evidenceDigest, tipWei, place } = completion;
  return [
    [
      "Answered by",
      node === null ? (
        roleText(role)
      ) : (
        <Link key="node" to={{ view: "networkNode", id: node }}>
          node {node}
        </Link>
      ),
    ],
    ...(job === undefined
      ? []
      : [
          [
            "How",
            <Link key="job" to={{ view: "job", id: job }}>
              job {job} of this node
            </Link>,
          ] as const,
        ]),
    ...(quorum > 1 ? [["Agreed", seconds.map((one) => `node ${one}`).join(", ")] as const] : []),
    ["Signer", signer === null ? "an owner" : <Hash key="signer" hex={signer} what="the signer" />],
    ["Output's digest", <Hash key="output" hex={output.digest} what="the output's digest" />],
    [
      "Evidence's digest",
      evidenceDigest === NO_DIGEST ? (
        "none was signed"
      ) : (
        <Hash key="evidence" hex={evidenceDigest} what="the evidence's digest" />
      ),
    ],
    ...(tipWei === "0" ? [] : [["Tip for whoever sent it", amountText(tipWei)] as const]),
    ["Transaction", <Hash key="transaction" hex={place.transactionHash} what="the transaction" />],
    ["Gas of that", gasText(costs, place.transactionHash)],
  ];
}

function gasText(costs: ExecutionCostsAnswer | undefined, hash: string): ReactNode {
  if (costs === undefined) return "being read from the chain";
  const found = costs.transactions.find(({ transactionHash }) => transactionHash === hash);
  if (found === undefined)
    return costs.error === null ? "the chain's endpoint has no receipt of it" : `not known: ${costs.error}`;
  return (
    <span key="gas">
      {countText(BigInt(found.gasUsed))} gas, <Amount wei={found.feeWei} />, for all that it carries
    </span>
  );
}

function Windows({ windows }: { readonly windows: Task["windows"] }) {
  return (
    <ol className="windows" aria-label="Who may answer, and from when on">
      {windows.map(({ node, role, opensAt }) => (
        <li key={`${role} ${node}`}>
          {node === null ? roleText(role) : <Link to={{ view: "networkNode", id: node }}>node {node}</Link>}:{" "}
          <Time atMs={chainMs(opensAt)} />
        </li>
      ))}
    </ol>
  );
}

function roleText(role: Task["windows"][number]["role"]): string {
  if (role === "ModelOwner") return "the model's owner";
  return role === "ClusterOwner" ? "the cluster's owner" : "a node";
}
