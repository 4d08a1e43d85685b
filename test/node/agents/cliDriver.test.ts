import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { createCliDriver } from "../../../node/src/agents/cli/driver.ts";
import type { AgentEvent } from "../../../node/src/agents/session.ts";
import { CLI_KINDS, type CliServiceConfig, serviceSchema } from "../../../node/src/config/service.ts";
import { describeDriver } from "./driverBehaviour.ts";
import { fakeCli } from "./fixtures/fakeCli.ts";
import { samplePrompt, temporaryFolder } from "./fixtures/world.ts";

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

    it("works in the folder that it is given, and shows what it does", async () => {
      const workFolder = join(folder.path, "project");
      mkdirSync(workFolder);
      const service = serviceSchema.parse({ kind, program: fakeCli(folder.path, kind, "obey") });
      const driver = createCliDriver(service as CliServiceConfig, {
        scratchFolder: folder.scratch,
        environment: process.env,
        logger: pino({ level: "silent" }),
      });
      const events: AgentEvent[] = [];
      const { output } = await driver.run({
        prompt: { ...samplePrompt(), text: "write result.txt done" },
        signal: new AbortController().signal,
        timeoutMs: 20_000,
        outputBytesMax: 10_000,
        tag: `cli-run-test-${process.pid}:1`,
        workFolder,
        onEvent: (event) => events.push(event),
      });
      expect(Buffer.from(output).toString()).to.equal("wrote result.txt");
      expect(readFileSync(join(workFolder, "result.txt"), "utf8")).to.equal("done");
      expect(events.some((event) => event.kind === "text" && event.text.includes("wrote"))).to.equal(true);
    });
  });
}
