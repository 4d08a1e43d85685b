import { useBlob, useExecution } from "../../api/queries.ts";
import type { ExecutionAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import {
  Badge,
  Card,
  Command,
  Disclosure,
  Empty,
  Facts,
  Foreign,
  Hash,
  Name,
  Time,
} from "../../parts/basics.tsx";
import { Progress, StateBadge } from "../../parts/executionRows.tsx";
import { Link } from "../../router.tsx";
import { amountText, countText, plural } from "../../text/amounts.ts";
import { chainMs, spanText } from "../../text/times.ts";
import { type Moment, momentsOf } from "./timeline.ts";

type Task = NonNullable<ExecutionAnswer["taskList"]>[number];
type Text = ExecutionAnswer["input"];
type Place = ExecutionAnswer["created"];

/** One execution from its creation to its end. */
export function Execution({ id }: { readonly id: string }) {
  const query = useExecution(id);
  return (
    <Answer query={query} what={`execution ${id}`}>
      {(execution) => (
        <>
          <header className="view-head">
            <h1>Execution {execution.execution}</h1>
            <StateBadge state={execution.state} />
            <Progress completed={execution.completed} tasks={execution.tasks} />
          </header>
          <div className="columns">
            <div className="column">
              <Timeline execution={execution} />
              <Tasks execution={execution} />
            </div>
            <div className="column">
              <About execution={execution} />
              <Verify execution={execution} />
              <Card id="input" title="Input">
                <TextOf text={execution.input} label="Text of the input" />
              </Card>
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

function About({ execution }: { readonly execution: ExecutionAnswer }) {
  const { cluster, clusterName, version, requester, quoteWei, currency, thread, refundWei } = execution;
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          [
            "Cluster",
            <Link key="cluster" to={{ view: "cluster", id: cluster }}>
              <Name text={clusterName ?? ""} fallback={`cluster ${cluster}`} />
            </Link>,
          ],
          ["Version", version],
          ["Requester", <Hash key="requester" hex={requester} what="the requester" />],
          ["Paid", quoteWei === null || currency === null ? "not known yet" : amountText(quoteWei, currency)],
          ...(refundWei === "0" ? [] : [["Refunded", amountText(refundWei, currency ?? undefined)] as const]),
          ["Created", <Time key="created" atMs={chainMs(execution.createdAt)} isExact />],
          ["Deadline", <Time key="deadline" atMs={chainMs(execution.deadline)} isExact />],
          [
            "Window",
            execution.windowSeconds === null
              ? "not known yet"
              : `${spanText(execution.windowSeconds)} for each node`,
          ],
          ["Outputs", execution.outputsByReference ? "inline, or by reference" : "inline"],
          ["Thread", thread === null ? "none" : <Hash key="thread" hex={thread} what="the thread" />],
        ]}
      />
    </Card>
  );
}

function Timeline({ execution }: { readonly execution: ExecutionAnswer }) {
  return (
    <Card id="timeline" title="Timeline">
      <ol className="timeline">
        {momentsOf(execution).map((moment) => (
          <li key={moment.key} className={`moment moment-${moment.tone}`}>
            <p className="moment-title">
              <strong>{moment.title}</strong>
              {moment.atMs !== null && <Time atMs={moment.atMs} isExact />}
            </p>
            {moment.text !== "" && <p className="muted">{moment.text}</p>}
            <Where moment={moment} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Where({ moment }: { readonly moment: Moment }) {
  const { place } = moment;
  if (place === null) return null;
  return (
    <p className="moment-place">
      <span>block {countText(BigInt(place.blockNumber))}</span>
      <Hash hex={place.transactionHash} what="the transaction" />
      <Depth place={place} />
    </p>
  );
}

function Depth({ place }: { readonly place: Place }) {
  if (place.final) return <Badge tone="good">Final</Badge>;
  return place.settled ? <Badge tone="good">Settled</Badge> : <Badge tone="busy">Not settled yet</Badge>;
}

function Tasks({ execution }: { readonly execution: ExecutionAnswer }) {
  const { taskList, versionError } = execution;
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
        <TaskOf key={task.task} task={task} all={taskList} currency={execution.currency} />
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
}: {
  readonly task: Task;
  readonly all: readonly Task[];
  readonly currency: string | null;
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
        <Name text={task.modelName ?? ""} fallback={task.model} />,{" "}
        {amountText(task.priceWei, currency ?? undefined)}
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
      {completion !== null && (
        <>
          <Facts
            rows={[
              [
                "Answered by",
                completion.node === null ? roleText(completion.role) : `node ${completion.node}`,
              ],
              ...(task.quorum > 1
                ? [["Agreed", completion.seconds.map((node) => `node ${node}`).join(", ")] as const]
                : []),
              [
                "Signer",
                completion.signer === null ? (
                  "an owner"
                ) : (
                  <Hash key="signer" hex={completion.signer} what="the signer" />
                ),
              ],
              [
                "Output's digest",
                <Hash key="output" hex={completion.output.digest} what="the output's digest" />,
              ],
              [
                "Evidence's digest",
                completion.evidenceDigest === NO_DIGEST ? (
                  "none was signed"
                ) : (
                  <Hash key="evidence" hex={completion.evidenceDigest} what="the evidence's digest" />
                ),
              ],
              [
                "Transaction",
                <Hash key="transaction" hex={completion.place.transactionHash} what="the transaction" />,
              ],
            ]}
          />
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

function Windows({ windows }: { readonly windows: Task["windows"] }) {
  return (
    <ol className="windows" aria-label="Who may answer, and from when on">
      {windows.map(({ node, role, opensAt }) => (
        <li key={`${role} ${node}`}>
          {node === null ? roleText(role) : `node ${node}`}: <Time atMs={chainMs(opensAt)} />
        </li>
      ))}
    </ol>
  );
}

function roleText(role: Task["windows"][number]["role"]): string {
  if (role === "ModelOwner") return "the model's owner";
  return role === "ClusterOwner" ? "the cluster's owner" : "a node";
}

function TextOf({ text, label }: { readonly text: Text; readonly label: string }) {
  if (text.bytes === null) return <ByReference text={text} label={label} />;
  if (text.text === null)
    return (
      <p className="muted">
        {plural(text.bytes, "byte")} that are no text. Its digest:{" "}
        <Hash hex={text.digest} what="its digest" />
      </p>
    );
  if (text.text === "") return <p className="muted">It is empty.</p>;
  return (
    <>
      <Foreign text={text.text} label={label} />
      {text.isCut && <p className="muted">This is the beginning of {plural(text.bytes, "byte")}.</p>}
    </>
  );
}

/** Of what is given by reference so much is shown: what a person reads. Bytes. */
const SHOWN_BYTES_MAX = 65_536;

/** The chain has its digest alone; the node has the bytes, or gets them from a peer, and has checked them. */
function ByReference({ text, label }: { readonly text: Text; readonly label: string }) {
  const query = useBlob(text.digest);
  return (
    <>
      <p className="muted">
        On the chain by its digest alone: <Hash hex={text.digest} what="its digest" />
      </p>
      <Answer query={query} what="the bytes" isPart>
        {(bytes) => {
          const read = textIn(bytes);
          if (read === undefined)
            return <p className="muted">{plural(bytes.length, "byte")} that are no text.</p>;
          return (
            <>
              <Foreign text={read} label={label} />
              {bytes.length > SHOWN_BYTES_MAX && (
                <p className="muted">This is the beginning of {plural(bytes.length, "byte")}.</p>
              )}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function textIn(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, SHOWN_BYTES_MAX), {
      stream: true,
    });
  } catch {
    return undefined;
  }
}

function Verify({ execution }: { readonly execution: ExecutionAnswer }) {
  const { execution: id, state, responseDigest, runDigest } = execution;
  if (state !== "Succeeded")
    return (
      <Card id="verify" title="Verify">
        <Empty>
          {state === "Running"
            ? "There is a response to verify once all tasks are answered."
            : "It ended without a response, so there is nothing to verify."}{" "}
          Its story: <Command line={`pleiad execution show ${id} --why`} />
        </Empty>
      </Card>
    );
  return (
    <Card id="verify" title="Verify">
      <Facts
        rows={[
          [
            "Response",
            responseDigest === null ? (
              "none"
            ) : (
              <Hash key="response" hex={responseDigest} what="the response's digest" />
            ),
          ],
          [
            "All outputs",
            runDigest === null ? "none" : <Hash key="run" hex={runDigest} what="the run's digest" />,
          ],
        ]}
      />
      <p>
        You need not take this page's word. A receipt proves the response against any endpoint of the chain:
      </p>
      <p>
        <Command line={`pleiad execution receipt ${id} > receipt.json`} />
      </p>
      <p>
        <Command line="pleiad verify receipt.json" />
      </p>
    </Card>
  );
}
