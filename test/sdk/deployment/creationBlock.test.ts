import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Address, createClient, custom, numberToHex } from "viem";
import { creationBlock } from "../../../sdk/src/deployment/creationBlock.ts";
import { expectCode } from "../support/expectCode.ts";
import { refusal } from "../support/hookedClient.ts";

const addressOf = (index: number): Address => numberToHex(index + 1, { size: 20 });

/** A chain on which contract `index` is there from block `createdAt[index]` on, and which counts what it is asked. */
function chainOf(createdAt: readonly bigint[], answer: (block: bigint) => unknown = () => undefined) {
  const asked: bigint[] = [];
  const request = async ({ params }: { params: readonly [Address, `0x${string}`] }) => {
    const [address, block] = [params[0], BigInt(params[1])];
    asked.push(block);
    answer(block);
    const created = createdAt.find((_, index) => addressOf(index) === address);
    return created !== undefined && block >= created ? "0x60" : "0x";
  };
  const transport = custom({ request: request as never }, { retryCount: 0 });
  return {
    client: createClient({ transport }),
    addresses: createdAt.map((_, index) => addressOf(index)),
    asked,
  };
}

describe("creationBlock", () => {
  it("finds the block of the first of several contracts, on short chains and long ones", async () => {
    const block = fc.bigInt({ min: 0n, max: 30_000_000n });
    const contracts = fc.array(block, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(contracts, block, async (createdAt, younger) => {
        const [first = 0n, ...rest] = createdAt.toSorted((left, right) => (left < right ? -1 : 1));
        const head = (rest.at(-1) ?? first) + younger;
        const { client, addresses } = chainOf(createdAt);
        expect(await creationBlock(client, addresses, head)).to.equal(first);
      }),
      { seed: 20_251, numRuns: 200 },
    );
  });

  it("asks once for each contract that is not older than those before it, and 25 times for the first", async () => {
    const { client, addresses, asked } = chainOf([10_000_000n, 10_000_000n, 10_000_001n, 10_000_002n]);
    expect(await creationBlock(client, addresses, 30_000_000n)).to.equal(10_000_000n);
    expect(asked.length).to.be.at.most(26 + 3);
  });

  it("does not know where the endpoint has no state of old blocks, and passes on what may pass", async () => {
    const pruned = chainOf([500n], (block) => {
      if (block < 900n) throw refusal(-32000, "missing trie node");
    });
    expect(await creationBlock(pruned.client, pruned.addresses, 1_000n)).to.equal(undefined);
    const busy = chainOf([500n], () => {
      throw refusal(-32005, "limit exceeded");
    });
    await expectCode(creationBlock(busy.client, busy.addresses, 1_000n), "RPC_RATE_LIMITED");
  });
});
