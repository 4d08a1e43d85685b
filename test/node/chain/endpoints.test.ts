import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { zeroAddress } from "viem";
import {
  createEndpoints,
  LAG_QUARANTINE_MS,
  LIES_MAX,
  QUARANTINE_MS,
  QUARANTINE_MS_MAX,
  SLOW_MS,
} from "../../../node/src/chain/endpoints.ts";
import { LAG_BLOCKS_MAX, LAG_LOOK_INTERVAL_MS, LAG_LOOKS_MAX } from "../../../node/src/chain/lagWatch.ts";
import { createRpc, type Rpc } from "../../../node/src/chain/rpc.ts";
import type { RpcExchange } from "../../../node/src/chain/rpcAnswer.ts";
import { type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import { always, type FaultProxy, type FaultRule, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { failure, logger, type ManualClock, manualClock, until } from "./helpers.ts";

const LIE = { kind: "lie", lie: () => "0xzz" } as const;

describe("several endpoints", () => {
  let chain: LocalChain;
  let proxies: FaultProxy[];
  let clock: ManualClock;
  let rpc: Rpc;

  before(async () => {
    chain = await startChain();
  });
  after(() => chain.stop());
  beforeEach(async () => {
    proxies = [await startFaultProxy(chain.rpcUrl), await startFaultProxy(chain.rpcUrl)];
    clock = manualClock();
    rpc = rpcOver(2);
  });
  afterEach(async () => {
    for (const proxy of proxies) await proxy.stop();
  });

  function rpcOver(count: number): Rpc {
    const urls = proxies.slice(0, count).map(({ url }) => url);
    return createRpc({ urls, chainId: 31337 }, { logger, clock, random: () => 0 });
  }

  const inject = (index: number, rule: FaultRule) =>
    proxies[index]?.inject(rule) ?? expect.fail("no such proxy");
  const askedOf = (index: number) => proxies[index]?.calls.length ?? 0;
  const ask = () => rpc.balanceWei(zeroAddress);
  const stateOf = (index: number) => rpc.health()[index]?.state;

  /** Lets the first endpoint lie until it is left out. */
  async function catchLiar(): Promise<void> {
    const lift = inject(0, always(LIE, "eth_getBalance"));
    for (let lies = 0; lies < LIES_MAX; lies++) {
      await ask();
      clock.advance(10_000);
    }
    lift();
  }

  it("leave one out that lied some times within a minute, though it is the first, and say over which request", async () => {
    await catchLiar();
    expect(rpc.health()[0]).to.deep.include({ state: "lies", failureCount: LIES_MAX });
    expect(rpc.health()[0]?.error?.code).to.equal("RPC_INVALID_ANSWER");
    expect(rpc.health()[0]?.error?.message).to.contain("RPC endpoint 1").and.contain("eth_getBalance");
    const before = askedOf(0);
    for (let i = 0; i < 5; i++) await ask();
    expect(askedOf(0)).to.equal(before);
    expect(rpc.providers().map(({ name }) => name)).to.have.length(1);
  });

  it("do not leave one out for an error page now and then", async () => {
    for (let i = 0; i < 2 * LIES_MAX; i++) {
      const lift = inject(0, always({ kind: "garbage", body: "<html>" }, "eth_getBalance"));
      await ask();
      lift();
      clock.advance(40_000);
    }
    expect(stateOf(0)).to.equal("well");
  });

  it("take one back after its time, ask for its chain id first, and leave it out for longer the next time", async () => {
    await catchLiar();
    clock.advance(QUARANTINE_MS);
    const before = askedOf(0);
    await ask();
    expect(proxies[0]?.calls.slice(before).map(({ method }) => method)).to.deep.equal([
      "eth_chainId",
      "eth_getBalance",
    ]);
    for (let times = 2; times < 10; times++) {
      await catchLiar();
      const forMs = Math.min(QUARANTINE_MS * 2 ** (times - 1), QUARANTINE_MS_MAX);
      clock.advance(forMs - 10_001);
      expect(stateOf(0), `time ${times}`).to.equal("lies");
      clock.advance(10_001);
      expect(stateOf(0), `time ${times}`).to.equal("well");
    }
  });

  it("ask a slow one only where no quicker one is well, and again when it is quick", async () => {
    const [first, second] = rpc.providers();
    await second?.blockByNumber("latest");
    const lift = inject(0, () => {
      clock.advance(SLOW_MS);
      return undefined;
    });
    await ask();
    const before = askedOf(0);
    for (let i = 0; i < 5; i++) await ask();
    expect(askedOf(0)).to.equal(before);
    const back = inject(1, always({ kind: "drop" }));
    await ask();
    expect(askedOf(0), "the quick one is away").to.be.above(before);
    back();
    lift();
    clock.advance(60_000);
    for (let i = 0; i < 5; i++) await first?.blockByNumber("latest");
    const again = askedOf(0);
    await ask();
    expect(askedOf(0)).to.equal(again + 1);
  });

  it("count one that lets requests run out as slow", async () => {
    rpc = createRpc(
      { urls: proxies.map(({ url }) => url), chainId: 31337, timeoutMs: 100 },
      { logger, clock, random: () => 0 },
    );
    await rpc.providers()[1]?.blockByNumber("latest");
    const lift = inject(0, ({ method }) => {
      if (method !== "eth_getBalance") return undefined;
      clock.advance(SLOW_MS);
      return { kind: "hang" };
    });
    await ask();
    lift();
    clock.advance(60_000);
    const before = askedOf(0);
    await ask();
    expect(askedOf(0), "it is rested").to.equal(before);
  });

  it("go on asking one that lies where there is no other, and say so", async () => {
    rpc = rpcOver(1);
    inject(0, always(LIE, "eth_getBalance"));
    for (let lies = 0; lies < LIES_MAX; lies++) {
      const asked = failure(ask(), "RPC_INVALID_ANSWER");
      const pushing = setInterval(() => clock.advance(1_000), 1);
      await asked.finally(() => clearInterval(pushing));
    }
    expect(stateOf(0)).to.equal("lies");
    clock.advance(10_000);
    expect(await rpc.transactionCount(zeroAddress, "latest")).to.equal(0);
  });

  it("refuse to start with one of another chain; one that is away is no reason", async () => {
    const lift = inject(1, always({ kind: "lie", lie: () => "0x5" }, "eth_chainId"));
    const error = await failure(rpc.check({}), "CHAIN_ID_MISMATCH");
    expect(error.message).to.contain("RPC endpoint 2");
    lift();
    rpc = rpcOver(2);
    inject(1, always({ kind: "drop" }));
    await rpc.check({});
  });

  it("go on with the others when one changes to another chain, or refuses its key", async () => {
    await ask();
    inject(0, always({ kind: "status", status: 401 }));
    expect(await ask()).to.equal(0n);
    expect(rpc.health()[0]?.error?.code).to.equal("RPC_FAILED");
    clock.advance(60_000);
    rpc = rpcOver(2);
    inject(0, always({ kind: "lie", lie: () => "0x5" }, "eth_chainId"));
    inject(0, (call) => (call.method === "eth_chainId" ? { kind: "answer", result: "0x5" } : undefined));
    expect(await ask()).to.equal(0n);
    expect(rpc.health()[0]).to.deep.include({ state: "lies" });
  });

  it("leave one out that lags behind the other, twice in a row, for a minute", async () => {
    const genesis = { method: "eth_getBlockByNumber", params: ["0x0", false] };
    const old = await testClientOf(chain).request(genesis as never);
    inject(0, always({ kind: "lie", lie: () => old }, "eth_getBlockByNumber"));
    await testClientOf(chain).mine({ blocks: LAG_BLOCKS_MAX, interval: 30 });
    let looks = 0;
    await until(async () => {
      looks += 1;
      clock.advance(LAG_LOOK_INTERVAL_MS);
      await rpc.blockByNumber("latest");
      return stateOf(0) === "lags";
    }, "it is left out");
    expect(looks).to.be.at.least(LAG_LOOKS_MAX);
    expect(rpc.health()[0]?.lagBlocks).to.equal(BigInt(LAG_BLOCKS_MAX));
    expect(rpc.health()[0]?.error?.message).to.contain("eth_getBlockByNumber");
    const before = askedOf(0);
    await ask();
    expect(askedOf(0)).to.equal(before);
    clock.advance(LAG_QUARANTINE_MS);
    expect(stateOf(0)).to.equal("well");
  });

  it("let one rest no longer that has answered another question meanwhile", () => {
    const endpoints = createEndpoints({
      exchanges: ["one", "other"].map((name) => ({ name, exchange: {} as RpcExchange })),
      clock,
      backoff: { baseMs: 1_000, maxMs: 1_000, random: () => 0 },
      logger,
    });
    const [one, other] = endpoints.all;
    if (one === undefined || other === undefined) throw new Error("two endpoints");
    endpoints.failed(one, new PleiadError("no answer", { code: "RPC_UNREACHABLE", retryable: true }), 1);
    expect(endpoints.restMs(one)).to.equal(500);
    expect(endpoints.next()).to.equal(other);
    endpoints.succeeded(one, 1);
    expect(endpoints.restMs(one)).to.equal(0);
    expect(endpoints.next()).to.equal(one);
  });

  it("tell of each how quick it is, what it was asked and what it failed", async () => {
    inject(0, always({ kind: "drop" }, "eth_getBalance"));
    await ask();
    await rpc.blockByNumber("latest");
    const [first, second] = rpc.health();
    expect(first).to.deep.include({ state: "resting", requestCount: 2, failureCount: 1 });
    expect(second).to.deep.include({ state: "well", failureCount: 0, lagBlocks: 0n });
    expect(second?.latencyMs).to.be.a("number");
    expect(second?.headBlock).to.be.a("bigint");
  });
});
