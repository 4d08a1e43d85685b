import { expect } from "chai";
import { describe, it } from "mocha";
import { createDaemonLog } from "../../../node/src/local/daemonLog.ts";
import {
  createJobLog,
  JOB_LINE_CHARACTERS_MAX,
  JOB_LINES_MAX,
  JOB_LINES_PER_EXECUTION_MAX,
  type JobLine,
} from "../../../node/src/local/jobLog.ts";

const line = (execution: bigint, task: number | undefined, msg: string) =>
  JSON.stringify({ level: 30, time: 5, execution: Number(execution), task, msg });

describe("lines of the log about a job", () => {
  it("are those of its task and of its execution as a whole, as they were written, with secrets hidden", () => {
    let written = "";
    const { logger, jobLog } = createDaemonLog(
      { log: { level: "info" } },
      {
        write(text: string) {
          written += text;
        },
      },
    );
    const told: JobLine[] = [];
    jobLog.onLine((one) => void told.push(one));
    const child = logger.child({ module: "work" });
    child.info({ execution: 12n, task: 0, token: "canary", attempts: 2 }, "job ended");
    child.warn({ execution: 12n, code: "RPC_TIMEOUT" }, "the whole of it");
    logger.info({ execution: 12n, task: 1 }, "another task");
    logger.info({ execution: 13n, task: 0 }, "another execution");
    logger.debug({ execution: 12n, task: 0 }, "of a level that is not logged");
    logger.info({ reason: '"execution":12' }, "words of somebody about an execution");
    expect(written).to.include("another task").and.not.include("canary");
    const lines = jobLog.of({ execution: 12n, task: 0 });
    expect(lines.map(({ level, module, message }) => [level, module, message])).to.deep.equal([
      ["info", "work", "job ended"],
      ["warn", "work", "the whole of it"],
    ]);
    expect(JSON.parse(lines[0]?.fields ?? "")).to.deep.equal({ token: "(hidden)", attempts: 2 });
    expect(told).to.have.lengthOf(4);
  });

  it("are bounded: each, those of one execution, and all together", () => {
    const log = createJobLog();
    log.note(line(1n, 0, "x".repeat(2 * JOB_LINE_CHARACTERS_MAX)));
    expect(log.of({ execution: 1n, task: 0 })[0]?.message.length).to.be.at.most(JOB_LINE_CHARACTERS_MAX);
    for (let at = 0; at <= JOB_LINES_PER_EXECUTION_MAX; at++) log.note(line(1n, 0, `line ${at}`));
    const own = log.of({ execution: 1n, task: 0 });
    expect(own).to.have.lengthOf(JOB_LINES_PER_EXECUTION_MAX);
    expect(own.at(-1)?.message).to.equal(`line ${JOB_LINES_PER_EXECUTION_MAX}`);
    for (let id = 2; id <= JOB_LINES_MAX + 2; id++) log.note(line(BigInt(id), 0, "one"));
    expect(log.of({ execution: 1n, task: 0 })).to.deep.equal([]);
    expect(log.of({ execution: BigInt(JOB_LINES_MAX + 2), task: 0 })).to.have.lengthOf(1);
  });

  it("are none where a line is no JSON or names no execution", () => {
    const log = createJobLog();
    log.note('{"execution":');
    log.note('{"execution":{"nested":1}}');
    expect(log.of({ execution: 1n, task: 0 })).to.deep.equal([]);
  });
});
