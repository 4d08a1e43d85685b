import { useExecution } from "../../api/queries.ts";
import type { ExecutionAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Card, Facts, Hash, Name, Time } from "../../parts/basics.tsx";
import { Progress, StateBadge } from "../../parts/executionRows.tsx";
import { Link } from "../../router.tsx";
import { amountText } from "../../text/amounts.ts";
import { chainMs, spanText } from "../../text/times.ts";
import { ExecutionTasks } from "./ExecutionTasks.tsx";
import { TextOf } from "./ExecutionText.tsx";
import { ExecutionTimeline } from "./ExecutionTimeline.tsx";
import { ExecutionVerify } from "./ExecutionVerify.tsx";
import "./chain.css";

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
              <Response execution={execution} />
              <ExecutionTimeline execution={execution} />
              <ExecutionTasks execution={execution} />
            </div>
            <div className="column">
              <About execution={execution} />
              <ExecutionVerify execution={execution} />
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

/** What came of it: the output of the task whose digest the chain took as the response. */
function Response({
  execution: { state, responseDigest, taskList },
}: {
  readonly execution: ExecutionAnswer;
}) {
  const last = taskList?.findLast(
    ({ completion }) => completion?.output.digest === responseDigest,
  )?.completion;
  if (state !== "Succeeded" || last === undefined || last === null) return null;
  return (
    <Card id="response" title="Response">
      <TextOf text={last.output} label="Text of the response" />
    </Card>
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
          [
            "Version",
            <Link key="version" to={{ view: "versions", id: cluster }} search={{ of: version }}>
              {version}
            </Link>,
          ],
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
