import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { encodeFunctionData, numberToHex, zeroAddress } from "viem";
import { type BlockSource, createBlockSource } from "../../../node/src/chain/blockSource.ts";
import { createEventDecoder } from "../../../node/src/chain/events.ts";
import { createRpc } from "../../../node/src/chain/rpc.ts";
import { accountOf, deployAll, type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { failure, logger, rpcOf } from "./helpers.ts";

type Entry = Readonly<Record<string, unknown>>;

describe("a range of the log", () => {
  let chain: LocalChain;
  let proxy: FaultProxy;
  let deployment: Deployment;
  let source: BlockSource;
  let from: bigint;
  let to: bigint;
  let random: () => number;

  before(async () => {
    chain = await startChain();
    proxy = await startFaultProxy(chain.rpcUrl);
    deployment = await deployAll(chain);
    const test = testClientOf(chain);
    from = ((await rpcOf(chain.rpcUrl).blockByNumber("latest"))?.number ?? 0n) + 1n;
    // Two blocks with two registrations each, one after the other, then two without.
    await test.setAutomine(false);
    for (let block = 0; block < 2; block += 1) {
      for (let n = 0; n < 2; n += 1) {
        const terms = { currency: zeroAddress, priceWei: 1n, nodeShareBps: 1, open: true };
        const args = [`model ${block} ${n}`, terms] as const;
        const data = encodeFunctionData({ abi: modelRegistryAbi, functionName: "register", args });
        const transaction = { from: accountOf(1).address, to: deployment.modelRegistry, data };
        await test.request({ method: "eth_sendTransaction", params: [transaction] } as never);
      }
      await test.mine({ blocks: 1 });
    }
    await test.mine({ blocks: 2 });
    to = from + 3n;
  });
  beforeEach(() => {
    random = () => 0;
  });
  after(async () => {
    await proxy.stop();
    await chain.stop();
  });

  function read(url = proxy.url) {
    source = createBlockSource({ rpc: rpcOf(url), decoder: createEventDecoder(deployment), logger, random });
    return source.range(from, to);
  }

  /** The range by several endpoints; a rule for the answers of each to eth_getLogs. */
  async function readFrom(lies: readonly (((logs: Entry[]) => unknown) | "away" | undefined)[]) {
    await using proxies = new AsyncDisposableStack();
    const urls: string[] = [];
    for (const lie of lies) {
      const one = await startFaultProxy(chain.rpcUrl);
      proxies.defer(() => one.stop());
      urls.push(one.url);
      const fault = lie === "away" ? ({ kind: "drop" } as const) : lie && lying(lie);
      if (fault) one.inject(({ method }) => (method === "eth_getLogs" ? fault : undefined));
    }
    const rpc = createRpc({ urls, chainId: chain.chainId }, { logger, random: () => 0 });
    const several = createBlockSource({ rpc, decoder: createEventDecoder(deployment), logger });
    return await several.range(from, to);
  }

  /** What a range comes to while a fault applies to the answers of a method, at most so many times. */
  async function under<T>(
    method: string,
    fault: (params: readonly unknown[]) => Fault | undefined,
    run: () => Promise<T>,
  ) {
    const lift = proxy.inject((call) => (call.method === method ? fault(call.params) : undefined));
    try {
      return await run();
    } finally {
      lift();
    }
  }

  const lying = (lie: (logs: Entry[]) => unknown): Fault => ({
    kind: "lie",
    lie: (logs) => lie(logs as Entry[]),
  });

  it("brings the blocks with our events, and its end, as each block by itself does", async () => {
    const range = await read();
    expect(range.blocks.map(({ block }) => block.number)).to.deep.equal([from, from + 1n]);
    expect(range.end.number).to.equal(to);
    expect(range.weight).to.equal(8);
    for (const { block, events } of range.blocks) {
      expect(events).to.have.length(4);
      expect(events).to.deep.equal(await source.eventsOf(block));
    }
  });

  const lies: readonly (readonly [string, (logs: Entry[]) => unknown])[] = [
    [
      "a topic that the block's bloom does not have",
      (logs) =>
        logs.map((log, index) =>
          index === 5 ? { ...log, topics: [(log.topics as string[])[0], `0x${"77".repeat(32)}`] } : log,
        ),
    ],
    [
      "another contract's log",
      (logs) => logs.map((log, index) => (index === 5 ? { ...log, address: accountOf(3).address } : log)),
    ],
    ["another block's hash", (logs) => logs.map((log) => ({ ...log, blockHash: `0x${"11".repeat(32)}` }))],
    [
      "two hashes of one block",
      (logs) => logs.map((log, index) => (index === 1 ? { ...log, blockHash: `0x${"11".repeat(32)}` } : log)),
    ],
    [
      "a block outside of it",
      (logs) => logs.map((log, index) => (index === 7 ? { ...log, blockNumber: numberToHex(to + 1n) } : log)),
    ],
    ["a log of a block that has none", (logs) => [...logs, { ...logs[0], blockNumber: numberToHex(to) }]],
    ["a removed log", (logs) => logs.map((log, index) => (index === 5 ? { ...log, removed: true } : log))],
    [
      "data that is no event's",
      (logs) => logs.map((log, index) => (index === 5 ? { ...log, data: "0x00" } : log)),
    ],
    [
      "two logs in one place",
      (logs) => logs.map((log, index) => (index === 1 ? { ...log, logIndex: "0x0" } : log)),
    ],
    ["no list", () => null],
    ["an entry that is none", (logs) => [...logs, "0x"]],
  ];
  for (const [name, lie] of lies) {
    it(`is refused for ${name}`, async () => {
      await under(
        "eth_getLogs",
        () => lying(lie),
        async () => {
          const error = await failure(read(), "RPC_INVALID_ANSWER");
          expect(error.message).to.contain("eth_getLogs");
        },
      );
      expect((await read()).weight).to.equal(8);
    });
  }

  it("is refused for a header that does not follow the one before", async () => {
    const fault = (params: readonly unknown[]): Fault | undefined =>
      params[0] === numberToHex(from + 1n)
        ? { kind: "lie", lie: (block) => ({ ...(block as object), parentHash: `0x${"11".repeat(32)}` }) }
        : undefined;
    await under("eth_getBlockByNumber", fault, async () => {
      const error = await failure(read(), "RPC_INVALID_ANSWER");
      expect(error.message).to.contain("does not follow");
    });
  });

  it("is refused for a block that is not there", async () => {
    const fault = (params: readonly unknown[]): Fault | undefined =>
      params[0] === numberToHex(from + 1n) ? { kind: "answer", result: null } : undefined;
    await under("eth_getBlockByNumber", fault, async () => {
      await failure(read(), "RPC_BLOCK_UNKNOWN");
    });
  });

  it("is too large where it brings more than is to be held, unless it is a single block", async () => {
    const rpc = rpcOf(chain.rpcUrl);
    const bounded = (rangeWeightMax: number) =>
      createBlockSource({ rpc, decoder: createEventDecoder(deployment), logger, rangeWeightMax });
    expect((await bounded(8).range(from, to)).weight).to.equal(8);
    const error = await failure(bounded(7).range(from, to), "RPC_RANGE_TOO_LARGE");
    expect(error.message).to.contain(`eth_getLogs ${from} to ${to}`);
    expect((await bounded(1).range(from, from)).weight).to.equal(4);
  });

  it("is the same from an endpoint that answers in another order, or twice", async () => {
    const expected = await read(chain.rpcUrl);
    for (const lie of [
      (logs: Entry[]) => logs.toReversed(),
      (logs: Entry[]) => [...logs, ...logs],
      (logs: Entry[]) => logs.flatMap((log) => [log, log]),
    ])
      await under(
        "eth_getLogs",
        () => lying(lie),
        async () => {
          expect(await read()).to.deep.equal(expected);
        },
      );
  });

  it("is whole, with nothing twice, from the try after one that was cut or lied in its middle", async () => {
    const expected = await read(chain.rpcUrl);
    const half = (logs: Entry[]) => [...logs.slice(0, 5), { ...logs[5], data: "0x00" }];
    for (const fault of [{ kind: "dropAnswer" } as const, lying(half)]) {
      let left = 1;
      await under(
        "eth_getLogs",
        () => (left-- > 0 ? fault : undefined),
        async () => {
          expect(await read()).to.deep.equal(expected);
        },
      );
    }
  });

  const nothing = () => [];
  const firstBlockOnly = (logs: Entry[]) =>
    logs.filter(({ blockNumber }) => blockNumber === numberToHex(from));
  const withoutTheLast = (logs: Entry[]) => logs.slice(0, -1);
  /** Still in the block's bloom, and as the ABI says. */
  const otherName = (logs: Entry[]) =>
    logs.map((log) => ({ ...log, data: String(log.data).replace("6d6f64656c", "6d6f64656d") }));

  it("is refused where the only endpoint leaves out all logs of a block that was drawn", async () => {
    random = () => 1 / 4;
    await under(
      "eth_getLogs",
      (params) => ("fromBlock" in (params[0] as object) ? lying(firstBlockOnly) : undefined),
      async () => {
        const error = await failure(read(), "RPC_INVALID_ANSWER");
        expect(error.message)
          .to.contain(`block ${from + 1n}`)
          .and.to.contain("left out");
      },
    );
  });

  for (const [name, lie] of [
    ["all logs", nothing],
    ["the logs of a block", firstBlockOnly],
    ["one log", withoutTheLast],
  ] as const) {
    it(`is whole where the first of two endpoints leaves out ${name}`, async () => {
      expect((await readFrom([lie, undefined])).blocks).to.deep.equal((await read(chain.rpcUrl)).blocks);
    });
    it(`is whole where the second of three endpoints leaves out ${name}`, async () => {
      expect((await readFrom([undefined, lie, undefined])).blocks).to.deep.equal(
        (await read(chain.rpcUrl)).blocks,
      );
    });
  }

  it("is what most of three endpoints say, where one has a log more than there is", async () => {
    const more = (logs: Entry[]) => [...logs, { ...logs.at(-1), logIndex: numberToHex(9) }];
    expect((await readFrom([undefined, more, undefined])).blocks).to.deep.equal(
      (await read(chain.rpcUrl)).blocks,
    );
    expect((await readFrom([more, undefined, undefined])).blocks).to.deep.equal(
      (await read(chain.rpcUrl)).blocks,
    );
  });

  for (const [name, lies] of [
    ["the first", [otherName, undefined, undefined]],
    ["the second", [undefined, otherName, undefined]],
  ] as const) {
    it(`is what most of three endpoints say, where ${name} tells something else in a log's place`, async () => {
      expect((await readFrom(lies)).blocks).to.deep.equal((await read(chain.rpcUrl)).blocks);
    });
  }

  it("is read from one endpoint where the other is away, or knows another chain", async () => {
    const otherHash = (logs: Entry[]) => logs.map((log) => ({ ...log, blockHash: `0x${"11".repeat(32)}` }));
    expect((await readFrom([undefined, "away"])).blocks).to.deep.equal((await read(chain.rpcUrl)).blocks);
    expect((await readFrom([undefined, otherHash])).blocks).to.deep.equal((await read(chain.rpcUrl)).blocks);
  });
});
