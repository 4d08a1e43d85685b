import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { createClient, custom, keccak256, numberToHex, stringToHex } from "viem";
import { followLogs, KEPT_BLOCKS_MAX } from "../../../sdk/src/internal/followLogs.ts";
import type { Deployment } from "../../../sdk/src/types/deployment.ts";
import { collector } from "../support/collector.ts";

const ADDRESS = `0x${"12".repeat(20)}` as const;
const DEPLOYMENT: Deployment = {
  chainId: 1,
  permissionRegistry: ADDRESS,
  nodeRegistry: ADDRESS,
  modelRegistry: ADDRESS,
  agentRegistry: ADDRESS,
  clusterRegistry: ADDRESS,
  clusterExecutions: ADDRESS,
  fromBlock: 0n,
};

const hashOf = (name: string) => keccak256(stringToHex(name));

/** A chain of named blocks with one log each, which the test rewrites as it likes. */
function createFakeChain(names: string[]) {
  let blocks = names;
  const looks = collector<void>();
  const block = (number: number) => {
    const name = blocks[number];
    if (name === undefined) return null;
    const parentHash = hashOf(blocks[number - 1] ?? "none");
    return {
      number: numberToHex(number),
      hash: hashOf(name),
      parentHash,
      timestamp: "0x1",
      transactions: [],
    };
  };
  const logOf = (number: number) => ({
    address: ADDRESS,
    blockHash: hashOf(blocks[number] ?? ""),
    blockNumber: numberToHex(number),
    data: stringToHex(blocks[number] ?? ""),
    logIndex: "0x0",
    topics: [],
    transactionHash: hashOf("transaction"),
    transactionIndex: "0x0",
  });
  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    const [first] = params as [string | Record<string, string>];
    if (first === "latest") looks.add();
    if (method === "eth_getBlockByNumber")
      return block(first === "latest" ? blocks.length - 1 : Number(first));
    if (method !== "eth_getLogs" || typeof first === "string") throw new Error(method);
    const { blockHash, fromBlock, toBlock } = first;
    const numbers = [...blocks.keys()];
    const wanted = numbers.filter((number) =>
      blockHash === undefined
        ? number >= Number(fromBlock) && number <= Number(toBlock)
        : hashOf(blocks[number] ?? "") === blockHash,
    );
    return wanted.map(logOf);
  };
  return {
    client: createClient({ transport: custom({ request }, { retryCount: 0 }) }),
    become: (next: string[]) => {
      blocks = next;
    },
    /** Until the follower has looked at the chain as it is now, and come back for more. */
    looked: () => looks.until(looks.items.length + 2),
  };
}

/** Stops the follower of the present test, also where it fails. */
let stop = (): void => {};

function follow(chain: ReturnType<typeof createFakeChain>, fromBlock?: bigint) {
  const told = collector<string>();
  const errors = collector<string>();
  stop = followLogs(chain.client, {
    deployment: DEPLOYMENT,
    filter: { topics: [] },
    fromBlock,
    pollingIntervalMs: 1,
    onLogs: (logs, removed) => {
      for (const log of logs)
        told.add(`${removed ? "-" : "+"}${Buffer.from(log.data.slice(2), "hex").toString()}`);
    },
    onError: ({ code }) => errors.add(code),
  });
  return { told, errors };
}

describe("followLogs", () => {
  afterEach(() => stop());

  it("takes back, newest first, what a reorganisation of any shape removes, then tells the new branch", async () => {
    const chain = createFakeChain(["a", "b", "c", "d"]);
    const { told } = follow(chain, 1n);
    await told.until(3);
    chain.become(["a", "b", "C", "D", "E"]);
    await told.until(8);
    chain.become(["a", "B"]);
    await told.until(13);
    chain.become(["a", "B", "cc"]);
    await told.until(14);
    expect(told.items).to.deep.equal([
      "+b",
      "+c",
      "+d",
      "-d",
      "-c",
      "+C",
      "+D",
      "+E",
      "-E",
      "-D",
      "-C",
      "-b",
      "+B",
      "+cc",
    ]);
  });
  it("tells nothing twice where the endpoint lags behind itself", async () => {
    const chain = createFakeChain(["a", "b", "c"]);
    const { told } = follow(chain, 1n);
    await told.until(2);
    chain.become(["a", "b"]);
    await chain.looked();
    chain.become(["a", "b", "c", "d"]);
    await told.until(3);
    expect(told.items).to.deep.equal(["+b", "+c", "+d"]);
  });
  it("begins with the next block where no first one is named", async () => {
    const chain = createFakeChain(["a", "b"]);
    const { told } = follow(chain);
    await chain.looked();
    chain.become(["a", "b", "c"]);
    await told.until(1);
    expect(told.items).to.deep.equal(["+c"]);
  });
  it("catches up with old blocks in ranges and misses none", async () => {
    const names = Array.from({ length: KEPT_BLOCKS_MAX + 50 }, (_, index) => `n${index}`);
    const chain = createFakeChain(names);
    const { told } = follow(chain, 0n);
    await told.until(names.length);
    expect(told.items).to.deep.equal(names.map((name) => `+${name}`));
  });
  it("says so where a reorganisation is deeper than what it keeps, and goes on", async () => {
    const chain = createFakeChain(["a", "b", "c"]);
    const { told, errors } = follow(chain, 1n);
    await told.until(2);
    chain.become(["A", "B", "C", "D"]);
    await errors.until(1);
    await told.until(7);
    expect(errors.items[0]).to.equal("RPC_INCONSISTENT");
    expect(told.items).to.deep.equal(["+b", "+c", "-c", "-b", "+B", "+C", "+D"]);
  });
});
