import { expect } from "chai";
import fc from "fast-check";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { createChain, deployRegistries, registerModel, registerNode } from "../fixtures/registries.ts";

/** Another seed gives other histories: `PLEIAD_TEST_SEED=7 hardhat test mocha …`. */
const SEED = Number(process.env.PLEIAD_TEST_SEED ?? 20_251);
const RUNS = Number(process.env.PLEIAD_TEST_RUNS ?? 20);
const NODES = 6;

const { networkHelpers } = await createChain();

/** A model and nodes of one owner, so that one call joins and one leaves. */
async function stage(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const model = await registerModel(registries, registries.alice);
  for (let i = 1; i <= NODES; i++) await registerNode(registries, i, registries.alice);
  return { ...registries, model };
}

/** A node as the rules see it, kept the plain way. */
interface Seat {
  node: bigint;
  joinedAt: bigint;
  leftAt: bigint;
  active: boolean;
}

describe("ModelRegistry histories", () => {
  it(`history_nodesComeAndGo_succeeds (seed ${SEED})`, async function () {
    this.timeout(120_000);
    const moves = fc.record({
      node: fc.integer({ min: 1, max: NODES }),
      later: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { minLength: 4, maxLength: 24, size: "max" }), async (steps) => {
        const { models, model, alice } = await networkHelpers.loadFixture(stage);
        const seats: Seat[] = [];
        const start = BigInt(await networkHelpers.time.latest());
        let now = start;
        for (const { node: number, later } of steps) {
          const node = BigInt(number);
          now += BigInt(later);
          await networkHelpers.time.setNextBlockTimestamp(now);
          const seat = seats.find((other) => other.node === node);
          if (seat?.active) {
            await models.write.leave([model, node], { account: alice });
            Object.assign(seat, { active: false, leftAt: now });
          } else {
            await models.write.serve([model, node], { account: alice });
            if (seat) seat.active = true;
            else seats.push({ node, joinedAt: now, leftAt: 0n, active: true });
          }
        }
        expect(await models.read.servingNodes([model])).to.deep.equal(
          seats.map(({ node, joinedAt, active }) => ({ node, joinedAt, active })),
        );
        for (let createdAt = start; createdAt <= now + 1n; createdAt++) {
          const places = BigInt(seats.filter(({ joinedAt }) => joinedAt < createdAt).length);
          const stranger = await models.read.nodeStandingOf([model, BigInt(NODES + 1), createdAt]);
          expect(stranger, `nobody's node for an execution at ${createdAt - start}`).to.deep.equal([0n, 0n]);
          for (const [place, { node, joinedAt, leftAt, active }] of seats.entries()) {
            const serves = joinedAt < createdAt && (active || leftAt >= createdAt);
            expect(
              await models.read.nodeStandingOf([model, node, createdAt]),
              `node ${node} for an execution at ${createdAt - start}`,
            ).to.deep.equal(serves ? [BigInt(place), places] : [0n, 0n]);
          }
          const deserted = seats.every(({ active, leftAt }) => !active && leftAt < createdAt);
          expect(
            await models.read.ownerStandingOf([model, createdAt]),
            `the owner for an execution at ${createdAt - start}`,
          ).to.deep.equal([alice, deserted ? 0n : places]);
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});
