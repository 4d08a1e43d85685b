import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createDaemonLog, ERROR_CHARS_MAX, LAST_ERRORS_KEPT } from "../../../node/src/local/daemonLog.ts";

function open(level: "info" | "error" = "info") {
  let text = "";
  const log = createDaemonLog(
    { log: { level } },
    {
      write(line: string) {
        text += line;
      },
    },
  );
  return { ...log, text: () => text };
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
