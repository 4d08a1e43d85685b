import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createDaemonLog, ERROR_CHARS_MAX, LAST_ERRORS_KEPT } from "../../../node/src/local/daemonLog.ts";
import { LOG_REPEAT_INTERVAL_MS, LOG_REPEATS_REMEMBERED_MAX } from "../../../node/src/local/logRepeats.ts";

function open(level: "info" | "error" = "info") {
  let text = "";
  let nowMs = 0;
  const log = createDaemonLog(
    { log: { level } },
    {
      write(line: string) {
        text += line;
      },
    },
    () => nowMs,
  );
  const lines = () => text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  return { ...log, text: () => text, lines, pass: (ms: number) => (nowMs += ms) };
}

describe("the daemon's log", () => {
  it("keeps the last warnings and errors with their codes, the newest first, and counts them all", () => {
    const { logger, lastErrors, counts } = open();
    logger.info("nothing to see");
    for (let index = 0; index < LAST_ERRORS_KEPT + 2; index++)
      logger.warn({ code: "RPC_TIMEOUT", index }, `warning ${index}`);
    logger.error("without a code");
    const errors = lastErrors();
    expect(errors).to.have.lengthOf(LAST_ERRORS_KEPT);
    expect(errors[0]).to.include({ level: "error", code: null, message: "without a code" });
    expect(errors[1]).to.include({
      level: "warn",
      code: "RPC_TIMEOUT",
      message: `warning ${LAST_ERRORS_KEPT + 1}`,
    });
    expect(counts()).to.deep.equal({ warn: LAST_ERRORS_KEPT + 2, error: 1, fatal: 0 });
  });

  it("writes a warning that says the same once a minute, with the number of those held back, and counts them all", () => {
    const { logger, lastErrors, counts, lines, pass } = open();
    for (let number = 0; number < 5; number++) logger.warn({ code: "RPC_DISAGREEMENT", block: 7n }, "again");
    logger.warn({ code: "RPC_DISAGREEMENT", block: 8n }, "again");
    logger.error({ code: "RPC_DISAGREEMENT", block: 7n }, "again");
    expect(lines().map(({ level, block, suppressed }) => [level, block, suppressed])).to.deep.equal([
      [40, 7, undefined],
      [40, 8, undefined],
      [50, 7, undefined],
    ]);
    expect([lastErrors().length, counts()]).to.deep.equal([3, { warn: 6, error: 1, fatal: 0 }]);
    pass(LOG_REPEAT_INTERVAL_MS);
    logger.info("a word of something else");
    expect(lines()[3]).to.include({ level: 40, msg: "again", code: "RPC_DISAGREEMENT", suppressed: 4 });
    expect(lines()[4]).to.include({ msg: "a word of something else" });
    logger.warn({ code: "RPC_DISAGREEMENT", block: 7n }, "again");
    expect(lines()).to.have.lengthOf(5);
    pass(2 * LOG_REPEAT_INTERVAL_MS);
    logger.warn({ code: "RPC_DISAGREEMENT", block: 7n }, "again");
    expect(lines().slice(5)).to.have.lengthOf(1);
    expect(lines()[5]).to.include({ suppressed: 1 });
    pass(2 * LOG_REPEAT_INTERVAL_MS);
    logger.warn({ code: "RPC_DISAGREEMENT", block: 7n }, "again");
    expect(
      lines()
        .slice(6)
        .map(({ suppressed }) => suppressed),
    ).to.deep.equal([1]);
  });

  it("takes lines for the same that name what they are about, whatever else they say", () => {
    const { logger, lines, pass } = open();
    for (let block = 0; block < 100; block++) logger.error({ limitAs: "block", block }, "contradiction");
    logger.error({ limitAs: "receipt", block: 1 }, "contradiction");
    expect(lines().map(({ block }) => block)).to.deep.equal([0, 1]);
    pass(LOG_REPEAT_INTERVAL_MS);
    logger.error({ limitAs: "block", block: 100 }, "contradiction");
    expect(lines()[2]).to.include({ block: 99, suppressed: 99 });
    expect(lines()).to.have.lengthOf(3);
  });

  it("loses none of those that it holds back where too many different ones are said, and holds no fatal one back", () => {
    const { logger, lines } = open();
    for (let number = 0; number < 3; number++) logger.warn("the first");
    for (let number = 0; number < LOG_REPEATS_REMEMBERED_MAX; number++) logger.warn({ number }, "another");
    expect(lines().find(({ suppressed }) => suppressed !== undefined)).to.include({
      msg: "the first",
      suppressed: 2,
    });
    for (let number = 0; number < 2; number++) logger.fatal("the end");
    expect(lines().filter(({ msg }) => msg === "the end")).to.have.lengthOf(2);
  });

  it("keeps no more than a line of one, without control characters", () => {
    const { logger, lastErrors } = open();
    logger.warn(`first\n\u001b[31m${"x".repeat(2 * ERROR_CHARS_MAX)}`);
    expect(lastErrors()[0]?.message).to.have.lengthOf(ERROR_CHARS_MAX);
    expect(lastErrors()[0]?.message).to.match(/^first \[31mx/);
  });

  it("has nothing of a level that is not logged", () => {
    const { logger, lastErrors, counts } = open("error");
    logger.warn("quiet");
    expect([lastErrors(), counts().warn]).to.deep.equal([[], 0]);
  });

  it("writes no value of a name that says that it is secret, one level deep and at the top", () => {
    const { logger, text } = open();
    const secret = "c4nary";
    logger.error(
      {
        password: secret,
        token: secret,
        headers: { authorization: secret },
        chain: { rpcUrls: [secret] },
        privateKey: secret,
      },
      "a mistake of the program",
    );
    expect(text()).not.to.contain(secret);
    expect(text()).to.contain("(hidden)");
  });

  it("writes the code of an error that is logged as one", () => {
    const { logger, text } = open();
    logger.error({ err: new PleiadError("no", { code: "STORE_FULL" }) }, "a request met a bug");
    expect(JSON.parse(text())).to.nested.include({ "err.code": "STORE_FULL" });
  });
});
