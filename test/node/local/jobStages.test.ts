import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { AgentError } from "../../../node/src/agents/errors.ts";
import { createTerminals } from "../../../node/src/agents/terminals/terminals.ts";
import { createJobStages, JOB_TERMINALS_KEPT } from "../../../node/src/local/jobStages.ts";
import { terminalRight } from "../../../node/src/workspace/face/terminals.ts";
import { until } from "../../fixtures/until.ts";

const USER = `0x${"AA".repeat(20)}` as const;
const logger = pino({ level: "silent" });

describe("terminals of agents that answer tasks", () => {
  it("show what the agent says, to its requester and the operator, and take nothing that is typed", async () => {
    const terminals = createTerminals({ logger });
    const stage = await createJobStages({ terminals, logger }).open({
      execution: 12n,
      index: 1,
      cluster: 7n,
      user: USER,
    });
    stage?.show({ kind: "text", text: "I look into it" });
    stage?.close(new AgentError("AGENT_FAILED", "it broke"));
    const terminal = terminals.find(7n, "12.1");
    if (terminal === undefined) throw new Error("there is no terminal");
    await until("it is shown", () => terminal.text("all").lines.join().includes("I look into it"));
    await until("its end is shown", () => terminal.end()?.why === "failed");
    const user = USER.toLowerCase();
    const other = `0x${"bb".repeat(20)}`;
    expect(
      [
        { kind: "node" } as const,
        { kind: "user", user } as const,
        { kind: "user", user: other } as const,
      ].map((who) => terminalRight(who, terminal)),
    ).to.deep.equal(["view", "view", "nothing"]);
    await terminals.stop();
  });

  it("are kept for a few jobs that have ended, and a job goes on where it can have none", async () => {
    const terminals = createTerminals({ logger });
    const stages = createJobStages({ terminals, logger });
    const job = (execution: bigint) => ({ execution, index: 0, cluster: 7n, user: USER });
    for (let at = 0n; at < JOB_TERMINALS_KEPT + 3; at += 1n) (await stages.open(job(at)))?.close();
    expect(terminals.list(7n).map(({ name }) => name)).to.deep.equal(
      Array.from({ length: JOB_TERMINALS_KEPT }, (_, at) => `${at + 3}.0`),
    );
    const running = await stages.open(job(99n));
    expect(await stages.open(job(99n)), "it has one already").to.equal(undefined);
    running?.close();
    await terminals.stop();
  });
});
