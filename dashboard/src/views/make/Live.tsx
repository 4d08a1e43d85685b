import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import type { Verification } from "@pleiad/sdk/types/verification";
import { readBlob } from "../../api/client.ts";
import { useBlob, useExecution, useOverview } from "../../api/queries.ts";
import type { DeploymentAnswer, ExecutionAnswer } from "../../api/types.ts";
import { useAct } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Disclosure, Foreign, Hash, Name, Time, type Tone } from "../../parts/basics.tsx";
import { Progress, StateBadge } from "../../parts/executionRows.tsx";
import { Link } from "../../router.tsx";
import { cleanText } from "../../text/clean.ts";
import { chainMs } from "../../text/times.ts";
import { FailureNote } from "../../wallet/FailureNote.tsx";
import { deploymentIn, type Signer } from "../../wallet/signer.ts";

type Task = NonNullable<ExecutionAnswer["taskList"]>[number];

interface LiveProps {
  readonly execution: string;
  readonly signer: Signer | undefined;
  readonly deployment: DeploymentAnswer;
  readonly onAgain: () => void;
}

/** A run as it goes: task by task, then the response, told by the daemon as it comes. */
export function Live({
  minedIn,
  ...props
}: LiveProps & {
  /** The block that has it, where this page sent it: until this node has followed it there is nothing to read. */
  readonly minedIn: bigint | undefined;
}) {
  const { execution } = props;
  const { data: overview } = useOverview();
  const head = overview?.chain.head?.number;
  const isAhead = minedIn !== undefined && head !== undefined && BigInt(head) < minedIn;
  return (
    <Card
      id="live"
      title={`Execution ${execution}`}
      aside={<Link to={{ view: "execution", id: execution }}>All about it</Link>}
    >
      {isAhead ? (
        <p role="status">
          <Badge tone="busy">On its way</Badge> This node has not seen its block yet.
        </p>
      ) : (
        <Seen {...props} />
      )}
    </Card>
  );
}

function Seen({ execution, signer, deployment, onAgain }: LiveProps) {
  const query = useExecution(execution);
  return (
    <Answer query={query} what={`execution ${execution}`} isPart>
      {(read) => (
        <>
          <p className="bar-of-actions" role="status">
            <StateBadge state={read.state} />
            <Progress completed={read.completed} tasks={read.tasks} />
            <span className="muted">
              {read.state === "Running" ? "deadline " : "ended "}
              <Time atMs={chainMs(read.ended?.timestamp ?? read.deadline)} />
            </span>
          </p>
          <ol className="live-tasks" aria-label="Tasks">
            {(read.taskList ?? []).map((task) => (
              <LiveTask key={task.task} task={task} isRunning={read.state === "Running"} />
            ))}
          </ol>
          <End execution={read} />
          {read.state === "Succeeded" && (
            <Verify execution={execution} signer={signer} deployment={deployment} />
          )}
          {read.state !== "Running" && (
            <p>
              <button type="button" onClick={onAgain}>
                Another run
              </button>
            </p>
          )}
        </>
      )}
    </Answer>
  );
}

const TONES: Readonly<Record<Task["state"], Tone>> = {
  waiting: "calm",
  ready: "busy",
  completed: "good",
  unanswered: "warn",
};

const WORDS: Readonly<Record<Task["state"], string>> = {
  waiting: "waits",
  ready: "at work",
  completed: "done",
  unanswered: "not answered",
};

function LiveTask({ task, isRunning }: { readonly task: Task; readonly isRunning: boolean }) {
  const { name, agentName, state, completion, failedNodes } = task;
  return (
    <li className="live-task">
      <div className="step-head">
        <strong>
          <Name text={name} fallback={`Task ${task.task}`} />
        </strong>
        <Badge tone={TONES[state]}>{WORDS[state]}</Badge>
        <span className="muted">
          by <Name text={agentName} fallback="an agent" />
          {completion !== null && completion.node !== null && `, node ${completion.node}`}
          {failedNodes.length > 0 && `, ${failedNodes.map((node) => `node ${node}`).join(", ")} could not`}
        </span>
      </div>
      {completion !== null && isRunning && (
        <Disclosure summary="Its answer">
          {() => <TextOf text={completion.output} label={`Answer of task ${task.task}`} />}
        </Disclosure>
      )}
    </li>
  );
}

function End({ execution }: { readonly execution: ExecutionAnswer }) {
  const { state, taskList, ended } = execution;
  if (state === "Running") return null;
  const last = taskList?.findLast(({ completion }) => completion !== null)?.completion;
  if (state !== "Succeeded" || last === null || last === undefined)
    return (
      <p>
        It ended without a response; what was not spent is yours again.{" "}
        <Link to={{ view: "execution", id: execution.execution }}>See why</Link>
      </p>
    );
  return (
    <>
      <h3>
        Response{" "}
        {ended?.final === true ? (
          <Badge tone="good">Final</Badge>
        ) : (
          <Badge tone="busy">{ended?.settled === true ? "Settled, final soon" : "Settling"}</Badge>
        )}
      </h3>
      <TextOf text={last.output} label="Text of the response" />
    </>
  );
}

function TextOf({ text, label }: { readonly text: ExecutionAnswer["input"]; readonly label: string }) {
  if (text.bytes === null) return <Referred digest={text.digest} label={label} />;
  if (text.text === null)
    return (
      <p className="muted">
        {text.bytes} bytes that are no text. Their digest: <Hash hex={text.digest} what="their digest" />
      </p>
    );
  return (
    <>
      <Foreign text={text.text} label={label} />
      {text.isCut && <p className="muted">This is the beginning of {text.bytes} bytes.</p>}
    </>
  );
}

/** Of what is given by reference so much is shown: what a person reads. Bytes. */
const SHOWN_BYTES_MAX = 65_536;

function Referred({ digest, label }: { readonly digest: string; readonly label: string }) {
  const query = useBlob(digest);
  return (
    <Answer query={query} what="the bytes" isPart>
      {(bytes) => {
        const text = new TextDecoder().decode(bytes.subarray(0, SHOWN_BYTES_MAX));
        return (
          <>
            <Foreign text={text} label={label} />
            {bytes.length > SHOWN_BYTES_MAX && (
              <p className="muted">This is the beginning of {bytes.length} bytes.</p>
            )}
          </>
        );
      }}
    </Answer>
  );
}

/** The SDK's own check of a response, through the wallet: with a wallet of the browser's it asks another endpoint than the daemon. */
function Verify({
  execution,
  signer,
  deployment,
}: {
  readonly execution: string;
  readonly signer: Signer | undefined;
  readonly deployment: DeploymentAnswer;
}) {
  const act = useAct(async (): Promise<Verification> => {
    if (signer === undefined) throw new Error("nobody signs");
    return verifyResponse(signer.client, {
      deployment: deploymentIn(deployment),
      execution: BigInt(execution),
      fetchBlob: async ({ digest }) => readBlob(digest).catch(() => undefined),
    });
  });
  if (signer === undefined)
    return <p className="muted">With a wallet chosen, the response can be checked here against the chain.</p>;
  if (act.data === undefined)
    return (
      <>
        <p className="bar-of-actions">
          <button type="button" disabled={act.isPending} onClick={() => act.mutate(undefined)}>
            Check it against the chain
          </button>
          <span className="muted">Through the wallet, not through what this daemon says.</span>
        </p>
        <FailureNote error={act.error} />
      </>
    );
  const { verified, checks } = act.data;
  return (
    <div role="status">
      <p>
        <Badge tone={verified ? "good" : "bad"}>{verified ? "Verified" : "Not verified"}</Badge>{" "}
        {verified
          ? "Every check agrees. That it is true nobody can check: it is what the accepted keys signed."
          : "Not every check agrees, or the bytes could not be had."}
      </p>
      <details>
        <summary>What was checked</summary>
        <ul>
          {checks.map(({ name, outcome, text }) => (
            <li key={name}>
              <Badge tone={outcome === "passed" ? "good" : outcome === "failed" ? "bad" : "calm"}>
                {outcome}
              </Badge>{" "}
              {cleanText(text)}
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}
