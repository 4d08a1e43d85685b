import { reputationRegistryAbi } from "@pleiad/sdk/abi/reputationRegistry";
import { expect } from "chai";
import { describe, it } from "mocha";
import { decodeFunctionData, encodeFunctionResult, type Hex, zeroAddress } from "viem";
import {
  createRatings,
  RATING_FRESH_MS,
  RATINGS_READ_MAX,
} from "../../../../node/src/local/manager/ratings.ts";
import { failure } from "../../chain/helpers.ts";

const CALL = { abi: reputationRegistryAbi, functionName: "getPaidSummary" } as const;

function ratingsOver(
  summaries: ReadonlyMap<bigint, readonly [count: bigint, value: bigint, decimals: number]>,
) {
  const world = {
    nowMs: 0,
    asked: [] as bigint[],
    atOnce: 0,
    mostAtOnce: 0,
    answer: undefined as Hex | undefined,
  };
  const ratings = createRatings({
    reputationRegistry: zeroAddress,
    monotonicMs: () => world.nowMs,
    rpc: {
      async call({ data = "0x" }) {
        const { args } = decodeFunctionData({ abi: CALL.abi, data });
        const [agent] = args as readonly [bigint];
        world.asked.push(agent);
        world.atOnce += 1;
        world.mostAtOnce = Math.max(world.mostAtOnce, world.atOnce);
        await new Promise(setImmediate);
        world.atOnce -= 1;
        return (
          world.answer ?? encodeFunctionResult({ ...CALL, result: summaries.get(agent) ?? [0n, 0n, 18] })
        );
      },
    },
  });
  return { ratings, world };
}

describe("ratings of agents", () => {
  it("are the mean of what payers said, from 0 to 1; one whom nobody rated has none", async () => {
    const { ratings } = ratingsOver(new Map([[4n, [3n, 87_500_000_000_000_000_000n, 18]]]));
    expect(await ratings.of([4n, 5n])).to.deep.equal(
      new Map([
        [4n, { mean: 0.875, count: 3 }],
        [5n, undefined],
      ]),
    );
  });

  it("are read a few at once, and again once they are old", async () => {
    const { ratings, world } = ratingsOver(new Map());
    const agents = Array.from({ length: 3 * RATINGS_READ_MAX }, (_, index) => BigInt(index));
    await ratings.of(agents);
    expect(world.mostAtOnce).to.equal(RATINGS_READ_MAX);
    expect(world.asked).to.have.members(agents);
    world.nowMs = RATING_FRESH_MS - 1;
    await ratings.of(agents);
    expect(world.asked.length, "fresh").to.equal(agents.length);
    world.nowMs = RATING_FRESH_MS;
    await ratings.of([3n]);
    expect(world.asked.length).to.equal(agents.length + 1);
  });

  it("that are no summary are refused", async () => {
    const { ratings, world } = ratingsOver(new Map());
    world.answer = "0x12";
    await failure(ratings.of([1n]), "RPC_INVALID_ANSWER");
  });
});
