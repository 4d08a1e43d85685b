import type { Context } from "mocha";
import { after, before, beforeEach, describe } from "mocha";
import { pino } from "pino";
import { createCliDriver } from "../../../node/src/agents/cli/driver.ts";
import { CLI_KINDS, type CliServiceConfig, serviceSchema } from "../../../node/src/config/service.ts";
import { fakeCli } from "./fixtures/fakeCli.ts";
import { temporaryFolder } from "./fixtures/world.ts";
import { type Beginning, describeSessions } from "./sessionBehaviour.ts";

/** How a fake begins; one that runs for a turn at a time is asked for its version alone when a session is opened. */
const BEGINNINGS: Readonly<Record<Exclude<Beginning, "missing">, { claude: string; others: string }>> = {
  ready: { claude: "obey", others: "obey" },
  exits: { claude: "exit", others: "exit" },
  mute: { claude: "silent", others: "silentVersion" },
  notLoggedIn: { claude: "loggedOut", others: "notLoggedIn" },
};

/**
 * What only a program can promise that runs from `open` to `close`. The others run for one turn at a time: between two turns
 * nothing of them is there. `cliDriver.test.ts` says what they do instead.
 */
const FOR_LONG_LIVED_ONLY = [
  "in order, and answers with what it said last",
  "passes no token of a tool in an argument",
  "does not begin without its tools",
  "where a turn cannot be stopped otherwise",
  "says why a program does not get ready",
  "is lost when its guard is killed",
  "takes the children along",
  "resumes a session whose process is gone",
];

for (const kind of CLI_KINDS) {
  describe(`cli sessions: ${kind} behaves like every driver`, function () {
    this.timeout(30_000);
    let folder: ReturnType<typeof temporaryFolder>;
    before(() => {
      folder = temporaryFolder();
    });
    after(() => folder.remove());
    beforeEach(function (this: Context) {
      const title = this.currentTest?.title ?? "";
      if (kind !== "claude" && FOR_LONG_LIVED_ONLY.some((part) => title.includes(part))) this.skip();
    });

    describeSessions(
      () => ({
        create(beginning, limits = {}) {
          const program =
            beginning === "missing"
              ? `/nowhere/${kind}`
              : fakeCli(folder.path, kind, BEGINNINGS[beginning][kind === "claude" ? "claude" : "others"]);
          const service = serviceSchema.parse({ kind, program, ...limits }) as CliServiceConfig;
          return createCliDriver(service, {
            scratchFolder: folder.scratch,
            environment: { ...process.env, CANARY_OF_SESSIONS: "planted" },
            logger: pino({ level: "silent" }),
          });
        },
        can: { resume: true, cancel: true, ask: false, images: kind !== "gemini" && kind !== "qwen" },
        codes: { notLoggedIn: "AGENT_LOGIN_MISSING" },
      }),
      () => folder.path,
    );
  });
}
