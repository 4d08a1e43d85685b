import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import type { AgentDriver, AgentRun } from "../../../node/src/agents/driver.ts";
import { createDriver } from "../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../node/src/config/service.ts";
import type { Behaviour, DriverUnderTest, ServiceLimits } from "./driverBehaviour.ts";
import { describeDriver } from "./driverBehaviour.ts";
import { agentProgram, expectCode, samplePrompt, temporaryFolder } from "./fixtures/world.ts";

/** Of this process alone: what is left under a tag is ended with its run, also by tests of another checkout. */
const TAG_PREFIX = `command-test-${process.pid}`;

describe("command driver", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  function driverOf(service: object, environment: NodeJS.ProcessEnv = process.env): AgentDriver {
    return createDriver(serviceSchema.parse({ kind: "command", ...service }), {
      scratchFolder: folder.scratch,
      environment,
      logger: pino({ level: "silent" }),
    });
  }
  const agent = (...args: string[]) => ({ program: process.execPath, args: [agentProgram, ...args] });
  const request = (overrides: Partial<AgentRun> = {}): AgentRun => ({
    prompt: samplePrompt(),
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    outputBytesMax: 100_000,
    tag: `${TAG_PREFIX}:1`,
    ...overrides,
  });
  const answer = async (driver: AgentDriver, overrides: Partial<AgentRun> = {}): Promise<string> =>
    Buffer.from((await driver.run(request(overrides))).output).toString();

  describe("behaves like every driver", () => {
    const underTest: DriverUnderTest = {
      create: (behaviour: Behaviour, limits: ServiceLimits = {}) =>
        driverOf({
          ...(behaviour === "missing" ? { program: "/nowhere/model" } : agent(behaviour)),
          ...limits,
        }),
      codes: { missing: "AGENT_PROGRAM_MISSING", fail: "AGENT_FAILED" },
    };
    describeDriver(() => underTest);
  });

  it("names the program that is missing", async () => {
    for (const program of ["/nowhere/model", "no-such-program-anywhere", folder.path, agentProgram]) {
      const error = await expectCode(driverOf({ program }).run(request()), "AGENT_PROGRAM_MISSING");
      expect(error.message).to.contain(program);
      expect(error.retryable).to.equal(false);
    }
  });

  it("finds a bare name in PATH", async () => {
    expect(await answer(driverOf({ program: "cat" }))).to.equal(samplePrompt().text);
  });

  it("tells the exit code and the last words, without secrets and terminal codes", async () => {
    const environment = { ...process.env, PLANTED_SECRET: "sk-planted-secret" };
    const service = { ...agent("fail"), environment: ["PLANTED_SECRET"] };
    const error = await expectCode(driverOf(service, environment).run(request()), "AGENT_FAILED");
    expect(error.details.exitCode).to.equal(3);
    expect(error.retriesMax).to.equal(1);
    expect(error.details.stderrTail).to.match(/^x+the reason: \[redacted\]\n$/);
    expect(String(error.details.stderrTail).length).to.be.at.most(2_048);
    expect(error.message).to.match(/ended with exit code 3: …x+the reason: \[redacted\]$/);
    expect(error.message.length).to.be.at.most(agentProgram.length + process.execPath.length + 450);
    expect(JSON.stringify(error.details) + error.message).not.to.contain("sk-planted-secret");
  });

  it("tells the signal that ended the program", async () => {
    const error = await expectCode(driverOf(agent("crash")).run(request()), "AGENT_FAILED");
    expect(error.details).to.include({ exitCode: null, exitSignal: "SIGSEGV" });
  });

  it("starts no shell: arguments arrive as they are", async () => {
    const args = [
      "a b",
      "; touch injected",
      "$(touch injected)",
      "`id`",
      "'\"",
      "*",
      "&& false",
      "",
      "--x=\n",
    ];
    const world = JSON.parse(await answer(driverOf(agent("world", ...args))));
    expect(world.args).to.deep.equal(args);
    expect(world.files).to.deep.equal([]);
  });

  it("takes a program's name as a name, not as a command", async () => {
    await expectCode(driverOf({ program: "cat; true" }).run(request()), "AGENT_PROGRAM_MISSING");
  });

  it("shows an agent nothing of the daemon's environment but what the operator named", async () => {
    const environment = {
      ...process.env,
      CANARY: "planted",
      NODE_OPTIONS: "--no-warnings",
      MODEL_KEY: "wanted",
      PLEIAD_PASSWORD: "planted",
    };
    const service = { ...agent("world"), environment: ["MODEL_KEY", "NOT_SET"] };
    const world = JSON.parse(await answer(driverOf(service, environment)));
    expect(Object.keys(world.environment).sort()).to.deep.equal([
      "HOME",
      "LANG",
      "MODEL_KEY",
      "PATH",
      "PLEIAD_AGENT_TAG",
      "TMPDIR",
    ]);
    expect(world.environment.MODEL_KEY).to.equal("wanted");
    expect(world.environment.PLEIAD_AGENT_TAG).to.equal(`${TAG_PREFIX}:1`);
  });

  it("starts each agent in a private folder of its own, with its own home", async () => {
    const driver = driverOf({ ...agent("world"), parallelMax: 2 });
    // A tag is a job's: what is left under it is ended with the run.
    const answers = await Promise.all([answer(driver), answer(driver, { tag: `${TAG_PREFIX}:2` })]);
    const [one, two] = answers.map((text) => JSON.parse(text));
    expect(one.folder).not.to.equal(two.folder);
    expect(one.folderMode).to.equal("700");
    expect(one.files).to.deep.equal([]);
    expect(one.environment.HOME).to.contain(folder.scratch);
    expect(one.environment.TMPDIR).to.contain(folder.scratch);
    expect(one.environment.HOME).not.to.equal(two.environment.HOME);
  });

  it("lets the operator give the real home", async () => {
    const environment = { ...process.env, HOME: "/home/operator" };
    const world = JSON.parse(
      await answer(driverOf({ ...agent("world"), environment: ["HOME"] }, environment)),
    );
    expect(world.environment.HOME).to.equal("/home/operator");
  });

  it("does not mind a program that never reads a prompt of 1 MB", async () => {
    const prompt = samplePrompt("word ".repeat(200_000));
    const { output } = await driverOf(agent("deaf")).run(request({ prompt }));
    expect(Buffer.from(output).toString()).to.equal("answer without reading\n");
  });

  it("removes read-only folders that an agent leaves", async () => {
    expect(await answer(driverOf(agent("readOnly")))).to.equal("answer\n");
  });

  it("says that the machine refuses when its folder cannot be made", async () => {
    const path = join(folder.path, "a-file");
    writeFileSync(path, "");
    const driver = createDriver(serviceSchema.parse({ kind: "command", ...agent("echo") }), {
      scratchFolder: join(path, "scratch"),
      environment: process.env,
      logger: pino({ level: "silent" }),
    });
    const error = await expectCode(driver.run(request()), "AGENT_START_FAILED");
    expect(error.retryable).to.equal(true);
    expect(error.details.errorCode).to.equal("EEXIST");
  });

  it("refuses a run without a proper tag", async () => {
    await expectCode(driverOf(agent("echo")).run(request({ tag: "x" })), "AGENT_TAG_INVALID");
  });

  it("works in a folder with spaces in its name", async () => {
    const scratchFolder = join(folder.path, "a folder with spaces; and more");
    mkdirSync(scratchFolder);
    const driver = createDriver(serviceSchema.parse({ kind: "command", ...agent("echo") }), {
      scratchFolder,
      environment: process.env,
      logger: pino({ level: "silent" }),
    });
    expect(await answer(driver)).to.equal(samplePrompt().text);
    rmSync(scratchFolder, { recursive: true });
  });
});
