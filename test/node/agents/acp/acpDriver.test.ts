import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { AgentEvent } from "../../../../node/src/agents/session.ts";
import { type DriverUnderTest, describeDriver } from "../driverBehaviour.ts";
import { expectCode, samplePrompt, temporaryFolder } from "../fixtures/world.ts";
import { describeSessions } from "../sessionBehaviour.ts";
import { fakeDriver } from "./fixtures.ts";

describe("acp driver", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  describe("behaves like every driver", () => {
    const underTest: DriverUnderTest = {
      create: (behaviour, limits = {}) =>
        fakeDriver(
          folder.scratch,
          { always: behaviour },
          { ...(behaviour === "missing" ? { program: "/nowhere/agent" } : {}), ...limits },
        ),
      codes: { missing: "AGENT_PROGRAM_MISSING", fail: "AGENT_FAILED" },
      reported: { model: "fake-small" },
    };
    describeDriver(() => underTest);
  });

  describe("keeps sessions like every driver of sessions", () => {
    describeSessions(
      () => ({
        create: (beginning, limits = {}) =>
          fakeDriver(
            folder.scratch,
            { beginning },
            { ...(beginning === "missing" ? { program: "/nowhere/agent" } : {}), ...limits },
          ),
        can: { resume: true, cancel: true, ask: true, images: true },
        codes: { notLoggedIn: "AGENT_LOGIN_MISSING" },
      }),
      () => folder.path,
    );
  });
  it("answers with what a coding agent did in the folder that it was given, with leave for nothing", async () => {
    const workFolder = join(folder.path, "project");
    mkdirSync(workFolder);
    const events: AgentEvent[] = [];
    const request = {
      prompt: { ...samplePrompt(), text: "write result.txt done" },
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 10_000,
      tag: `acp-run-test-${process.pid}:1`,
      workFolder,
      onEvent: (event: AgentEvent) => events.push(event),
    };
    const driver = fakeDriver(folder.scratch);
    const outcome = await driver.run(request);
    expect(Buffer.from(outcome.output).toString()).to.equal("wrote result.txt");
    expect(outcome.model).to.equal("fake-small");
    expect(readFileSync(join(workFolder, "result.txt"), "utf8")).to.equal("done");
    const asking = await driver.run({ ...request, prompt: { ...request.prompt, text: "ask may I?" } });
    expect(Buffer.from(asking.output).toString()).to.equal("chosen: no");
    expect(events.at(-2)).to.deep.equal({
      kind: "permission",
      title: "may I?",
      outcome: "rejected",
      option: "No",
    });
  });

  it("fails a run whose agent refuses or gives up, and says that a cut answer is cut", async () => {
    const run = (reason: string) =>
      fakeDriver(folder.scratch).run({
        prompt: { ...samplePrompt(), text: `stop ${reason}` },
        signal: new AbortController().signal,
        timeoutMs: 20_000,
        outputBytesMax: 10_000,
        tag: `acp-run-test-${process.pid}:2`,
      });
    await expectCode(run("refusal"), "AGENT_FAILED");
    await expectCode(run("cancelled"), "AGENT_FAILED");
    expect((await run("max_tokens")).isCut).to.equal(true);
  });
});
