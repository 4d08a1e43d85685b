import { expect } from "chai";
import { describe, it } from "mocha";
import type { Address } from "viem";
import type { FollowedBlock } from "../../../node/src/chain/agreement.ts";
import type { NodeState } from "../../../node/src/chain/state.ts";
import { untilRotated } from "../../../node/src/local/wiring/ownNode.ts";

const OWN: Address = "0x1111111111111111111111111111111111111111";
const OTHER: Address = "0x2222222222222222222222222222222222222222";

/** A node whose key the chain tells of, and which blocks are agreed on. */
function setting() {
  let key = OWN;
  let head = 1n;
  let agreedUpTo = 0n;
  const asked: bigint[] = [];
  const onNode = new Set<(node: bigint) => void>();
  const onChange = new Set<() => void>();
  const outcome = { code: undefined as string | undefined };
  untilRotated(
    {
      projection: {
        head: () => ({ number: head, hash: "0x01", parentHash: "0x00", timestamp: 0n }),
        node: () => ({ key }) as NodeState,
        on(_topic, listener) {
          onNode.add(listener);
          return () => onNode.delete(listener);
        },
      },
      view: {
        onChange(handler) {
          const listener = () => handler(undefined);
          onChange.add(listener);
          return () => onChange.delete(listener);
        },
      },
      isAgreed({ blockNumber }: FollowedBlock) {
        asked.push(blockNumber);
        return blockNumber <= agreedUpTo;
      },
    },
    7n,
    { address: OWN },
  ).catch((error: { code: string }) => {
    outcome.code = error.code;
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    outcome,
    asked,
    listeners: () => onNode.size + onChange.size,
    async rotate(to: Address) {
      key = to;
      for (const listener of onNode) listener(7n);
      await turn();
    },
    async block(agreed: bigint) {
      head += 1n;
      agreedUpTo = agreed;
      for (const listener of [...onChange]) listener();
      await turn();
    },
  };
}

describe("untilRotated", () => {
  it("ends the daemon once the endpoints agree on the block in which its node got another key", async () => {
    const world = setting();
    await world.rotate(OTHER);
    await world.block(0n);
    expect(world.outcome.code, "one endpoint may have made it up").to.equal(undefined);
    await world.block(1n);
    expect(world.outcome.code).to.equal("NODE_KEY_OTHER");
    expect(new Set(world.asked)).to.deep.equal(new Set([1n]));
    expect(world.listeners()).to.equal(0);
  });

  it("goes on where the block was taken back", async () => {
    const world = setting();
    await world.rotate(OTHER);
    await world.rotate(OWN);
    const { length } = world.asked;
    await world.block(9n);
    expect(world.outcome.code).to.equal(undefined);
    expect(world.asked).to.have.length(length);
  });
});
