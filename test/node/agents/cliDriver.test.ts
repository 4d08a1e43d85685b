import { after, before, describe } from "mocha";
import { pino } from "pino";
import { createCliDriver } from "../../../node/src/agents/cli/driver.ts";
import { CLI_KINDS, type CliServiceConfig, serviceSchema } from "../../../node/src/config/service.ts";
import { describeDriver } from "./driverBehaviour.ts";
import { fakeCli } from "./fixtures/fakeCli.ts";
import { temporaryFolder } from "./fixtures/world.ts";

/** Kinds whose programs say which model answered. */
const NAMES_MODEL: ReadonlySet<string> = new Set(["claude", "gemini", "qwen"]);

for (const kind of CLI_KINDS) {
  describe(`cli driver: ${kind} behaves like every driver`, function () {
    this.timeout(30_000);
    let folder: ReturnType<typeof temporaryFolder>;
    before(() => {
      folder = temporaryFolder();
    });
    after(() => folder.remove());

    describeDriver(() => ({
      create(behaviour, limits = {}) {
        const program = behaviour === "missing" ? `/nowhere/${kind}` : fakeCli(folder.path, kind, behaviour);
        const service = serviceSchema.parse({ kind, program, ...limits }) as CliServiceConfig;
        return createCliDriver(service, {
          scratchFolder: folder.scratch,
          environment: process.env,
          logger: pino({ level: "silent" }),
        });
      },
      codes: { missing: "AGENT_PROGRAM_MISSING", fail: "AGENT_FAILED" },
      // Of these programs some name their model.
      reported: {
        usage: { inputTokens: 100, outputTokens: 20 },
        model: NAMES_MODEL.has(kind) ? "fake-model" : undefined,
      },
    }));
  });
}
