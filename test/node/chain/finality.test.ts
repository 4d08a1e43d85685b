import type { Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { createFinality, type FinalityPolicy } from "../../../node/src/chain/finality.ts";
import { createFollower } from "../../../node/src/chain/follower.ts";
import type { Follower } from "../../../node/src/chain/followerTypes.ts";
import { createHeaders } from "../../../node/src/chain/headers.ts";
import type { Rpc } from "../../../node/src/chain/rpc.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { accountOf, deployAll, type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import {
  always,
  type Fault,
  type FaultProxy,
  type FaultRule,
  startFaultProxy,
} from "../../fixtures/faultProxy.ts";
import { failure, hastyClock, logger, rpcOf, until } from "./helpers.ts";

/** As far behind as this chain's `safe` and `finalized` blocks are. */
const SAFE_LAG = 4n;
const FINALIZED_LAG = 8n;
const FINAL_DEPTH = 50;

describe("finality", () => {
  let chain: LocalChain;
  let proxies: FaultProxy[];
  let deployment: Deployment;
  const followers: Follower[] = [];
  const lifts: (() => void)[] = [];

  before(async () => {
    chain = await startChain({ extraArguments: ["--slots-in-an-epoch", String(SAFE_LAG)] });
    proxies = await Promise.all([1, 2, 3].map(() => startFaultProxy(chain.rpcUrl)));
    deployment = await deployAll(chain);
  });
  after(async () => {
    for (const proxy of proxies) await proxy.stop();
    await chain.stop();
  });
  beforeEach(() => mine(30));
  afterEach(async () => {
    for (const follower of followers.splice(0)) await follower.stop();
    for (const lift of lifts.splice(0)) lift();
  });

  const mine = (blocks: number) => testClientOf(chain).mine({ blocks });
  /** The new branch begins with a transaction: without one its blocks could be the old ones over again. */
  const reorg = (depth: number) => {
    const transaction = { from: accountOf(2).address, to: accountOf(3).address, value: "0x1" };
    return testClientOf(chain).request({
      method: "anvil_reorg",
      params: [depth, [[transaction, 0]]],
    } as never);
  };
  const rpcOver = (count: number) => rpcOf(proxies.slice(0, count).map(({ url }) => url));
  const finalityOf = (policy: FinalityPolicy, rpc: Rpc = rpcOver(1)) =>
    createFinality({ policy }, { rpc, logger });

  function inject(index: number, rule: FaultRule): void {
    lifts.push(proxies[index]?.inject(rule) ?? expect.fail("no such proxy"));
  }

  /** A rule for questions after a named block. */
  const onTag =
    (tag: string, fault: Fault): FaultRule =>
    ({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === tag ? fault : undefined;

  /** The newest headers of the chain, as a follower keeps them. */
  async function followedHeaders() {
    const headers = createHeaders();
    const rpc = rpcOver(1);
    const newest = (await rpc.blockByNumber("latest"))?.number ?? 0n;
    for (let number = newest - 20n; number <= newest; number += 1n) {
      const block = await rpc.blockByNumber(number);
      if (block !== null) headers.add(block);
    }
    return headers;
  }

  async function follow(policy: FinalityPolicy, rpc: Rpc = rpcOver(1)): Promise<Follower> {
    const store = await createMemoryStore({
      chainId: 31337,
      contract: deployment.clusterExecutions,
      now: () => 0,
    });
    const follower = createFollower(
      { deployment, finalDepth: FINAL_DEPTH, pollIntervalMs: 100 },
      {
        rpc,
        cursor: store.cursor,
        finality: finalityOf(policy, rpc),
        handler: { apply: () => undefined, rollback: () => undefined },
        logger,
        clock: hastyClock,
        random: () => 0,
      },
    );
    followers.push(follower);
    await follower.start();
    await follower.caughtUp();
    return follower;
  }

  for (const [policy, lag] of [
    ["safe", SAFE_LAG],
    ["finalized", FINALIZED_LAG],
    [0, 0n],
    [5, 5n],
  ] as const) {
    it(`is what the policy says: ${policy}`, async () => {
      const follower = await follow(policy);
      for (let round = 0; round < 3; round++) {
        await mine(2);
        const newest = await rpcOver(1).blockByNumber("latest");
        await until(() => follower.head()?.hash === newest?.hash, "it follows");
        const settled = (newest?.number ?? 0n) - lag;
        await until(() => follower.status().settled === settled, `block ${settled} is settled`);
      }
    });
  }

  it("is none on a chain that is shorter than the depth", () => {
    const header = { number: 4n, hash: "0x1", parentHash: "0x2", timestamp: 0n } as const;
    expect(finalityOf(5).settledUpTo(header)).to.equal(undefined);
    expect(finalityOf(4).settledUpTo(header)).to.equal(0n);
    expect(finalityOf(0).settledUpTo(undefined)).to.equal(undefined);
  });

  for (const [name, fault] of [
    ["that knows no such block", { kind: "answer", result: null }],
    ["that knows no such tag", { kind: "error", code: -32602, message: "invalid block tag" }],
    ["that does not finalise yet", { kind: "error", code: -39001, message: "Unknown block" }],
  ] as const) {
    it(`makes a node refuse to start on a chain ${name}, and says what to do`, async () => {
      for (const policy of ["safe", "finalized"] as const) {
        inject(0, onTag(policy, fault));
        const error = await failure(follow(policy), "FINALITY_UNSUPPORTED");
        expect(error.message).to.contain(`"${policy}"`);
        expect(error.hint).to.contain("chain.finality");
        expect(error.retryable).to.equal(false);
      }
    });
  }

  it("stays where it was while the tag cannot be read, or is on another branch, or not followed yet", async () => {
    const finality = finalityOf("finalized");
    const headers = await followedHeaders();
    await finality.look(headers);
    const settled = finality.settledUpTo(headers.head());
    expect(settled).to.equal((headers.head()?.number ?? 0n) - FINALIZED_LAG);
    await mine(4);
    const other = (block: unknown) => ({ ...(block as object), hash: `0x${"77".repeat(32)}` });
    for (const fault of [
      { kind: "error", code: -32602, message: "no" },
      { kind: "lie", lie: other },
      { kind: "lie", lie: (block: unknown) => ({ ...(block as object), number: "0xffffff" }) },
    ] as const) {
      inject(0, onTag("finalized", fault));
      await finality.look(headers);
      expect(finality.settledUpTo(headers.head()), fault.kind).to.equal(settled);
    }
  });

  it("is not moved by one endpoint of several that makes up a tag", async () => {
    const headers = await followedHeaders();
    const head = await testClientOf(chain).request({
      method: "eth_getBlockByNumber",
      params: ["latest", false],
    } as never);
    inject(0, onTag("finalized", { kind: "answer", result: head }));
    for (const count of [2, 3]) {
      const finality = finalityOf("finalized", rpcOver(count));
      await finality.look(headers);
      const settled = (headers.head()?.number ?? 0n) - FINALIZED_LAG;
      expect(finality.settledUpTo(headers.head()), `of ${count}`).to.equal(settled);
    }
    inject(1, always({ kind: "drop" }));
    const finality = finalityOf("finalized", rpcOver(3));
    await finality.look(headers);
    expect(finality.settledUpTo(headers.head())).to.equal((headers.head()?.number ?? 0n) - FINALIZED_LAG);
    inject(2, always({ kind: "drop" }));
    const alone = finalityOf("finalized", rpcOver(3));
    await alone.look(headers);
    expect(alone.settledUpTo(headers.head()), "the others are away").to.equal(undefined);
  });

  it("stops a node whose chain removes what it has called finalized, however few blocks that is", async () => {
    const follower = await follow("finalized");
    const finalized = follower.status().settled;
    await reorg(Number(FINALIZED_LAG) + 3);
    await mine(1);
    const error = await failure(follower.ended, "FOLLOWER_REORG_TOO_DEEP");
    expect(error.message).to.contain(`finalized block ${finalized}`);
  });

  it("goes back with a reorganisation that reaches below the safe block, which the chain does not forbid", async () => {
    const follower = await follow("safe");
    const before = follower.status().settled ?? 0n;
    const removed = follower.head();
    await reorg(Number(SAFE_LAG) + 2);
    await mine(1);
    expect((await rpcOver(1).blockByNumber(removed?.number ?? 0n))?.hash).to.not.equal(removed?.hash);
    const newest = await rpcOver(1).blockByNumber("latest");
    await until(() => follower.head()?.hash === newest?.hash, "it follows the new branch");
    await until(() => (follower.status().settled ?? 0n) > before, "what is safe there is settled");
  });
});
