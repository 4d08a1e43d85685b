import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { COMPANY_ITEMS_ENOUGH, PATIENCE_MS_MAX } from "../../../node/src/work/company.ts";
import { completionOf } from "./completions.ts";
import { inWorld } from "./engineWorld.ts";
import { plainAnswer } from "./world.ts";

describe("createEngine: settlements", () => {
  const alone = { nodes: [1n] };

  it(
    "aSettlementThatFailsAgainAndAgain_isTriedLessAndLessOften_andAtLastDone",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      const execution = world.chain.execute();
      const refuseAll = async (forMs: number) => {
        for (let passedMs = 0; passedMs < forMs; passedMs += 250) {
          for (const one of node.pending.splice(0))
            one.refuse(new PleiadError("no money", { code: "INSUFFICIENT_FUNDS", retryable: true }));
          await world.pass(250);
          if (passedMs % 2_000 === 0) world.chain.block();
        }
      };
      await world.flush();
      await refuseAll(300_000);
      expect(node.settled.length).to.be.greaterThan(5).and.lessThan(25);
      node.holdSettlements = false;
      for (const one of node.pending.splice(0)) one.mine();
      await world.pass(30_000);
      expect(world.chain.execution(execution).running).to.equal(false);
    }, alone),
  );

  it(
    "whileATransactionIsNotMined_theSameIsNotSentAgain",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      const execution = world.chain.execute();
      await world.flush();
      for (let block = 0; block < 20; block++) {
        world.chain.block();
        await world.pass(5_000);
      }
      expect(node.settled).to.have.length(1);
      node.pending[0]?.mine({ quietly: true });
      await world.flush();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "noise" }));
      await world.flush();
      expect(node.settled, "mined, and not seen yet").to.have.length(1);
      world.chain.show();
      await world.pass(60_000);
      expect(node.settled).to.have.length(1);
    }, alone),
  );

  it(
    "aTransactionThatIsStuck_doesNotHoldUpAnotherExecution",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      world.chain.execute();
      await world.flush();
      node.holdSettlements = false;
      const other = world.chain.execute();
      await world.pass(PATIENCE_MS_MAX);
      expect(world.chain.execution(other).running).to.equal(false);
      expect(world.chain.execution(1n).running).to.equal(true);
      node.pending[0]?.mine();
      await world.flush();
      expect(world.chain.execution(1n).running).to.equal(false);
    }, alone),
  );

  it(
    "whileOneIsOnItsWay_whatComesGathers_andGoesTogetherOnceThatOneIsMined",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      world.chain.execute();
      await world.flush();
      node.holdSettlements = false;
      const others = [world.chain.execute(), world.chain.execute(), world.chain.execute()];
      await world.flush();
      expect(node.settled, "the first alone is on its way").to.have.length(1);
      node.pending[0]?.mine();
      await world.flush();
      expect(node.settled, "the three others share one").to.have.length(2);
      expect(node.settled[1]?.map(({ completion }) => completion.execution)).to.have.members(
        others.flatMap((id) => [id, id, id]),
      );
    }, alone),
  );

  it(
    "whileOneIsOnItsWay_companyEnough_goesAtOnce",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      world.chain.execute();
      await world.flush();
      node.holdSettlements = false;
      for (let i = 0; i * 3 < COMPANY_ITEMS_ENOUGH; i++) world.chain.execute();
      await world.flush();
      expect(node.settled).to.have.length(2);
      expect(node.settled[1]?.length).to.be.at.least(COMPANY_ITEMS_ENOUGH);
    }, alone),
  );

  it(
    "moreThanOneTransactionHolds_goesIntoSeveral_inOrder",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 32 });
      node.answer = async ({ task }) => new Uint8Array(8_192).fill(65 + Number(task.name.split(" ")[1]));
      const execution = world.chain.execute({
        dependsOn: Array.from({ length: 20 }, (_, i) => (i === 0 ? 0 : 1 << (i - 1))),
      });
      await world.pass(60_000);
      expect(world.chain.execution(execution).running).to.equal(false);
      expect(node.settled.length).to.equal(2);
      for (const items of node.settled) {
        const bytes = items.reduce((sum, { output }) => sum + output.length, 0);
        expect(bytes).to.be.at.most(98_304);
      }
    }, alone),
  );

  it(
    "looksThatNeverEnd_doNotKeepTheDueFromBeingSent",
    inWorld(async (world) => {
      const listeners = new Set<(execution: bigint | undefined) => void>();
      const { view } = world.chain;
      let looks = 0;
      const node = await world.node(1n, {
        modules: {
          chain: {
            ...view,
            onChange(handler) {
              listeners.add(handler);
              return view.onChange(handler);
            },
            version(cluster, version) {
              // Whenever one execution is looked at, something happens to all the others.
              if (looks++ < 500)
                for (const listener of listeners) for (const id of view.running()) listener(id);
              return view.version(cluster, version);
            },
          },
        },
      });
      for (let run = 0; run < 3; run++) world.chain.execute({ dependsOn: [0] });
      await world.until(() => node.settled.length > 0, "something is sent");
      expect(looks).to.be.lessThan(300);
      await world.flush();
    }, alone),
  );

  it(
    "failedPublishing_stopsNothing",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.publishFailure = new PleiadError("nobody is there", { code: "PUBLISH_FAILED", retryable: true });
      const execution = world.chain.execute();
      await world.flush();
      expect(world.chain.execution(execution).running).to.equal(false);
      expect(node.engine.find([execution])).to.have.length(3);
    }, alone),
  );

  it(
    "aFullDisk_stopsTheWork_andItGoesOnWhenThereIsRoom",
    inWorld(async (world) => {
      let isFull = false;
      const node = await world.node(1n, {
        journal: (journal) => ({
          ...journal,
          jobs: new Proxy(journal.jobs, {
            get(jobs, name) {
              const value: unknown = Reflect.get(jobs, name);
              if (typeof value !== "function" || name === "get") return value;
              return async (...args: unknown[]) => {
                if (isFull) throw new PleiadError("no space left", { code: "STORE_FULL", retryable: true });
                return value.apply(jobs, args) as unknown;
              };
            },
          }),
        }),
      });
      node.answer = async (question, options) => {
        if (node.asked.length === 1) isFull = true;
        return plainAnswer(question, options);
      };
      const execution = world.chain.execute();
      await world.pass(5_000);
      world.chain.block();
      await world.pass(5_000);
      expect(node.signed).to.deep.equal([]);
      expect(node.settled).to.deep.equal([]);
      isFull = false;
      await world.pass(60_000);
      expect(world.chain.execution(execution).running).to.equal(false);
      expect((await node.job(execution, 0))?.failures, "the agent is not to blame").to.deep.equal([]);
    }, alone),
  );

  it(
    "aConflictWithWhatWasSignedBefore_failsTheTask_andIsNeverSigned",
    inWorld(async (world) => {
      const node = await world.node(1n);
      const gate = Promise.withResolvers<void>();
      node.answer = async (question, options) => {
        await gate.promise;
        return plainAnswer(question, options);
      };
      const execution = world.chain.execute();
      await world.flush();
      const contextHash = (await node.job(execution, 0))?.contextHash ?? "0x";
      const outputDigest = keccak256(stringToBytes("what it signed in a life that is forgotten"));
      const context = { chainId: 31_337, contract: "0x5FbDB2315678afecb367f032d93F642f64180aa3" } as const;
      await node.journal.signings.checkAndRecordSigning({
        ...context,
        execution,
        task: 0,
        contextHash,
        outputDigest,
      });
      gate.resolve();
      await world.pass(120_000);
      expect(node.signed).to.deep.equal([]);
      expect(node.asked).to.have.length(1);
      expect((await node.job(execution, 0))?.end?.code).to.equal("SIGNING_CONFLICT");
    }, alone),
  );
});
