import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { AGENT_GRACE_MS, askAgent } from "../../../node/src/work/askAgent.ts";
import type { Answerer, TaskQuestion } from "../../../node/src/work/ports.ts";
import { failure, manualClock } from "../chain/helpers.ts";

const QUESTION = {
  task: { name: "task" },
  request: new Uint8Array(),
  dependencies: [],
} as unknown as TaskQuestion;

function ask(answer: Answerer["answer"]) {
  const clock = manualClock();
  const stop = new AbortController();
  const asked = askAgent(
    QUESTION,
    { signal: stop.signal, timeoutMs: 1_000, outputBytesMax: 10, job: "7-0" },
    { answerer: { canAnswer: () => true, answer }, clock },
  );
  return { clock, stop, asked };
}

describe("askAgent", () => {
  it("anAnswer_isPassedOn_andLeavesNoTimer", async () => {
    const { clock, asked } = ask(async () => new Uint8Array([1]));
    expect(await asked).to.deep.equal(new Uint8Array([1]));
    expect(clock.waits()).to.deep.equal([]);
  });

  it("aFailure_isPassedOn", async () => {
    const { clock, asked } = ask(async () => {
      throw new PleiadError("no", { code: "AGENT_FAILED" });
    });
    await failure(asked, "AGENT_FAILED");
    expect(clock.waits()).to.deep.equal([]);
  });

  it("aDriverThatIsSilentAfterTheLease_isToldToEnd_andLeft", async () => {
    let signal: AbortSignal | undefined;
    const { clock, asked } = ask((_question, options) => {
      signal = options.signal;
      return new Promise(() => {});
    });
    clock.advance(1_000 + AGENT_GRACE_MS - 1);
    expect(signal?.aborted).to.equal(false);
    clock.advance(1);
    await failure(asked, "AGENT_TIMED_OUT");
    expect(signal?.aborted).to.equal(true);
  });

  it("aDriverThatDoesNotHeedItsSignal_isLeftAfterAWhile", async () => {
    const { clock, stop, asked } = ask(() => new Promise(() => {}));
    const reason = new PleiadError("stopped", { code: "JOB_STOPPED" });
    stop.abort(reason);
    clock.advance(AGENT_GRACE_MS);
    await failure(asked, "JOB_STOPPED");
    expect(clock.waits()).to.deep.equal([]);
  });

  it("aDriverThatFailsAfterItWasLeft_isNoUnhandledFailure", async () => {
    const late = Promise.withResolvers<Uint8Array>();
    const { clock, asked } = ask(() => late.promise);
    clock.advance(1_000 + AGENT_GRACE_MS);
    await failure(asked, "AGENT_TIMED_OUT");
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    late.reject(new Error("much too late"));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(unhandled).to.deep.equal([]);
  });
});
