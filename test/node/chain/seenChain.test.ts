import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { Address } from "viem";
import { pad, toHex } from "viem";
import { agreementNeeded } from "../../../node/src/chain/agreement.ts";
import { readSeenChain } from "../../../node/src/chain/seenChain.ts";
import { deployAll, type LocalChain, startChain } from "../../fixtures/chain.ts";
import { always, type Fault, type FaultProxy, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { failure, rpcOf } from "./helpers.ts";

const atTime = (seconds: bigint) => (block: unknown) => ({ ...(block as object), timestamp: toHex(seconds) });

describe("readSeenChain", () => {
  let chain: LocalChain;
  let proxies: FaultProxy[];
  let contract: Address;
  const lifts: (() => void)[] = [];

  before(async () => {
    chain = await startChain();
    proxies = await Promise.all([1, 2, 3].map(() => startFaultProxy(chain.rpcUrl)));
    contract = (await deployAll(chain)).clusterExecutions;
  });
  after(async () => {
    for (const proxy of proxies) await proxy.stop();
    await chain.stop();
  });
  afterEach(() => {
    for (const lift of lifts.splice(0)) lift();
  });

  const first = () => proxies[0] ?? expect.fail("no proxy");
  const inject = (fault: Fault, method?: string) => void lifts.push(first().inject(always(fault, method)));
  const read = (count: number) =>
    readSeenChain(rpcOf(proxies.slice(0, count).map(({ url }) => url)), contract, agreementNeeded(count));
  const truth = async () => {
    const block = await rpcOf(chain.rpcUrl).blockByNumber("latest");
    return { timestamp: block?.timestamp, execution: 0n };
  };

  for (const [name, fault, method] of [
    ["an older chain", { kind: "lie", lie: atTime(1n) }, "eth_getBlockByNumber"],
    ["a later one", { kind: "lie", lie: atTime(2n ** 40n) }, "eth_getBlockByNumber"],
    ["executions that nobody made", { kind: "lie", lie: () => pad("0xffffffffff") }, "eth_call"],
  ] as const) {
    it(`believesNoneOfThree_thatTellsOf ${name}`, async () => {
      inject(fault, method);
      expect(await read(3)).to.deep.equal(await truth());
    });

    it(`believesNeitherOfTwo_whileOneTellsOf ${name}`, async () => {
      inject(fault, method);
      await failure(read(2), "RPC_DISAGREEMENT");
      lifts.pop()?.();
      expect(await read(2)).to.deep.equal(await truth());
    });
  }

  it("takesTheOnlyEndpointsWord", async () => {
    inject({ kind: "lie", lie: atTime(2n ** 40n) }, "eth_getBlockByNumber");
    expect(await read(1)).to.deep.equal({ timestamp: 2n ** 40n, execution: 0n });
  });

  it("needsTwoOfThree_whereTheOthersAreAway", async () => {
    for (const proxy of proxies.slice(1)) lifts.push(proxy.inject(always({ kind: "drop" })));
    await failure(read(3), "RPC_DISAGREEMENT");
  });
});
