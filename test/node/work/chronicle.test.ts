import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToString, type Hex, keccak256, stringToBytes } from "viem";
import { createChronicle, POST_RETRY_MS_MIN, POST_TRIES_MAX } from "../../../node/src/work/chronicle.ts";
import type { ThreadPost } from "../../../node/src/work/ports.ts";
import { logger } from "../chain/helpers.ts";
import { inWorld, three } from "./engineWorld.ts";
import { digestOf } from "./fakeChain.ts";
import type { World } from "./world.ts";

const THREAD = digestOf("a thread");
const notOpen = (retryable: boolean) => new PleiadError("not now", { code: "CLUSTER_NOT_OPEN", retryable });

/** A chronicle of a node, and what it posts. */
function chronicleOf({ chain, clock }: World, node: bigint, blobs = new Map<Hex, Uint8Array>()) {
  const posts: ThreadPost[] = [];
  const fake = {
    posts,
    failure: undefined as PleiadError | undefined,
    tries: 0,
    chronicle: createChronicle(
      { node },
      {
        chain: chain.view,
        blobs: { get: async (digest) => blobs.get(digest) },
        threads: {
          async post(post) {
            fake.tries += 1;
            if (fake.failure !== undefined) throw fake.failure;
            posts.push(post);
            return true;
          },
        },
        clock,
        logger,
      },
    ),
    /** What was posted, in short. */
    told: () =>
      posts.map(({ execution, what, bytes }) => [
        execution,
        what.kind === "request" ? "request" : `${what.task} by ${what.agent}`,
        bytesToString(bytes),
      ]),
  };
  return fake;
}

describe("chronicle", () => {
  it(
    "run_ofThreeNodes_isWrittenOnceByWhoAnsweredEachTask",
    inWorld(async (world) => {
      await three(world);
      const fakes = [1n, 2n, 3n].map((node) => chronicleOf(world, node));
      for (const { chronicle } of fakes) chronicle.start();
      const id = world.chain.execute({ thread: THREAD });
      await world.until(() => !world.chain.execution(id).running, "it ends");
      await world.flush();
      const first = "task 0 of (input 1)";
      expect(fakes.map(({ told }) => told())).to.deep.equal([
        [
          [id, "request", "input 1"],
          [id, "0 by 0", first],
        ],
        [[id, "1 by 1", `task 1 of (${first})`]],
        [[id, "2 by 2", `task 2 of (task 1 of (${first}))`]],
      ]);
      expect(fakes[0]?.posts[0]).to.include({
        thread: THREAD,
        user: "0x00000000000000000000000000000000000000aa",
      });
      // Nothing is told again, whatever comes.
      world.chain.block();
      await world.flush();
      expect(fakes.map(({ tries }) => tries)).to.deep.equal([2, 1, 1]);
      await Promise.all(fakes.map(({ chronicle }) => chronicle.stop()));
    }),
  );

  it(
    "run_withoutAThread_isWrittenNowhere",
    inWorld(async (world) => {
      await world.node(1n);
      const { chronicle, posts } = chronicleOf(world, 1n);
      chronicle.start();
      const id = world.chain.execute({ dependsOn: [0] });
      await world.until(() => !world.chain.execution(id).running, "it ends");
      await world.flush();
      expect(posts).to.deep.equal([]);
      await chronicle.stop();
    }),
  );

  it(
    "completion_isWrittenOnlyOnceItIsAsDeepAsThePolicyDemands",
    inWorld(
      async (world) => {
        await world.node(1n);
        const { chronicle, posts } = chronicleOf(world, 1n);
        chronicle.start();
        const id = world.chain.execute({ dependsOn: [0], thread: THREAD });
        world.chain.block();
        world.chain.block();
        await world.until(() => !world.chain.execution(id).running, "it ends");
        world.chain.block();
        await world.flush();
        expect(posts).to.have.length(0);
        world.chain.block();
        await world.flush();
        expect(posts).to.have.length(2);
        await chronicle.stop();
      },
      { confirmations: 2 },
    ),
  );

  it(
    "post_thatFails_isTriedAgainAndKeepsItsPlace",
    inWorld(async (world) => {
      await world.node(1n);
      const fake = chronicleOf(world, 1n);
      fake.failure = notOpen(true);
      fake.chronicle.start();
      const id = world.chain.execute({ dependsOn: [0], thread: THREAD });
      await world.until(() => !world.chain.execution(id).running, "it ends");
      await world.flush();
      expect(fake.tries).to.equal(1);
      // A block does not cut the pause short.
      world.chain.block();
      await world.flush();
      expect(fake.tries).to.equal(1);
      fake.failure = undefined;
      await world.pass(POST_RETRY_MS_MIN);
      expect(fake.told().map(([, what]) => what)).to.deep.equal(["request", "0 by 0"]);
      expect(fake.chronicle.counts()).to.deep.equal({ posted: 2, failed: 0 });
      await fake.chronicle.stop();
    }),
  );

  for (const [retryable, tries] of [
    [false, 2],
    [true, 2 * POST_TRIES_MAX],
  ] as const)
    it(
      `post_thatFailsForGood${retryable ? "AfterAllTries" : ""}_isGivenUpAndCounted`,
      inWorld(async (world) => {
        await world.node(1n);
        const fake = chronicleOf(world, 1n);
        fake.failure = notOpen(retryable);
        fake.chronicle.start();
        const id = world.chain.execute({ dependsOn: [0], thread: THREAD });
        await world.until(() => !world.chain.execution(id).running, "it ends");
        await world.pass(3_600_000);
        expect(fake.tries).to.equal(tries);
        expect(fake.chronicle.counts()).to.deep.equal({ posted: 0, failed: 2 });
        await fake.chronicle.stop();
      }),
    );

  it(
    "start_afterARun_writesWhatAnEarlierLifeMayHaveLeft",
    inWorld(async (world) => {
      await world.node(1n);
      const id = world.chain.execute({ dependsOn: [0], thread: THREAD });
      await world.until(() => !world.chain.execution(id).running, "it ends");
      const { chronicle, told } = chronicleOf(world, 1n);
      chronicle.start();
      await world.flush();
      expect(told()).to.have.length(2);
      await chronicle.stop();
    }),
  );

  it(
    "inputByReference_isWrittenWhereThisNodeHasIt",
    inWorld(async (world) => {
      const one = await world.node(1n);
      const document = stringToBytes("a long document");
      const digest = keccak256(document);
      one.blobs.set(digest, document);
      const [having, lacking] = [chronicleOf(world, 1n, one.blobs), chronicleOf(world, 1n)];
      for (const { chronicle } of [having, lacking]) chronicle.start();
      const id = world.chain.execute({ dependsOn: [0], thread: THREAD, input: { digest } });
      await world.until(() => !world.chain.execution(id).running, "it ends");
      await world.flush();
      expect(having.told()[0]).to.deep.equal([id, "request", "a long document"]);
      expect(lacking.told().map(([, what]) => what)).to.deep.equal(["0 by 0"]);
      expect(lacking.chronicle.counts()).to.deep.equal({ posted: 1, failed: 1 });
      await Promise.all([having, lacking].map(({ chronicle }) => chronicle.stop()));
    }),
  );
});
