import { type JobStory, useJob } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { Amount, Badge, Card, Command, Empty, Facts, Hash, Name, Time } from "../../parts/basics.tsx";
import { Fault } from "../../parts/ErrorWords.tsx";
import { Link } from "../../router.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { exactText, lengthText } from "../../text/times.ts";
import { JobLog } from "./JobLog.tsx";
import { JOB_TONES } from "./Jobs.tsx";
import { MOMENT_WORDS, WAIT_WORDS } from "./moments.ts";
import "./daemon.css";

/** One job of this node from the event on the chain to its settlement. */
export function Job({ id }: { readonly id: string }) {
  const query = useJob(id);
  return (
    <Answer query={query} what={`job ${id}`}>
      {(job) => (
        <>
          <p>
            <Link to={{ view: "daemon" }}>This node</Link>
          </p>
          <header className="view-head">
            <h1>Job {job.id}</h1>
            <Badge tone={JOB_TONES[job.state]}>{job.state}</Badge>
            {job.tookMs !== null && (
              <span className="muted">{lengthText(job.tookMs)} from taken up to here</span>
            )}
          </header>
          {job.why !== null && (job.state === "failed" || job.state === "dropped") && (
            <Card id="end" title={job.state === "failed" ? "Why it failed" : "Why it was dropped"}>
              <Fault {...job.why} />
              {job.state === "failed" && (
                <p className="muted">
                  {job.isReported
                    ? "Its failure stands on the chain, so that others need not wait for this node."
                    : "Its failure was not reported to the chain."}
                </p>
              )}
            </Card>
          )}
          <div className="columns">
            <div className="column">
              <Story job={job} />
              <JobLog log={job.log} />
            </div>
            <div className="column">
              <About job={job} />
              <Attempts job={job} />
              <Transaction job={job} />
            </div>
          </div>
        </>
      )}
    </Answer>
  );
}

const STATE_CLASSES: Readonly<Record<JobStory["moments"][number]["state"], string>> = {
  done: "moment",
  now: "moment moment-now",
  open: "moment daemon-open",
  unseen: "moment",
  never: "moment daemon-open",
};

function Story({ job: { moments } }: { readonly job: JobStory }) {
  return (
    <Card id="story" title="From event to settlement">
      <ol className="timeline">
        {moments.map(({ moment, state, atMs, isChainTime, tookMs }) => {
          const [title, text] = MOMENT_WORDS[moment];
          return (
            <li key={moment} className={STATE_CLASSES[state]}>
              <p className="moment-title">
                <strong className={state === "open" || state === "never" ? "muted" : undefined}>
                  {title}
                </strong>
                {tookMs !== null && <Badge tone="calm">{`+ ${lengthText(tookMs)}`}</Badge>}
                {state === "now" && <Badge tone="busy">now</Badge>}
                {atMs !== null && (
                  <span className="muted daemon-at">
                    <Time atMs={atMs} />
                    <span> · {clockText(atMs, isChainTime)}</span>
                  </span>
                )}
              </p>
              <p className="muted">
                {state === "done" || state === "unseen" ? text : ""}
                {state === "unseen" && " When, this process did not see: it was started later."}
                {(state === "now" || state === "open") && (WAIT_WORDS[moment] ?? "")}
                {state === "never" && "It did not come to that."}
              </p>
            </li>
          );
        })}
      </ol>
      <p className="muted">
        Lengths are by the machine's monotonic clock; of blocks only whole seconds are known.
      </p>
    </Card>
  );
}

/** A time of the day to the millisecond; a block's to the second. */
function clockText(atMs: number, isChainTime: boolean): string {
  const text = exactText(atMs);
  return isChainTime ? `${text}, the block's` : `${text}.${String(atMs % 1_000).padStart(3, "0")}`;
}

function About({ job }: { readonly job: JobStory }) {
  const {
    execution,
    task,
    taskName,
    cluster,
    clusterName,
    model,
    modelName,
    output,
    contextHash,
    reasonDigest,
  } = job;
  return (
    <Card id="about" title="What it is">
      <Facts
        rows={[
          [
            "Execution",
            <Link key="execution" to={{ view: "execution", id: execution }}>
              execution {execution}
            </Link>,
          ],
          ["Task", <Name key="task" text={taskName ?? ""} fallback={`task ${task}`} />],
          [
            "Cluster",
            cluster === null ? (
              "not known any more"
            ) : (
              <Link key="cluster" to={{ view: "cluster", id: cluster }}>
                <Name text={clusterName ?? ""} fallback={`cluster ${cluster}`} />
              </Link>
            ),
          ],
          [
            "Model",
            model === null ? (
              "not known now"
            ) : (
              <Link key="model" to={{ view: "networkModel", id: model }}>
                <Name text={modelName ?? ""} fallback={`model ${model}`} />
              </Link>
            ),
          ],
          [
            "Answer",
            output === null ? (
              "none yet"
            ) : (
              <span key="output">
                <Hash hex={output.digest} what="the answer's digest" />{" "}
                {output.bytes === null ? "by reference" : plural(output.bytes, "byte")}
              </span>
            ),
          ],
          ["Bound to", <Hash key="context" hex={contextHash} what="the context's hash" />],
          ...(reasonDigest === null
            ? []
            : [["Reason", <Hash key="reason" hex={reasonDigest} what="the reason's digest" />] as const]),
        ]}
      />
      <p>
        <Command line={`pleiad execution show ${execution} --why`} />
      </p>
    </Card>
  );
}

function Attempts({ job: { attempts, attemptsUnseen } }: { readonly job: JobStory }) {
  return (
    <Card id="attempts" title="Attempts">
      {attempts.length === 0 && attemptsUnseen === 0 && <Empty>The agent was not asked yet.</Empty>}
      {attemptsUnseen > 0 && (
        <p className="muted">{plural(attemptsUnseen, "attempt")} before this process was started.</p>
      )}
      <ol className="rows">
        {attempts.map(({ fromMs, tookMs, isRunning, failure }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts only ever come after those that are there.
          <li key={at} className="row daemon-error">
            <Badge tone={isRunning ? "busy" : failure === null ? "good" : "bad"}>
              {isRunning ? "asked" : failure === null ? "answered" : "failed"}
            </Badge>
            <div className="row-text">
              {failure === null ? `Attempt ${attemptsUnseen + at + 1}` : <Fault {...failure} />}
            </div>
            <span className="muted">{tookMs === null ? "" : lengthText(tookMs)}</span>
            <span className="row-time">{fromMs !== null && <Time atMs={fromMs} />}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Transaction({ job: { transaction, inclusion } }: { readonly job: JobStory }) {
  if (transaction === null && inclusion === null)
    return (
      <Card id="transaction" title="Transaction">
        <Empty>There is none yet.</Empty>
      </Card>
    );
  return (
    <Card id="transaction" title="Transaction">
      {transaction === null && <p>Somebody else carried the answer to the chain.</p>}
      <Facts
        rows={[
          ...(transaction === null
            ? []
            : ([
                ["State", transaction.state],
                ["Nonce", countText(transaction.nonce)],
                [
                  "Hash",
                  transaction.hash === null ? (
                    "none"
                  ) : (
                    <Hash key="hash" hex={transaction.hash} what="the transaction" />
                  ),
                ],
                [
                  "Signed",
                  `${plural(transaction.attempts, "time")}, ${plural(transaction.completions, "answer")} in it`,
                ],
                [
                  "Cost",
                  transaction.costWei === null ? (
                    "not mined yet"
                  ) : (
                    <span key="cost">
                      <Amount wei={transaction.costWei} />, {countText(BigInt(transaction.gasUsed ?? "0"))}{" "}
                      gas
                    </span>
                  ),
                ],
              ] as const)),
          ...(inclusion === null
            ? []
            : ([
                ["Block", countText(BigInt(inclusion.blockNumber))],
                [
                  "Accepted in",
                  <Hash key="in" hex={inclusion.transactionHash} what="the accepting transaction" />,
                ],
              ] as const)),
        ]}
      />
      {transaction !== null && transaction.end !== null && <Fault {...transaction.end} />}
    </Card>
  );
}
