import { expect } from "chai";
import { describe, it } from "mocha";
import { createClient, custom, numberToHex } from "viem";
import { blockNotBefore, logsOf } from "../../../sdk/src/internal/logs.ts";
import type { Deployment } from "../../../sdk/src/types/deployment.ts";
import { expectCode } from "../support/expectCode.ts";

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

/** An endpoint with a log in each block whose number is a multiple of 1,000, that takes only so many blocks at once. */
function createEndpoint(blocksMax: number, refusal = { code: -32602, message: "range too large" }) {
  const asked: [number, number][] = [];
  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    const [first] = params as [string & { fromBlock: string; toBlock: string }];
    // A block is 12 seconds after the one before.
    if (method === "eth_getBlockByNumber")
      return { number: first, timestamp: numberToHex(BigInt(first) * 12n) };
    const [from, to] = [Number(first.fromBlock), Number(first.toBlock)];
    asked.push([from, to]);
    if (to - from + 1 > blocksMax) throw Object.assign(new Error(refusal.message), refusal);
    const logs = [];
    for (let number = Math.ceil(from / 1_000) * 1_000; number <= to; number += 1_000) {
      logs.push({
        address: ADDRESS,
        blockNumber: numberToHex(number),
        data: "0x",
        topics: [],
        logIndex: "0x0",
      });
    }
    return logs;
  };
  return { asked, client: createClient({ transport: custom({ request }, { retryCount: 0 }) }) };
}

describe("logsOf", () => {
  it("asks for a long range in parts, and halves what the endpoint refuses", async () => {
    for (const blocksMax of [100_000, 9_000, 700, 1]) {
      const { client, asked } = createEndpoint(blocksMax);
      const range = { fromBlock: 5n, toBlock: blocksMax === 1 ? 40n : 25_500n };
      const logs = await logsOf(client, DEPLOYMENT, { topics: [] }, range);
      const expected = Array.from(
        { length: blocksMax === 1 ? 0 : 25 },
        (_, index) => BigInt(index + 1) * 1_000n,
      );
      expect(
        logs.map(({ blockNumber }) => blockNumber),
        `${blocksMax}`,
      ).to.deep.equal(expected);
      for (const [from, to] of asked) expect(to - from).to.be.below(10_000);
    }
  });
  it("gives up where one block is refused, and does not halve what is not about the range", async () => {
    const refusing = createEndpoint(0);
    const range = { fromBlock: 0n, toBlock: 1_023n };
    await expectCode(logsOf(refusing.client, DEPLOYMENT, { topics: [] }, range), "RPC_FAILED");
    expect(refusing.asked).to.have.length(11);
    const limited = createEndpoint(0, { code: -32005, message: "slow down" });
    await expectCode(logsOf(limited.client, DEPLOYMENT, { topics: [] }, range), "RPC_RATE_LIMITED");
    expect(limited.asked).to.have.length(1);
  });
});

describe("blockNotBefore", () => {
  it("finds the first block that is not older, in a long range; a short one it leaves as it is", async () => {
    const { client } = createEndpoint(1);
    const range = { fromBlock: 100n, toBlock: 1_000_000n };
    for (const [timestamp, block] of [
      [12n * 5_000n, 5_000n],
      [12n * 5_000n + 1n, 5_001n],
      [0n, 100n],
      [12n * 2_000_000n, 1_000_000n],
    ] as const) {
      expect(await blockNotBefore(client, timestamp, range)).to.equal(block);
    }
    expect(await blockNotBefore(client, 12n * 50n, { fromBlock: 0n, toBlock: 99n })).to.equal(0n);
  });
});
