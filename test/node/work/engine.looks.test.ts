import { expect } from "chai";
import { describe, it } from "mocha";
import type { Journal } from "../../../node/src/chain/journal.ts";
import { SWEEP_MS } from "../../../node/src/work/attention.ts";
import { completionOf } from "./completions.ts";
import { inWorld } from "./engineWorld.ts";
import { MODEL } from "./fakeChain.ts";

const DAY_SECONDS = 86_400n;
/** Runs of which node 1 is silent, so that node 2 waits for its window, for a day. */
const WAITING = { dependsOn: [0], windowSeconds: DAY_SECONDS, durationSeconds: 30n * DAY_SECONDS };
const RUNNING = 5_000;
/** Of the sweep, in a block of a second. */
const SWEPT_MAX = Math.ceil((RUNNING * 1_000) / SWEEP_MS);

describe("createEngine: what is looked at", () => {
  it("of5000Executions_aBlockThatConcernsNone_makesItLookAtAFewOnly", async function () {
    this.timeout(60_000);
    await inWorld(async (world) => {
      const node = await world.node(2n);
      world.chain.executeMany(RUNNING, WAITING);
      await world.until(() => world.chain.looks >= RUNNING, "all were looked at once");
      await world.flush();
      for (let block = 0; block < 10; block++) {
        const looks = world.chain.looks;
        await world.pass(1_000);
        world.chain.block();
        await world.flush();
        expect(world.chain.looks - looks, `looks in block ${block}`).to.be.at.most(SWEPT_MAX);
      }
      const looks = world.chain.looks;
      const one = world.chain.execute(WAITING);
      world.say(completionOf(world.chain, 17n, { node: 1n, task: 0, text: "an answer" }));
      await world.flush();
      expect(world.chain.looks - looks, "the new one, and the one that was heard of").to.equal(2);
      expect(node.engine.waits(one)).to.deep.equal([]);
    })();
  });

  it(
    "blocksThatConcernNone_readNoJobOfTheJournal",
    inWorld(async (world) => {
      const reads: string[] = [];
      const watched = (journal: Journal): Journal => ({
        ...journal,
        jobs: {
          ...journal.jobs,
          get(key) {
            reads.push(`job ${key.execution}/${key.task}`);
            return journal.jobs.get(key);
          },
          live() {
            reads.push("all live jobs");
            return journal.jobs.live();
          },
        },
      });
      const node = await world.node(2n, { journal: watched });
      node.holdSettlements = true;
      world.chain.execute({ dependsOn: [0, 0], windowSeconds: 1n });
      world.chain.execute(WAITING);
      await world.pass(3_000);
      world.chain.block(3n);
      await world.until(() => node.signed.length > 0, "it has a job that is signed");
      await world.flush();
      reads.splice(0);
      for (let block = 0; block < 5; block++) {
        world.chain.block(0n);
        await world.flush();
      }
      expect(reads).to.deep.equal([]);
    }),
  );

  it(
    "aBlockWhoseTimeJumps_opensTheWindowsUpToIt_atOnce",
    inWorld(async (world) => {
      const node = await world.node(2n);
      world.chain.executeMany(3, WAITING);
      await world.flush();
      world.chain.executeMany(3, { ...WAITING, windowSeconds: 2n * DAY_SECONDS });
      await world.flush();
      const looks = world.chain.looks;
      world.chain.block(DAY_SECONDS);
      await world.flush();
      expect(node.asked).to.have.length(3);
      // Each of them again for its answer, its settlement and what became of that.
      expect(world.chain.looks - looks).to.be.at.least(3);
    }),
  );

  it(
    "aBlockWhoseTimeIsBeyondTheDeadline_endsWhatIsDoneForIt",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = (_question, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      world.chain.execute({ durationSeconds: 100n });
      await world.until(() => node.asked.length === 1, "it works on it");
      world.chain.block(101n);
      await world.until(() => node.engine.activeJobs() === 0, "it stops");
    }),
  );

  it(
    "aDeadlineThatPassesWithoutABlock_endsWhatIsDoneForIt",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = (_question, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      world.chain.execute({ durationSeconds: 100n });
      await world.until(() => node.asked.length === 1, "it works on it");
      await world.pass(102_000);
      expect(node.engine.activeJobs()).to.equal(0);
    }),
  );

  it(
    "aModelThatChanges_isReasonToLookAtWhatUsesIt_andAnotherOneIsNot",
    inWorld(async (world) => {
      await world.node(2n);
      world.chain.executeMany(4, WAITING);
      await world.flush();
      const looks = world.chain.looks;
      world.chain.moveStanding({ kind: "model", id: MODEL + 1n });
      await world.flush();
      expect(world.chain.looks - looks).to.equal(0);
      world.chain.moveStanding({ kind: "model", id: MODEL });
      await world.flush();
      expect(world.chain.looks - looks).to.equal(4);
    }),
  );

  it(
    "aNodeThatChanges_isReasonToLookAtAll_whereItIsThisOne_elseAtWhatSomethingWasHeardOf",
    inWorld(async (world) => {
      await world.node(2n);
      const ids = world.chain.executeMany(4, WAITING);
      world.say(completionOf(world.chain, ids[1] ?? 0n, { node: 3n, task: 0, text: "too early" }));
      await world.flush();
      const looks = world.chain.looks;
      world.chain.moveStanding({ kind: "node", id: 3n });
      await world.flush();
      expect(world.chain.looks - looks).to.equal(1);
      world.chain.moveStanding({ kind: "node", id: 2n });
      await world.flush();
      expect(world.chain.looks - looks).to.equal(5);
    }),
  );

  it(
    "asBlocksCome_eachExecutionIsLookedAtInTurn_onceInTheTimeOfASweep",
    inWorld(async (world) => {
      await world.node(2n);
      world.chain.executeMany(100, WAITING);
      await world.flush();
      const looks = world.chain.looks;
      for (let passedMs = 0; passedMs < SWEEP_MS; passedMs += 10_000) {
        await world.pass(10_000);
        world.chain.block(10n);
        await world.flush();
      }
      expect(world.chain.looks - looks).to.be.within(60, 100);
    }),
  );
});
