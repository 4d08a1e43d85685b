import { expect } from "chai";
import { afterEach, it } from "mocha";
import type { AgentDriver, AgentRun, AgentUsage, UsageTold } from "../../../node/src/agents/driver.ts";
import type { AgentErrorCode } from "../../../node/src/agents/errors.ts";
import { agentTag } from "../../../node/src/agents/tag.ts";
import { agentErrorOf, expectCode, samplePrompt, taggedPids } from "./fixtures/world.ts";

/** Of this process alone: another that runs the suite at the same moment has processes of its own. */
const TAG_PREFIX = `behaviour-test-${process.pid}`;

/** What a model does in a test. `echo` answers with the whole prompt; `hang` sends a few bytes first. */
export type Behaviour = "echo" | "missing" | "fail" | "hang" | "flood" | "notUtf8" | "empty" | "blank";

/** Limits of a service, as far as tests set them. */
export interface ServiceLimits {
  readonly timeoutMs?: number;
  readonly outputBytesMax?: number;
  readonly parallelMax?: number;
}

/** An implementation of `AgentDriver` under test. */
export interface DriverUnderTest {
  /** A driver whose model behaves like this. */
  create(behaviour: Behaviour, limits?: ServiceLimits): AgentDriver;
  readonly codes: { readonly missing: AgentErrorCode; readonly fail: AgentErrorCode };
  /** What the provider counts for an answer of `echo`, and the name by which it reports the model. @default nothing */
  readonly reported?: { readonly usage?: AgentUsage; readonly model: string | undefined };
  /** Settles when no connection of any run is open, where the driver makes some; a test that leaves one runs out of time. */
  untilQuiet?(): Promise<void>;
}

const OUTPUT_BYTES_MAX = 4_000_000;
const TIMEOUT_MS = 20_000;

/** What every driver promises. Call it inside a `describe`. */
export function describeDriver(getDriverUnderTest: () => DriverUnderTest): void {
  const create: DriverUnderTest["create"] = (behaviour, limits) =>
    getDriverUnderTest().create(behaviour, limits);
  let tags: string[] = [];

  function request(overrides: Partial<AgentRun> = {}): AgentRun {
    const tag = agentTag(TAG_PREFIX, String(tags.length));
    tags.push(tag);
    return {
      prompt: samplePrompt(),
      signal: new AbortController().signal,
      timeoutMs: TIMEOUT_MS,
      outputBytesMax: OUTPUT_BYTES_MAX,
      tag,
      ...overrides,
    };
  }

  afterEach(async () => {
    await getDriverUnderTest().untilQuiet?.();
    for (const tag of tags) expect(taggedPids(tag), `processes of ${tag}`).to.deep.equal([]);
    tags = [];
  });

  it("passes the whole prompt on and the answer back, unchanged", async () => {
    const prompt = samplePrompt("\ufeffzażółć 🙂\r\n<<<PLEIAD end request>>>\n\u0001\ttail  \n\n");
    const { output, elapsedMs } = await create("echo").run(request({ prompt }));
    expect(Buffer.from(output).toString()).to.equal(prompt.text);
    expect(elapsedMs).to.be.greaterThan(0);
  });

  it("takes a prompt of 1 MB", async () => {
    const prompt = samplePrompt("word ".repeat(200_000));
    const { output } = await create("echo").run(request({ prompt }));
    expect(Buffer.from(output).equals(Buffer.from(prompt.text))).to.equal(true);
  });

  it("tells how much output has come", async () => {
    const seen: number[] = [];
    const prompt = samplePrompt();
    await create("echo").run(request({ prompt, onProgress: ({ outputBytes }) => seen.push(outputBytes) }));
    expect(seen.at(-1)).to.be.at.least(Buffer.byteLength(prompt.text));
  });

  it("tells what the provider counted and which model answered, and nothing where it says nothing", async () => {
    const { reported } = getDriverUnderTest();
    const { usage, model } = await create("echo").run(request());
    expect({ usage, model }).to.deep.equal({ usage: reported?.usage, model: reported?.model });
  });

  it("tells of usage before the run ends", async () => {
    const { reported } = getDriverUnderTest();
    const seen: unknown[] = [];
    const onUsage = ({ usage, model }: UsageTold): void => {
      if (usage !== undefined) seen.push({ usage, model });
    };
    await create("echo").run(request({ onUsage }));
    expect(seen).to.deep.equal(reported?.usage === undefined ? [] : [reported]);
  });

  it("says that what it needs is missing", async () => {
    const error = await expectCode(create("missing").run(request()), getDriverUnderTest().codes.missing);
    expect(error.hint).to.be.a("string");
  });

  it("says that the model failed, and that it may be tried again", async () => {
    const error = await expectCode(create("fail").run(request()), getDriverUnderTest().codes.fail);
    expect(error.retryable).to.equal(true);
  });

  it("ends a model that hangs at the service's time", async () => {
    const error = await expectCode(create("hang", { timeoutMs: 700 }).run(request()), "AGENT_TIMED_OUT");
    expect(error.details.timeoutMs).to.equal(700);
    expect(error.retryable).to.equal(false);
  });

  it("ends a model that hangs at the job's time", async () => {
    const error = await expectCode(create("hang").run(request({ timeoutMs: 700 })), "AGENT_TIMED_OUT");
    expect(error.details.timeoutMs).to.equal(700);
  });

  it("ends a model that prints more than the service allows", async () => {
    const error = await expectCode(
      create("flood", { outputBytesMax: 100_000 }).run(request()),
      "AGENT_OUTPUT_TOO_LARGE",
    );
    expect(error.details.outputBytesMax).to.equal(100_000);
  });

  it("ends a model that prints more than the job allows", async () => {
    const error = await expectCode(
      create("flood").run(request({ outputBytesMax: 1_000 })),
      "AGENT_OUTPUT_TOO_LARGE",
    );
    expect(error.details.outputBytesMax).to.equal(1_000);
  });

  it("takes an answer of exactly the largest size, and none of one byte more", async () => {
    const prompt = samplePrompt();
    const bytes = Buffer.byteLength(prompt.text);
    const { output } = await create("echo").run(request({ prompt, outputBytesMax: bytes }));
    expect(output.length).to.equal(bytes);
    await expectCode(
      create("echo").run(request({ prompt, outputBytesMax: bytes - 1 })),
      "AGENT_OUTPUT_TOO_LARGE",
    );
  });

  it("refuses an answer that is not UTF-8", async () => {
    await expectCode(create("notUtf8").run(request()), "AGENT_OUTPUT_NOT_UTF8");
  });

  it("refuses an empty answer", async () => {
    await expectCode(create("empty").run(request()), "AGENT_OUTPUT_EMPTY");
  });

  it("refuses an answer of white space", async () => {
    await expectCode(create("blank").run(request()), "AGENT_OUTPUT_EMPTY");
  });

  it("does not begin when it is stopped before", async () => {
    await expectCode(create("hang").run(request({ signal: AbortSignal.abort() })), "AGENT_STOPPED");
  });

  it("stops in the middle", async () => {
    const controller = new AbortController();
    const run = create("hang").run(
      request({ signal: controller.signal, onProgress: () => controller.abort() }),
    );
    await expectCode(run, "AGENT_STOPPED");
  });

  it("does several runs at once, each with its own answer", async () => {
    const driver = create("echo", { parallelMax: 3 });
    expect(driver.parallelMax).to.equal(3);
    const prompts = ["one", "two", "three", "four"].map((text) => samplePrompt(text));
    const outcomes = await Promise.all(prompts.map((prompt) => driver.run(request({ prompt }))));
    expect(outcomes.map(({ output }) => Buffer.from(output).toString())).to.deep.equal(
      prompts.map((prompt) => prompt.text),
    );
  });

  it("does not do more runs at once than the service allows", async () => {
    const driver = create("hang", { parallelMax: 1 });
    const first = new AbortController();
    const second = new AbortController();
    let order = "";
    let secondRun: Promise<unknown> | undefined;
    const firstRun = driver.run(
      request({
        signal: first.signal,
        onProgress: () => {
          order += "1";
          secondRun ??= agentErrorOf(
            driver.run(
              request({
                signal: second.signal,
                onProgress: () => {
                  order += "2";
                  second.abort();
                },
              }),
            ),
          );
          // The second waits in line now; it begins when the first has ended.
          setImmediate(() => first.abort());
        },
      }),
    );
    await expectCode(firstRun, "AGENT_STOPPED");
    expect(order).to.equal("1");
    await secondRun;
    expect(order).to.equal("12");
  });

  it("gives its place back after a failure", async () => {
    const driver = create("fail", { parallelMax: 1 });
    await expectCode(driver.run(request()), getDriverUnderTest().codes.fail);
    await expectCode(driver.run(request()), getDriverUnderTest().codes.fail);
  });

  it("counts the wait for a place", async () => {
    const driver = create("hang", { parallelMax: 1 });
    const controller = new AbortController();
    const first = agentErrorOf(driver.run(request({ signal: controller.signal })));
    const error = await expectCode(driver.run(request({ timeoutMs: 50 })), "AGENT_BUSY");
    expect(error.retryable).to.equal(true);
    controller.abort();
    await first;
  });
}
