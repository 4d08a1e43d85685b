import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { stringToBytes } from "viem";
import { AROUND_WAIT_MS, createLookAround } from "../../../node/src/work/lookAround.ts";
import type { Around, AroundWhat, Surroundings } from "../../../node/src/work/ports.ts";
import { logger, manualClock } from "../chain/helpers.ts";
import { inWorld } from "./engineWorld.ts";
import { CLUSTER, createFakeChain, digestOf, REQUESTER } from "./fakeChain.ts";
import { plainAnswer } from "./world.ts";

const SAID = [{ author: "ada", text: "hello" }];
const NOTHING: Around = { messages: [], memories: [], rules: undefined };
const THREAD = digestOf("a thread");

const whole: Surroundings = {
  messages: async () => SAID,
  memories: async () => [],
  rules: async () => "Be brief.",
};

/** Looks around for the first task of an execution. */
async function look(surroundings: Surroundings | undefined, quorum = 1) {
  const clock = manualClock();
  const chain = createFakeChain({ nodes: [1n] }, { clock });
  const id = chain.execute({ thread: THREAD, quorums: [quorum] });
  const facts = chain.view.execution(id);
  const task = (await chain.view.version(CLUSTER, id)).tasks[0];
  if (facts === undefined || task === undefined) throw new Error("it was just made");
  const around = createLookAround({ surroundings, clock, logger });
  return { clock, around, found: around.of(facts, task, stringToBytes("a request")) };
}

describe("lookAround", () => {
  it("of_aWorkspaceThatAnswers_tellsAllOfIt", async () => {
    const asked: AroundWhat[] = [];
    const noted: Surroundings = {
      ...whole,
      async messages(what) {
        asked.push(what);
        return SAID;
      },
    };
    const { around, found, clock } = await look(noted);
    expect(await found).to.deep.equal({ messages: SAID, memories: [], rules: "Be brief." });
    expect(asked).to.deep.equal([
      {
        cluster: CLUSTER,
        execution: 1n,
        user: REQUESTER,
        thread: THREAD,
        agent: 0n,
        request: stringToBytes("a request"),
      },
    ]);
    expect(around.counts().messages).to.deep.equal({ found: 1, none: 0, failed: 0, late: 0 });
    expect(around.counts().memories).to.deep.equal({ found: 0, none: 1, failed: 0, late: 0 });
    expect(clock.waits(), "timers that are left").to.deep.equal([]);
  });

  it("of_onePartThatFails_tellsTheOthersAndCountsIt", async () => {
    const failing = async () => {
      throw new PleiadError("not open", { code: "CLUSTER_NOT_OPEN", retryable: true });
    };
    const { around, found } = await look({ ...whole, messages: failing });
    expect(await found).to.deep.equal({ ...NOTHING, rules: "Be brief." });
    expect(around.counts().messages.failed).to.equal(1);
  });

  it("of_onePartThatNeverComes_waitsNoLongerThanItsLimit", async () => {
    const { around, found, clock } = await look({ ...whole, memories: () => new Promise(() => {}) });
    clock.advance(AROUND_WAIT_MS - 1);
    const early = await Promise.race([found, new Promise((resolve) => setImmediate(resolve, "waits"))]);
    expect(early).to.equal("waits");
    clock.advance(1);
    expect(await found).to.deep.equal({ messages: SAID, memories: [], rules: "Be brief." });
    expect(around.counts().memories.late).to.equal(1);
  });

  it("of_aTaskOnWhichNodesMustAgree_tellsNothing", async () => {
    const { around, found } = await look(whole, 2);
    expect(await found).to.deep.equal(NOTHING);
    expect(around.counts().messages.found).to.equal(0);
  });

  it("of_noWorkspace_tellsNothing", async () => {
    const { around, found } = await look(undefined);
    expect(await found).to.deep.equal(NOTHING);
    expect(around.counts().rules).to.deep.equal({ found: 0, none: 0, failed: 0, late: 0 });
  });

  it(
    "engine_withAWorkspace_asksItsAgentWithWhatThatHolds",
    inWorld(async ({ chain, flush, node }) => {
      const one = await node(1n, { modules: { surroundings: whole } });
      const told: (Around | undefined)[] = [];
      one.answer = (question, options) => {
        told.push(question.around);
        return plainAnswer(question, options);
      };
      chain.execute({ dependsOn: [0], thread: THREAD });
      await flush();
      expect(told).to.deep.equal([{ messages: SAID, memories: [], rules: "Be brief." }]);
      expect(one.engine.lookedAround().rules.found).to.equal(1);
    }),
  );
});
