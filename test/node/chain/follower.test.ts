import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { type Logger, pino } from "pino";
import { encodeFunctionData, type Hex, zeroAddress } from "viem";
import { createFollower } from "../../../node/src/chain/follower.ts";
import {
  type BlockHandler,
  type Follower,
  type FollowerOptions,
  HINTED_POLL_FACTOR,
  SUSPICIONS_MAX,
} from "../../../node/src/chain/followerTypes.ts";
import { createProjection, type Projection } from "../../../node/src/chain/projection.ts";
import { createRpc, type Rpc } from "../../../node/src/chain/rpc.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import type { Store } from "../../../node/src/store/open.ts";
import { accountOf, deployAll, type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import {
  always,
  type FaultProxy,
  type FaultRule,
  startFaultProxy,
  times,
} from "../../fixtures/faultProxy.ts";
import { failure, hastyClock, logger, manualClock, rpcOf, until } from "./helpers.ts";

const FINAL_DEPTH = 8;

/** What a handler was given: `+number:events`, `r+number:events` when replayed, `-number` for a rollback. */
interface Recorder extends BlockHandler {
  readonly story: string[];
  readonly projection: Projection;
}

function recorder(): Recorder {
  const story: string[] = [];
  const projection = createProjection();
  return {
    story,
    projection,
    apply(block, events, replayed) {
      story.push(`${replayed ? "r" : ""}+${block.number}:${events.length}`);
      projection.apply(block, events);
    },
    rollback(target) {
      story.push(`-${target.number}`);
      projection.rollback(target);
    },
  };
}

describe("follower", () => {
  let chain: LocalChain;
  let proxy: FaultProxy;
  let deployment: Deployment;
  let store: Store;
  let snapshot: `0x${string}`;
  const followers: Follower[] = [];
  const lifts: (() => void)[] = [];

  before(async () => {
    chain = await startChain();
    proxy = await startFaultProxy(chain.rpcUrl);
    deployment = await deployAll(chain);
  });
  after(async () => {
    await proxy.stop();
    await chain.stop();
  });
  beforeEach(async () => {
    snapshot = await testClientOf(chain).snapshot();
    store = await openStore();
  });
  afterEach(async () => {
    for (const follower of followers.splice(0)) await follower.stop();
    for (const lift of lifts.splice(0)) lift();
    await testClientOf(chain).revert({ id: snapshot });
  });

  function openStore(): Promise<Store> {
    return createMemoryStore({ chainId: 31337, contract: deployment.clusterExecutions, now: () => 0 });
  }

  function inject(rule: FaultRule): () => void {
    const lift = proxy.inject(rule);
    lifts.push(lift);
    return lift;
  }

  function follow(
    handler: BlockHandler,
    options: Partial<FollowerOptions> & { url?: string | readonly string[]; rpc?: Rpc; log?: Logger } = {},
  ): Follower {
    const { url = proxy.url, rpc = rpcOf(url), log = logger, ...rest } = options;
    const follower = createFollower(
      { deployment, finalDepth: FINAL_DEPTH, pollIntervalMs: 100, ...rest },
      { rpc, cursor: store.cursor, handler, logger: log, clock: hastyClock, random: () => 0 },
    );
    followers.push(follower);
    return follower;
  }

  /** A follower that has caught up. */
  async function followed(handler: BlockHandler, options: Partial<FollowerOptions> = {}): Promise<Follower> {
    const follower = follow(handler, options);
    await follower.start();
    await follower.caughtUp();
    return follower;
  }

  /** Makes one event of ours, beside a transfer of its token, in a block of its own. */
  async function event(name = "model"): Promise<void> {
    const terms = { currency: zeroAddress, priceWei: 1n, nodeShareBps: 1, open: true };
    const data = encodeFunctionData({ abi: modelRegistryAbi, functionName: "register", args: [name, terms] });
    const transaction = { from: accountOf(1).address, to: deployment.modelRegistry, data };
    const request = { method: "eth_sendTransaction", params: [transaction] } as never;
    const hash: Hex = await testClientOf(chain).request(request);
    await until(async () => (await rpcOf(chain.rpcUrl).receipt(hash)) !== null, "the event is mined");
  }

  function mine(blocks: number): Promise<void> {
    return testClientOf(chain).mine({ blocks });
  }

  function reorg(depth: number): Promise<unknown> {
    return testClientOf(chain).request({ method: "anvil_reorg", params: [depth, []] } as never);
  }

  async function height(): Promise<bigint> {
    return (await rpcOf(chain.rpcUrl).blockByNumber("latest"))?.number ?? -1n;
  }

  /** Waits until a follower stands on the chain's newest block, and knows it. */
  async function abreast(follower: Follower): Promise<void> {
    const newest = await rpcOf(chain.rpcUrl).blockByNumber("latest");
    await until(() => follower.head()?.hash === newest?.hash, `block ${newest?.number} followed`);
  }

  /** The projection that a follower without a past comes to. */
  async function freshDump(): Promise<unknown> {
    const handler = recorder();
    const other = createFollower(
      { deployment, finalDepth: 0, pollIntervalMs: 100 },
      { rpc: rpcOf(chain.rpcUrl), cursor: (await openStore()).cursor, handler, logger },
    );
    await other.start();
    await other.caughtUp();
    await other.stop();
    return handler.projection.dump();
  }

  it("hands over every block from the contracts' first one on, in order, with its events", async () => {
    await event();
    await mine(2);
    await event();
    const handler = recorder();
    const follower = await followed(handler);
    await event();
    await abreast(follower);
    const first = deployment.fromBlock;
    const last = await height();
    const numbers = Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index));
    expect(handler.story.map((line) => line.split(":")[0])).to.deep.equal(
      numbers.map((number) => `+${number}`),
    );
    expect(handler.projection.models().map(({ model }) => model)).to.deep.equal([1n, 2n, 3n]);
    expect(await store.cursor.head()).to.deep.equal(follower.head());
  });

  it("asks for no logs of a block whose bloom says that ours are not there", async () => {
    const follower = await followed(recorder());
    const before = proxy.countOf("eth_getLogs");
    await mine(5);
    await abreast(follower);
    expect(proxy.countOf("eth_getLogs")).to.equal(before);
  });

  it("carries on after a restart: what was followed comes again as replayed, and nothing twice", async () => {
    await event();
    const first = recorder();
    await (await followed(first)).stop();
    await event();
    const second = recorder();
    await followed(second);
    const replayed = second.story.filter((line) => line.startsWith("r"));
    // What is final comes back without the blocks in which nothing happened.
    const final = first.story.length - FINAL_DEPTH;
    const expected = first.story.filter((line, index) => index >= final || !line.endsWith(":0"));
    expect(replayed.map((line) => line.slice(1))).to.deep.equal(expected);
    expect(second.story.filter((line) => line.startsWith("+"))).to.deep.equal([`+${await height()}:2`]);
    expect(second.projection.dump()).to.deep.equal(await freshDump());
  });

  it("hands a block over again when the cursor had not moved past it", async () => {
    const handler = recorder();
    await (await followed(handler)).stop();
    await event();
    const { advance } = store.cursor;
    store.cursor.advance = () => Promise.reject(new Error("killed"));
    const follower = follow(handler);
    await follower.start();
    await follower.ended.then(
      () => expect.fail("a bug must end it"),
      (reason: Error) => expect(reason.message).to.equal("killed"),
    );
    store.cursor.advance = advance;
    await followed(handler);
    const last = `+${await height()}:2`;
    expect(handler.story.filter((line) => line === last)).to.have.length(2);
    expect(handler.projection.models()).to.have.length(1);
  });

  for (let depth = 1; depth <= 6; depth += 1) {
    it(`rolls back to the common ancestor after a reorg of depth ${depth}`, async () => {
      for (let block = 0; block < 7; block += 1) await event(`before ${block}`);
      const handler = recorder();
      const follower = await followed(handler);
      const ancestor = (await height()) - BigInt(depth);
      const heard: string[] = [];
      follower.subscribe({
        block: ({ number }) => heard.push(`+${number}`),
        rollback: ({ number }) => heard.push(`-${number}`),
      });
      handler.story.length = 0;
      await reorg(depth);
      await event("after");
      await abreast(follower);
      expect(handler.story[0]).to.equal(`-${ancestor}`);
      expect(handler.story.filter((line) => line.startsWith("-"))).to.have.length(1);
      expect(heard).to.deep.equal(handler.story.map((line) => line.split(":")[0]));
      expect(handler.projection.models().map(({ name }) => name))
        .to.include("after")
        .and.have.length(8 - depth);
      expect(handler.projection.dump()).to.deep.equal(await freshDump());
      expect((await store.cursor.head())?.hash).to.equal(follower.head()?.hash);
      expect(follower.canonicalAt(ancestor + 1n)?.hash).to.equal(
        (await rpcOf(chain.rpcUrl).blockByNumber(ancestor + 1n))?.hash,
      );
    });
  }

  it("notices at the start that the chain was reorganised while it was down", async () => {
    for (let block = 0; block < 4; block += 1) await event(`before ${block}`);
    await (await followed(recorder())).stop();
    const ancestor = (await height()) - 3n;
    await reorg(3);
    await event("after");
    const handler = recorder();
    await followed(handler);
    expect(handler.story[0]).to.equal(`-${ancestor}`);
    expect(handler.projection.dump()).to.deep.equal(await freshDump());
  });

  it("stops at a reorg deeper than what counts as final, and never guesses", async () => {
    await mine(FINAL_DEPTH + 4);
    const handler = recorder();
    const follower = await followed(handler);
    const cursor = await store.cursor.head();
    await reorg(FINAL_DEPTH + 2);
    await mine(1);
    const error = await failure(follower.ended, "FOLLOWER_REORG_TOO_DEEP");
    expect(error.details.cursor).to.deep.equal(cursor);
    expect(handler.story.some((line) => line.startsWith("-"))).to.equal(false);
    expect(await store.cursor.head()).to.deep.equal(cursor);
    expect(follower.status().state).to.equal("stopped");
    // Nor does it begin there.
    await failure(follow(recorder()).start(), "FOLLOWER_REORG_TOO_DEEP");
  });

  it("says that the chain was restored to an older state, once it has said so some times", async () => {
    const old = await testClientOf(chain).snapshot();
    await mine(FINAL_DEPTH + 10);
    await (await followed(recorder())).stop();
    const cursor = await store.cursor.head();
    await testClientOf(chain).revert({ id: old });
    const before = proxy.countOf("eth_getBlockByNumber");
    const looks: number[] = [];
    const log = pino(
      { level: "warn" },
      { write: (line) => looks.push(...[JSON.parse(line).suspicions ?? []].flat()) },
    );
    const error = await failure(follow(recorder(), { log }).start(), "CHAIN_RESTORED_OLDER");
    expect(looks).to.deep.equal(Array.from({ length: SUSPICIONS_MAX }, (_, index) => index + 1));
    expect(error.details.cursor).to.deep.equal(cursor);
    expect((error.details.head as { number: bigint }).number).to.equal(await height());
    expect(proxy.countOf("eth_getBlockByNumber") - before).to.be.at.least(SUSPICIONS_MAX);
    expect(await store.cursor.head()).to.deep.equal(cursor);
  });

  it("waits for a chain that lost its last blocks, and rolls back when it goes another way", async () => {
    await event("kept");
    const old = await testClientOf(chain).snapshot();
    await event("lost 1");
    await event("lost 2");
    await (await followed(recorder())).stop();
    await testClientOf(chain).revert({ id: old });
    const handler = recorder();
    const follower = follow(handler);
    await follower.start();
    await until(
      () => follower.status().state === "behind" && handler.projection.models().length === 1,
      "it waits",
    );
    await event("found");
    await abreast(follower);
    expect(handler.projection.models().map(({ name }) => name)).to.deep.equal(["kept", "found"]);
    expect(handler.projection.dump()).to.deep.equal(await freshDump());
  });

  it("does not move back for an endpoint that lags", async () => {
    const follower = await followed(recorder());
    await mine(3);
    await abreast(follower);
    const stands = follower.head();
    const old = await rpcOf(chain.rpcUrl).blockByNumber((stands?.number ?? 0n) - 2n);
    const lift = inject(({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === "latest"
        ? {
            kind: "lie",
            lie: (block) => ({
              ...(block as object),
              number: `0x${old?.number.toString(16)}`,
              hash: old?.hash,
            }),
          }
        : undefined,
    );
    await until(() => follower.status().state === "behind", "it sees that the endpoint is behind");
    const before = proxy.calls.length;
    await until(() => proxy.calls.length > before + 3 * SUSPICIONS_MAX, "it goes on looking");
    expect(follower.head()).to.deep.equal(stands);
    lift();
    await mine(1);
    await abreast(follower);
  });

  for (const count of [2, 3]) {
    it(`is not stopped by one of ${count} endpoints that tells of another chain`, async () => {
      await mine(FINAL_DEPTH + 4);
      const handler = recorder();
      const honest = Array.from({ length: count - 1 }, () => chain.rpcUrl);
      // By the machine's own clock: on a hasty one a moment's pause makes an endpoint slow, and the next one is asked in its place.
      const rpc = createRpc({ urls: [proxy.url, ...honest], chainId: chain.chainId }, { logger });
      const follower = follow(handler, { rpc });
      await follower.start();
      await follower.caughtUp();
      const other = (hash: string) => hash.replace(/^0x../, "0x77");
      const lift = inject(
        always(
          {
            kind: "lie",
            lie: (block) => {
              const { hash, parentHash, ...rest } = block as { hash: string; parentHash: string };
              return { ...rest, hash: other(hash), parentHash: other(parentHash) };
            },
          },
          "eth_getBlockByNumber",
        ),
      );
      const looks = () => proxy.calls.filter(({ params }) => params[0] === "latest").length;
      const before = looks();
      await mine(1);
      if (count === 2) {
        await until(() => looks() > before + 2 * SUSPICIONS_MAX, "it goes on looking");
        lift();
      }
      await abreast(follower);
      expect(follower.status().state).to.not.equal("stopped");
    });
  }

  it("knows another chain under the same chain id", async () => {
    await (await followed(recorder())).stop();
    const other = await startChain();
    try {
      await deployAll(other);
      await failure(follow(recorder(), { url: other.rpcUrl }).start(), "CHAIN_REPLACED");
    } finally {
      await other.stop();
    }
  });

  it("knows the same chain when it was restored from a file and made itself a new block 0", async () => {
    await (await followed(recorder())).stop();
    const stands = await store.cursor.head();
    inject(({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === "0x0"
        ? { kind: "lie", lie: (block) => ({ ...(block as object), hash: `0x${"33".repeat(32)}` }) }
        : undefined,
    );
    await mine(1);
    const follower = await followed(recorder());
    expect(follower.head()?.parentHash).to.equal(stands?.hash);
  });

  it("refuses a chain without the contracts", async () => {
    const other = await startChain();
    try {
      await testClientOf(other).mine({ blocks: 10 });
      await failure(follow(recorder(), { url: other.rpcUrl }).start(), "CONTRACT_MISSING");
    } finally {
      await other.stop();
    }
  });

  it("catches up by ranges, as large as the endpoint allows", async () => {
    await event("first");
    await mine(150);
    await event("second");
    await mine(150);
    await event("third");
    const spans: bigint[] = [];
    inject(({ method, params }) => {
      const filter = params[0] as { fromBlock?: string; toBlock?: string } | undefined;
      if (method !== "eth_getLogs" || filter?.fromBlock === undefined || filter.toBlock === undefined) return;
      const span = BigInt(filter.toBlock) - BigInt(filter.fromBlock) + 1n;
      if (span > 100n) return { kind: "error", code: -32000, message: "block range too large" };
      spans.push(span);
      return undefined;
    });
    const handler = recorder();
    const before = proxy.calls.length;
    await followed(handler);
    expect(handler.projection.models().map(({ name }) => name)).to.deep.equal(["first", "second", "third"]);
    expect(spans.length).to.be.at.least(3);
    expect(proxy.calls.length - before, "far fewer requests than blocks").to.be.below(150);
    // The same again for the replay of a second life.
    const second = recorder();
    await followers.at(-1)?.stop();
    await followed(second);
    expect(second.projection.dump()).to.deep.equal(handler.projection.dump());
  });

  it("catches up by ranges to the last final block, also where few are left after one", async () => {
    for (let made = 0; made < 8; made += 1) {
      await event(`model${made}`);
      await mine(11);
    }
    await mine(FINAL_DEPTH);
    const before = proxy.calls.length;
    const handler = recorder();
    await followed(handler);
    expect(handler.projection.models()).to.have.length(8);
    const filters = proxy.calls
      .slice(before)
      .flatMap(({ method, params }) => (method === "eth_getLogs" ? [params[0] as { blockHash?: Hex }] : []));
    expect(filters.length).to.be.greaterThan(2);
    expect(filters.filter(({ blockHash }) => blockHash !== undefined)).to.deep.equal([]);
  });

  it("goes on once the disk has room again that was full at the end of catching up", async () => {
    await event("early");
    await mine(80);
    await event("late");
    await mine(FINAL_DEPTH - 1);
    const { cursor } = store;
    let full = 0;
    const start: typeof cursor.start = async (genesisHash, header) => {
      // The first one begins; the second is to stand behind what was caught up with.
      full += 1;
      if (full === 2) throw new PleiadError("no room", { code: "STORE_FULL", retryable: true });
      await cursor.start(genesisHash, header);
    };
    const handler = recorder();
    const follower = createFollower(
      { deployment, finalDepth: FINAL_DEPTH, pollIntervalMs: 100 },
      {
        rpc: rpcOf(proxy.url),
        cursor: { ...cursor, start },
        handler,
        logger,
        clock: hastyClock,
        random: () => 0,
      },
    );
    followers.push(follower);
    await follower.start();
    await abreast(follower);
    expect(full).to.be.greaterThan(1);
    expect(await cursor.head()).to.deep.equal(follower.head());
    expect(handler.projection.models().map(({ name }) => name)).to.deep.equal(["early", "late"]);
  });

  it("delivers everything once through an endpoint that drops, limits and garbles", async () => {
    const handler = recorder();
    const follower = await followed(handler);
    let turn = 0;
    inject(() => {
      turn += 1;
      if (turn % 5 === 0) return { kind: "drop" };
      if (turn % 7 === 0) return { kind: "garbage", body: "<html>busy</html>" };
      if (turn % 11 === 0) return { kind: "status", status: 429, headers: { "retry-after": "1" } };
      if (turn % 13 === 0) return { kind: "error", code: -32603, message: "internal error" };
      return undefined;
    });
    for (let block = 0; block < 12; block += 1) await event(`${block}`);
    await reorg(2);
    await event("last");
    await abreast(follower);
    expect(handler.projection.dump()).to.deep.equal(await freshDump());
  });

  it("rejects logs that cannot be, and takes none of them", async () => {
    const handler = recorder();
    const follower = await followed(handler);
    type Log = Record<string, unknown>;
    const lies: readonly ((logs: Log[]) => unknown)[] = [
      (logs) =>
        logs.map((log) => ({ ...log, topics: [(log.topics as string[])[0], `0x${"77".repeat(32)}`] })),
      (logs) => logs.map((log) => ({ ...log, address: accountOf(3).address })),
      (logs) => logs.map((log) => ({ ...log, blockHash: `0x${"11".repeat(32)}` })),
      (logs) => logs.map((log) => ({ ...log, removed: true })),
      (logs) => logs.map((log) => ({ ...log, logIndex: "0x0" })),
      (logs) => logs.map((log) => ({ ...log, data: "0x00" })),
    ];
    for (const [index, lie] of lies.entries()) {
      const before = handler.projection.models().length;
      const lift = inject(always({ kind: "lie", lie: (result) => lie(result as Log[]) }, "eth_getLogs"));
      await event();
      await until(() => follower.status().state === "failing", `lie ${index} is noticed`);
      const { error } = follower.status();
      expect(error, `lie ${index}`).to.be.instanceOf(PleiadError);
      expect((error as PleiadError).code, `lie ${index}`).to.equal("RPC_INVALID_ANSWER");
      expect(handler.projection.models(), `lie ${index}`).to.have.length(before);
      lift();
      await abreast(follower);
      expect(handler.projection.models(), `lie ${index}`).to.have.length(before + 1);
    }
  });

  it("takes the same log twice for one", async () => {
    const handler = recorder();
    const follower = await followed(handler);
    inject(
      always({ kind: "lie", lie: (logs) => [...(logs as unknown[]), ...(logs as unknown[])] }, "eth_getLogs"),
    );
    await event();
    await abreast(follower);
    expect(handler.story.at(-1)).to.match(/:2$/);
  });

  it("asks again when a block that should hold our logs shows none", async () => {
    const handler = recorder();
    const follower = await followed(handler);
    inject(times(1, "eth_getLogs", { kind: "lie", lie: () => [] }));
    await event();
    await abreast(follower);
    expect(handler.projection.models()).to.have.length(1);
  });

  it("hands the same block over again while the handler cannot take it", async () => {
    const handler = recorder();
    let full = 2;
    const follower = await followed({
      ...handler,
      apply(...args) {
        if (args[1].length > 0 && full > 0) {
          full -= 1;
          throw new PleiadError("no room", { code: "STORE_FULL", retryable: true });
        }
        return handler.apply(...args);
      },
    });
    await event();
    await abreast(follower);
    expect(full).to.equal(0);
    expect(handler.projection.models()).to.have.length(1);
  });

  it("looks at the chain at once when it is poked", async () => {
    const follower = await followed(recorder(), { pollIntervalMs: 10_000_000 });
    await mine(1);
    follower.poke();
    await abreast(follower);
  });

  it("stops while the endpoint hangs", async () => {
    const follower = await followed(recorder());
    inject(always({ kind: "hang" }));
    const before = proxy.calls.length;
    await until(() => proxy.calls.length > before, "a request hangs");
    await follower.stop();
    await follower.ended;
    expect(follower.status().state).to.equal("stopped");
  });

  describe("with hints", () => {
    const INTERVAL_MS = 1_000;

    /** Hints that the test gives, and a follower whose clock the test moves. */
    async function hinted() {
      const clock = manualClock();
      let tell: () => void = () => undefined;
      const hints = {
        isLive: true,
        isStopped: false,
        hint: () => tell(),
      };
      const handler = recorder();
      const follower = createFollower(
        { deployment, finalDepth: FINAL_DEPTH, pollIntervalMs: INTERVAL_MS },
        {
          rpc: rpcOf(proxy.url),
          cursor: store.cursor,
          handler,
          logger,
          clock,
          random: () => 0,
          hints: {
            start(onHint) {
              tell = onHint;
            },
            stop() {
              hints.isStopped = true;
            },
            isLive: () => hints.isLive,
            error: () => undefined,
          },
        },
      );
      followers.push(follower);
      await follower.start();
      await follower.caughtUp();
      const resting = (waitMs: number) =>
        until(() => clock.waits()[0] === waitMs, `it rests for ${waitMs} ms`);
      await resting(INTERVAL_MS);
      return { clock, hints, follower, handler, resting };
    }

    const looks = () => proxy.calls.filter(({ params }) => params[0] === "latest").length;

    it("looks at once, and polls less often for as long as they come first", async () => {
      const { clock, hints, follower, resting } = await hinted();
      for (let i = 0; i < 3; i++) {
        await mine(1);
        hints.hint();
        await abreast(follower);
        await resting(INTERVAL_MS * HINTED_POLL_FACTOR);
      }
      hints.isLive = false;
      clock.advance(INTERVAL_MS * HINTED_POLL_FACTOR);
      await resting(INTERVAL_MS);
      expect(follower.status().isHinted, "said to whoever asks").to.equal(false);
    });

    it("finds what they leave out by polling, and polls as ever from then on", async () => {
      const { clock, hints, follower, resting } = await hinted();
      await mine(1);
      hints.hint();
      await resting(INTERVAL_MS * HINTED_POLL_FACTOR);
      await mine(1);
      clock.advance(INTERVAL_MS * HINTED_POLL_FACTOR);
      await abreast(follower);
      await resting(INTERVAL_MS);
      await mine(1);
      clock.advance(INTERVAL_MS);
      await abreast(follower);
      await resting(INTERVAL_MS);
    });

    it("takes nothing from one that lies but a look at the chain", async () => {
      const { hints, follower, handler, resting } = await hinted();
      const [story, head] = [[...handler.story], follower.head()];
      for (let i = 0; i < 5; i++) {
        const before = looks();
        hints.hint();
        await until(() => looks() === before + 1, "it looked");
        await resting(INTERVAL_MS);
      }
      expect(handler.story).to.deep.equal(story);
      expect(follower.head()).to.deep.equal(head);
    });

    it("does not hurry back to an endpoint that fails", async () => {
      const { clock, hints, follower, resting } = await hinted();
      const lift = inject(always({ kind: "error", code: -32601, message: "no such method" }));
      hints.hint();
      await until(() => follower.status().state === "failing", "it fails");
      const before = proxy.calls.length;
      hints.hint();
      hints.hint();
      expect(clock.waits()).to.have.length(1);
      lift();
      clock.advance(clock.waits()[0] ?? 0);
      await resting(INTERVAL_MS);
      expect(proxy.calls.length).to.be.greaterThan(before);
    });

    it("stops them when it is stopped", async () => {
      const { hints, follower } = await hinted();
      await follower.stop();
      expect(hints.isStopped).to.equal(true);
    });
  });
});
