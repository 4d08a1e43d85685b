import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Equivocation } from "../../../node/src/chain/equivocations.ts";
import { createLogRepeats } from "../../../node/src/local/logRepeats.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import {
  createEquivocations,
  PROVE_RETRY_MS_MAX,
  PROVE_SPREAD_MS,
} from "../../../node/src/work/equivocations.ts";
import type { EquivocationProver, ExecutionFacts, SignedMessage } from "../../../node/src/work/ports.ts";
import { logger, manualClock } from "../chain/helpers.ts";
import { completionOf } from "./completions.ts";
import { createFakeChain } from "./fakeChain.ts";
import { CHAIN } from "./world.ts";

const SELF = 1n;
const LIAR = 2n;

type Result = Awaited<ReturnType<EquivocationProver["prove"]>> | PleiadError;
const LATER: Result = { kind: "later", reason: "nothing stands behind the node" };

/** A watcher over a store of its own, which outlives it. */
async function setting() {
  const clock = manualClock();
  const chain = createFakeChain({ nodes: [1n, 2n, 3n] }, { clock });
  const store = await createMemoryStore(CHAIN);
  const handlers = new Set<(message: SignedMessage) => void>();
  const brokenHandlers = new Set<(message: SignedMessage) => void>();
  const tried: Equivocation[] = [];
  const told: unknown[] = [];
  const warned: unknown[] = [];
  const repeats = createLogRepeats({ nowMs: () => clock.monotonicMs() });
  const world = {
    chain,
    book: store.equivocations,
    tried,
    told,
    warned,
    result: LATER as Result,
    facts: undefined as Partial<ExecutionFacts> | undefined,
    say: (message: SignedMessage) => handlers.forEach((handler) => void handler(message)),
    sayBroken: (message: SignedMessage) => brokenHandlers.forEach((handler) => void handler(message)),
    async flush() {
      for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
    async pass(ms: number) {
      await world.flush();
      const endMs = clock.monotonicMs() + ms;
      while (clock.monotonicMs() < endMs) {
        clock.advance(Math.max(0, Math.min(endMs - clock.monotonicMs(), ...clock.waits())));
        await world.flush();
      }
    },
    timers: () => clock.waits(),
    async life() {
      const on =
        (set: Set<(message: SignedMessage) => void>) => (handler: (message: SignedMessage) => void) => {
          set.add(handler);
          return () => set.delete(handler);
        };
      const life = createEquivocations(
        { node: SELF },
        {
          gossip: { onCompletion: on(handlers), onBroken: on(brokenHandlers) },
          chain: {
            ...chain.view,
            execution(id) {
              const facts = chain.view.execution(id);
              return facts === undefined ? undefined : { ...facts, ...world.facts };
            },
          },
          book: store.equivocations,
          prover: {
            async prove(one) {
              tried.push(one as Equivocation);
              if (world.result instanceof PleiadError) throw world.result;
              return world.result;
            },
          },
          clock,
          logger: Object.assign(Object.create(logger), {
            error: (fields: unknown, text: string) => void told.push([text, fields]),
            warn: (...args: unknown[]) =>
              void (repeats.isNew("warn", args, () => undefined) && warned.push(args)),
          }),
        },
      );
      await life.start();
      return life;
    },
  };
  return world;
}

const both = (world: Awaited<ReturnType<typeof setting>>, execution: bigint, node = LIAR, task = 0) =>
  ["one", "two"].map((text) => completionOf(world.chain, execution, { node, task, text }));

describe("createEquivocations", () => {
  it("twoOutputsForOneContext_areKept_andProvenOnce_withoutTheirOutputs", async () => {
    const world = await setting();
    const life = await world.life();
    const execution = world.chain.execute();
    const [one, two] = both(world, execution) as [SignedMessage, SignedMessage];
    world.say(one);
    world.say(two);
    await world.flush();
    const statement = ({ completion, signature }: SignedMessage) => ({ completion, signature });
    const [kept] = await world.book.open();
    expect(kept?.a).to.deep.equal(statement(one));
    expect(kept?.b).to.deep.equal(statement(two));
    expect(world.tried, "each node has its own time").to.deep.equal([]);
    world.result = { kind: "proven" };
    await world.pass(PROVE_SPREAD_MS);
    expect(world.tried.map(({ node }) => node)).to.deep.equal([LIAR]);
    expect(await world.book.open()).to.deep.equal([]);
    world.say(two);
    await world.pass(2 * PROVE_RETRY_MS_MAX);
    expect(world.tried).to.have.length(1);
    expect(world.timers(), "nothing is left to wait for").to.deep.equal([]);
    life.stop();
  });

  it("aCompletionThatBreaksItsCommitment_isEvidence_whicheverCameFirst", async () => {
    for (const brokenFirst of [false, true]) {
      const world = await setting();
      const life = await world.life();
      const [one, two] = both(world, world.chain.execute()) as [SignedMessage, SignedMessage];
      if (brokenFirst) world.sayBroken(two);
      world.say(one);
      if (!brokenFirst) world.sayBroken(two);
      await world.flush();
      expect(await world.book.open(), String(brokenFirst)).to.have.length(1);
      life.stop();
    }
  });

  it("whatIsNotProvenYet_isTriedAgain_lessAndLessOften_alsoAfterARestart", async () => {
    const world = await setting();
    const first = await world.life();
    for (const message of both(world, world.chain.execute())) world.say(message);
    await world.pass(24 * PROVE_RETRY_MS_MAX);
    expect(world.tried.length).to.be.within(24, 40);
    first.stop();
    expect(world.timers()).to.deep.equal([]);
    world.tried.length = 0;
    world.result = { kind: "proven" };
    const second = await world.life();
    expect(await second.openCount()).to.equal(1);
    await world.pass(PROVE_SPREAD_MS);
    expect(world.tried, "by what was kept alone: nobody says it again").to.have.length(1);
    expect(await second.openCount()).to.equal(0);
    second.stop();
  });

  it("aFailureThatMayPass_isTriedAgain_andWhatTheContractRefusesIsNot", async () => {
    const world = await setting();
    const life = await world.life();
    world.result = new PleiadError("no money", { code: "INSUFFICIENT_FUNDS", retryable: true });
    for (const message of both(world, world.chain.execute())) world.say(message);
    await world.pass(PROVE_SPREAD_MS + 15_000);
    expect(world.tried.length).to.be.greaterThan(1);
    expect(await life.openCount()).to.equal(1);
    world.result = new PleiadError("would be refused: the key retired", { code: "SUBMISSION_REFUSED" });
    await world.pass(PROVE_RETRY_MS_MAX);
    expect(await life.openCount()).to.equal(0);
    life.stop();
  });

  it("nothingIsKeptOfAnExecutionThatTheChainDoesNotShow_untilItDoes", async () => {
    const world = await setting();
    const life = await world.life();
    const execution = world.chain.execute();
    const messages = both(world, execution);
    world.chain.rollBackTo(0n);
    for (const message of messages) world.say(message);
    await world.flush();
    expect(await world.book.open(), "anybody can sign about executions that are none").to.deep.equal([]);
    expect(world.chain.execute()).to.equal(execution);
    await world.flush();
    expect(await world.book.open()).to.have.length(1);
    life.stop();
  });

  it("nothingIsSent_beforeTheExecutionIsDeepEnough", async () => {
    const world = await setting();
    const life = await world.life();
    world.facts = { settled: false };
    for (const message of both(world, world.chain.execute())) world.say(message);
    await world.pass(2 * PROVE_SPREAD_MS);
    expect(world.tried).to.deep.equal([]);
    world.facts = undefined;
    await world.pass(PROVE_RETRY_MS_MAX);
    expect(world.tried.length).to.be.greaterThan(0);
    life.stop();
  });

  it("aNodeThatContradictsItselfAllTheTime_fillsNoLog_andEachIsToldOfByALine", async () => {
    const world = await setting();
    const life = await world.life();
    for (let run = 0; run < 20; run += 1)
      for (const liar of [LIAR, 3n])
        for (const message of both(world, world.chain.execute(), liar)) world.say(message);
    await world.flush();
    expect(world.warned).to.have.length(2);
    life.stop();
  });

  it("aSecondVoiceWithItsOwnKey_isToldToTheOperator_andNotProven", async () => {
    const world = await setting();
    const life = await world.life();
    for (const message of both(world, world.chain.execute(), SELF)) world.say(message);
    for (const message of both(world, world.chain.execute(), SELF)) world.say(message);
    await world.flush();
    expect(await world.book.open()).to.deep.equal([]);
    expect(world.told).to.have.length(1);
    life.stop();
  });
});
