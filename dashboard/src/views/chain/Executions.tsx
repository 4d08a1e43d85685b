import { useExecutions } from "../../api/queries.ts";
import { Answer } from "../../parts/answers.tsx";
import { Card, Command, Empty } from "../../parts/basics.tsx";
import { ExecutionRows } from "../../parts/executionRows.tsx";
import { useSearch } from "../../router.tsx";
import { countText } from "../../text/amounts.ts";
import { Pager, SearchField, usePages } from "./pages.tsx";
import { Choices } from "./pieces.tsx";
import "./chain.css";

const STATES = { all: undefined, running: "running", ended: "ended" } as const;

/** Executions, page by page. */
export function Executions() {
  const [q] = useSearch("q");
  const [shown = "all"] = useSearch("show");
  const state = STATES[shown as keyof typeof STATES];
  const pages = usePages(`${shown} ${q}`);
  const query = useExecutions({ q, state, before: pages.before });
  return (
    <>
      <h1>Executions</h1>
      <div className="chain-tools">
        <Choices
          label="Which executions"
          name="show"
          chosen={shown}
          of={[
            ["all", "All"],
            ["running", "Running"],
            ["ended", "Ended"],
          ]}
        />
        <SearchField label="Search" hint="number, cluster, requester or state" />
      </div>
      <Answer query={query} what="the executions" isPart>
        {({ executions, next, remembered }) => (
          <Card id="executions" title="The newest first">
            {executions.length > 0 ? (
              <ExecutionRows rows={executions} />
            ) : q !== undefined || shown !== "all" ? (
              <Empty>None of those that this node remembers is like that.</Empty>
            ) : (
              <Empty>
                This node knows of no execution yet. Run one:{" "}
                <Command line="pleiad cluster execute CLUSTER --input FILE" />
              </Empty>
            )}
            <Pager {...pages} next={next} />
            <p className="muted">
              A node remembers all that run and the last that ended, {countText(remembered)} now. The chain
              has all of them: <Command line="pleiad execution show ID" />
            </p>
          </Card>
        )}
      </Answer>
    </>
  );
}
