import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { encodeFunctionData, numberToHex, zeroAddress } from "viem";
import {
  AGREEMENT_RETRY_MS,
  type Agreement,
  agreementNeeded,
  CONTRADICTION_KEPT_MS,
  createAgreement,
} from "../../../node/src/chain/agreement.ts";
import { createBlockSource } from "../../../node/src/chain/blockSource.ts";
import type { Clock } from "../../../node/src/chain/clock.ts";
import { SLOW_MS } from "../../../node/src/chain/endpoints.ts";
import { createEventDecoder } from "../../../node/src/chain/events.ts";
import { createFollower } from "../../../node/src/chain/follower.ts";
import type { Follower } from "../../../node/src/chain/followerTypes.ts";
import type { RpcBlock } from "../../../node/src/chain/parse.ts";
import { createProjection } from "../../../node/src/chain/projection.ts";
import { createRpc, type Rpc } from "../../../node/src/chain/rpc.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { accountOf, deployAll, type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import { always, type FaultProxy, type FaultRule, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { hastyClock, logger, manualClock, rpcOf, until } from "./helpers.ts";

/** Logs with another price than the true one: still in the block's bloom, and as the ABI says. */
const otherPrice = (logs: unknown) =>
  (logs as { readonly data: string }[]).map((log) => ({
    ...log,
    data: log.data.replace(/0*1234/, (hex) => hex.replace("1234", "9999")),
  }));
const otherBlock = (block: unknown) => ({ ...(block as object), hash: `0x${"77".repeat(32)}` });
type Header = Readonly<Record<string, unknown>>;
/** What is told of a block in place of the truth; nothing else of any other one. */
const lieOf = (told: Header | null, block: Pick<RpcBlock, "number">, lie: (header: Header) => Header) =>
  told?.number === numberToHex(block.number) ? lie(told) : told;
const LOG_LIE = always({ kind: "lie", lie: otherPrice }, "eth_getLogs");

describe("agreement of endpoints", () => {
  let chain: LocalChain;
  let proxies: FaultProxy[];
  let deployment: Deployment;
  const followers: Follower[] = [];
  const lifts: (() => void)[] = [];

  before(async () => {
    chain = await startChain();
    proxies = await Promise.all([1, 2, 3].map(() => startFaultProxy(chain.rpcUrl)));
    deployment = await deployAll(chain);
  });
  after(async () => {
    for (const proxy of proxies) await proxy.stop();
    await chain.stop();
  });
  afterEach(async () => {
    for (const follower of followers.splice(0)) await follower.stop();
    for (const lift of lifts.splice(0)) lift();
  });

  const urls = (count: number) => proxies.slice(0, count).map(({ url }) => url);

  /**
   * Some of the endpoints, by the machine's own clock: on a hasty one a moment's pause makes an endpoint slow, so that another is asked
   * in its place, and one that is shut out is back within seconds.
   */
  const endpointsOf = (count: number) =>
    createRpc({ urls: urls(count), chainId: chain.chainId }, { logger, random: () => 0 });

  function inject(index: number, rule: FaultRule): () => void {
    const lift = proxies[index]?.inject(rule) ?? expect.fail("no such proxy");
    lifts.push(lift);
    return lift;
  }

  /** A block with an event of ours in it. */
  async function eventBlock() {
    const terms = { currency: zeroAddress, priceWei: 0x1234n, nodeShareBps: 1, open: true };
    const data = encodeFunctionData({
      abi: modelRegistryAbi,
      functionName: "register",
      args: ["model", terms],
    });
    const transaction = { from: accountOf(1).address, to: deployment.modelRegistry, data };
    const request = { method: "eth_sendTransaction", params: [transaction] } as never;
    const hash = (await testClientOf(chain).request(request)) as `0x${string}`;
    const rpc = rpcOf(chain.rpcUrl);
    await until(async () => (await rpc.receipt(hash)) !== null, "the event is mined");
    const receipt = await rpc.receipt(hash);
    const block = await rpc.blockByHash(receipt?.blockHash ?? "0x");
    return block ?? expect.fail("no block");
  }

  /** Compares over some of the endpoints what a follower was told by a true one. */
  async function comparing(count: number, rpc: Rpc = endpointsOf(count), clock: Clock = hastyClock) {
    const heard: string[] = [];
    const decoder = createEventDecoder(deployment);
    const agreement = createAgreement(
      { needed: agreementNeeded(count) },
      {
        rpc,
        decoder,
        logger,
        clock,
        onAgreed: () => heard.push("agreed"),
        onRefuted: ({ blockNumber }) => heard.push(`refuted ${blockNumber}`),
      },
    );
    const block = await eventBlock();
    agreement.saw(
      block,
      await createBlockSource({ rpc: rpcOf(chain.rpcUrl), decoder, logger }).eventsOf(block),
    );
    return { agreement, heard, rpc, block, place: { blockNumber: block.number, blockHash: block.hash } };
  }

  /** Asks until it is agreed on, as whoever waits for it does. */
  const agreed = (agreement: Agreement, place: Parameters<Agreement["isAgreed"]>[0]) =>
    until(() => agreement.isAgreed(place), "the block is agreed on");

  it("is there at once with one endpoint, which is asked nothing", async () => {
    const { agreement, place } = await comparing(1);
    const before = proxies[0]?.calls.length;
    expect(agreement.isAgreed(place)).to.equal(true);
    expect(proxies[0]?.calls.length).to.equal(before);
  });

  it("is there once all of several say what was followed, and is asked for once", async () => {
    const { agreement, heard, place } = await comparing(3);
    expect(agreement.isAgreed(place)).to.equal(false);
    await until(() => heard.length > 0, "they answer");
    expect(heard).to.deep.equal(["agreed"]);
    const before = proxies.map(({ calls }) => calls.length);
    expect(agreement.isAgreed(place)).to.equal(true);
    expect(proxies.map(({ calls }) => calls.length)).to.deep.equal(before);
  });

  it("does not wait for one of two that is away; of three, two have to answer", async () => {
    inject(1, always({ kind: "drop" }));
    const two = await comparing(2);
    await agreed(two.agreement, two.place);
    const lift = inject(2, always({ kind: "drop" }));
    const three = await comparing(3);
    const asked = () => proxies[0]?.countOf("eth_getLogs") ?? 0;
    const before = asked();
    await until(
      () => three.agreement.isAgreed(three.place) || asked() >= before + 3,
      "it was asked for again",
    );
    expect(three.agreement.isAgreed(three.place)).to.equal(false);
    expect(three.agreement.error()).to.equal(undefined);
    lift();
    await agreed(three.agreement, three.place);
  });

  for (const [name, rule] of [
    ["other logs", LOG_LIE],
    ["no logs", always({ kind: "answer", result: [] }, "eth_getLogs")],
    ["another block", always({ kind: "lie", lie: otherBlock }, "eth_getBlockByNumber")],
  ] as const) {
    it(`is withheld while one of two tells of ${name}, and it is said which request is in question`, async () => {
      const lift = inject(1, rule);
      const { agreement, rpc, heard, place } = await comparing(2);
      await until(() => agreement.isAgreed(place) || agreement.error() !== undefined, "it is said");
      const error = agreement.error();
      expect(error?.code).to.equal("RPC_DISAGREEMENT");
      expect(error?.message)
        .to.contain("RPC endpoint 2")
        .and.contain("eth_getLogs")
        .and.contain(place.blockHash);
      expect(agreement.isAgreed(place)).to.equal(false);
      expect(heard).to.deep.equal([]);
      expect(
        rpc.health().map(({ state }) => state),
        "nobody knows who is right",
      ).to.not.include("lies");
      lift();
      await agreed(agreement, place);
      expect(agreement.error()).to.equal(undefined);
    });

    it(`shuts out the one of three that tells of ${name}, and goes on with the others`, async () => {
      inject(1, rule);
      const { agreement, rpc, place } = await comparing(3);
      await agreed(agreement, place);
      expect(rpc.health().map(({ state }) => state)).to.deep.equal(["well", "lies", "well"]);
      expect(rpc.health()[1]?.error?.message).to.contain("RPC endpoint 2").and.contain("eth_getLogs");
    });
  }

  it("is contradicted for as long as somebody asks: of a block that is gone nobody does", async () => {
    inject(1, LOG_LIE);
    const clock = manualClock();
    const { agreement, place } = await comparing(2, endpointsOf(2), clock);
    await until(() => {
      clock.advance(AGREEMENT_RETRY_MS);
      return !agreement.isAgreed(place) && agreement.error() !== undefined;
    }, "they contradict each other");
    clock.advance(CONTRADICTION_KEPT_MS - AGREEMENT_RETRY_MS);
    expect(agreement.error()?.code).to.equal("RPC_DISAGREEMENT");
    clock.advance(2 * AGREEMENT_RETRY_MS);
    expect(agreement.error()).to.equal(undefined);
  });

  it("does not wait for one of three that is slow, unless the others do not settle it", async () => {
    const clock = manualClock();
    const rpc = createRpc({ urls: urls(3), chainId: 31337 }, { logger, clock, random: () => 0 });
    for (const provider of rpc.providers().slice(0, 2)) await provider.blockByNumber("latest");
    inject(2, () => {
      clock.advance(SLOW_MS);
      return undefined;
    });
    await rpc.providers()[2]?.blockByNumber("latest");
    const asked = () => proxies[2]?.calls.length ?? 0;
    const before = asked();
    const settled = await comparing(3, rpc);
    await agreed(settled.agreement, settled.place);
    expect(asked()).to.equal(before);
    inject(1, LOG_LIE);
    const disputed = await comparing(3, rpc);
    await agreed(disputed.agreement, disputed.place);
    expect(asked()).to.be.above(before);
    expect(rpc.health()[1]?.state).to.equal("lies");
  });

  it("passes over a contradiction that ends by itself, as one between branches does", async () => {
    let lies = 2;
    inject(1, ({ method }) => {
      if (method !== "eth_getLogs" || lies === 0) return undefined;
      lies -= 1;
      return { kind: "lie", lie: otherPrice };
    });
    const { agreement, rpc, place } = await comparing(3);
    await agreed(agreement, place);
    expect(rpc.health().map(({ state }) => state)).to.deep.equal(["well", "well", "well"]);
  });

  for (const count of [2, 3]) {
    it(`follows what the first of ${count} leaves out of a block whose bloom tells that something is there`, async () => {
      inject(0, always({ kind: "answer", result: [] }, "eth_getLogs"));
      const block = await eventBlock();
      const decoder = createEventDecoder(deployment);
      const there = await createBlockSource({ rpc: rpcOf(chain.rpcUrl), decoder, logger }).eventsOf(block);
      const source = createBlockSource({ rpc: endpointsOf(count), decoder, logger });
      expect(there).not.to.deep.equal([]);
      expect(await source.eventsOf(block)).to.deep.equal(there);
    });
  }

  /** A follower over three endpoints, by which the node acts. */
  async function followerOfThree() {
    const rpc = endpointsOf(3);
    const store = await createMemoryStore({
      chainId: 31337,
      contract: deployment.clusterExecutions,
      now: () => 0,
    });
    const projection = createProjection();
    const agreement = createAgreement(
      { needed: 2 },
      {
        rpc,
        decoder: createEventDecoder(deployment),
        logger,
        clock: hastyClock,
        onAgreed: () => undefined,
        onRefuted: ({ blockNumber }) => follower.refollow(blockNumber),
      },
    );
    const follower = createFollower(
      { deployment, finalDepth: 8, pollIntervalMs: 100 },
      {
        rpc,
        cursor: store.cursor,
        handler: {
          apply(block, events) {
            projection.apply(block, events);
            agreement.saw(block, events);
          },
          rollback: (target) => projection.rollback(target),
        },
        logger,
        clock: hastyClock,
        random: () => 0,
      },
    );
    followers.push(follower);
    return { rpc, projection, agreement, follower };
  }

  it("takes back what the first of three made the node follow, and follows the truth instead", async () => {
    const { rpc, projection, agreement, follower } = await followerOfThree();
    await follower.start();
    await follower.caughtUp();
    inject(0, LOG_LIE);
    const block = await eventBlock();
    await until(() => follower.head()?.hash === block.hash, "it follows");
    const model = projection.models().length;
    expect(projection.model(BigInt(model))?.priceWei, "it was lied to").to.equal(0x9999n);
    await agreed(agreement, { blockNumber: block.number, blockHash: block.hash });
    expect(projection.model(BigInt(model))?.priceWei).to.equal(0x1234n);
    expect(follower.head()?.hash).to.equal(block.hash);
    expect(rpc.health()[0]?.state).to.equal("lies");
  });

  /** What the first of three tells of one block. */
  const headerLies: readonly (readonly [string, (block: Header) => Header])[] = [
    ["another hash", (block) => ({ ...block, hash: `0x${"77".repeat(32)}` })],
    ["another parent", (block) => ({ ...block, parentHash: `0x${"77".repeat(32)}` })],
    ["an empty bloom", (block) => ({ ...block, logsBloom: `0x${"00".repeat(256)}` })],
    ["a later time", (block) => ({ ...block, timestamp: "0xffffffff" })],
  ];
  for (const [name, lie] of headerLies) {
    const tell = (block: RpcBlock) => {
      inject(0, ({ method, params }) => {
        const isAsked = params[0] === numberToHex(block.number) || params[0] === "latest";
        if (method !== "eth_getBlockByNumber" || !isAsked) return undefined;
        return { kind: "lie", lie: (told) => lieOf(told as Header | null, block, lie) };
      });
    };

    it(`follows the truth where the first of three tells ${name} of a block`, async () => {
      const { rpc, projection, follower } = await followerOfThree();
      await follower.start();
      await follower.caughtUp();
      const models = projection.models().length;
      const next = { number: (follower.head()?.number ?? 0n) + 1n } as RpcBlock;
      tell(next);
      const block = await eventBlock();
      expect(block.number).to.equal(next.number);
      await testClientOf(chain).mine({ blocks: 2 });
      await until(() => follower.canonicalAt(block.number + 2n) !== undefined, "it follows");
      await until(() => follower.canonicalAt(block.number)?.hash === block.hash, "it follows the truth");
      await until(() => projection.models().length === models + 1, "it has the event");
      expect(follower.canonicalAt(block.number)?.timestamp).to.equal(block.timestamp);
      expect(rpc.health().map(({ state }) => state)).to.deep.equal(["lies", "well", "well"]);
    });

    it(`catches up with the truth where the first of three tells ${name} of a block`, async () => {
      const block = await eventBlock();
      await testClientOf(chain).mine({ blocks: 100 });
      tell(block);
      const { rpc, projection, follower } = await followerOfThree();
      await follower.start();
      await follower.caughtUp();
      const truth = createBlockSource({
        rpc: rpcOf(chain.rpcUrl),
        decoder: createEventDecoder(deployment),
        logger,
      });
      const [event] = await truth.eventsOf(block);
      expect(event?.eventName).to.equal("Transfer");
      expect(projection.models().at(-1)?.name).to.equal("model");
      expect(follower.status().state).to.equal("following");
      expect(rpc.health().map(({ state }) => state)).to.deep.equal(["lies", "well", "well"]);
    });
  }

  it("takes back what the first of three hid in a header that the others did not have yet", async () => {
    const { rpc, projection, follower } = await followerOfThree();
    await follower.start();
    await follower.caughtUp();
    const models = projection.models().length;
    const next = { number: (follower.head()?.number ?? 0n) + 1n } as RpcBlock;
    const hidden = (block: Header) => ({ ...block, logsBloom: `0x${"00".repeat(256)}` });
    inject(
      0,
      always(
        { kind: "lie", lie: (told) => lieOf(told as Header | null, next, hidden) },
        "eth_getBlockByNumber",
      ),
    );
    const there = [1, 2].map((index) =>
      inject(index, ({ method, params }) =>
        method === "eth_getBlockByNumber" && params[0] === numberToHex(next.number)
          ? { kind: "answer", result: null }
          : undefined,
      ),
    );
    const block = await eventBlock();
    await until(() => follower.head()?.hash === block.hash, "it follows");
    expect(projection.models(), "it was lied to").to.have.length(models);
    for (const lift of there) lift();
    await testClientOf(chain).mine({ blocks: 1 });
    await until(() => projection.models().length === models + 1, "it has the event");
    expect(rpc.health().map(({ state }) => state)).to.deep.equal(["lies", "well", "well"]);
  });

  it("catches up with the truth where the first of three makes up what logs say", async () => {
    const block = await eventBlock();
    await testClientOf(chain).mine({ blocks: 100 });
    inject(0, LOG_LIE);
    const { projection, agreement, follower } = await followerOfThree();
    await follower.start();
    await follower.caughtUp();
    expect(projection.models().at(-1)?.priceWei).to.equal(0x1234n);
    await agreed(agreement, { blockNumber: block.number, blockHash: block.hash });
  });
});
