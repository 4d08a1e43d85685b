import { expect } from "chai";
import { describe, it } from "mocha";
import { ALL_FAULTS } from "./faults/index.ts";
import { PROFILE_NAMES, profileOf, SCENARIO_NAMES } from "./profiles.ts";
import { OFFER_NAMES, OPERATOR_COUNT } from "./registry.ts";
import { type PlannedFault, planRounds } from "./schedule.ts";
import { planSetup } from "./setup.ts";

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);
const ROUNDS = 4;

describe("the schedule of a simulation", () => {
  it("is decided by profile and seed alone, and more rounds change none of the first", () => {
    for (const name of PROFILE_NAMES) {
      const plan = planRounds(profileOf(name), { seed: 7, rounds: ROUNDS });
      expect(planRounds(profileOf(name), { seed: 7, rounds: ROUNDS })).to.deep.equal(plan);
      expect(planRounds(profileOf(name), { seed: 7, rounds: ROUNDS + 3 }).slice(0, ROUNDS)).to.deep.equal(
        plan,
      );
      expect(planRounds(profileOf(name), { seed: 8, rounds: ROUNDS })).not.to.deep.equal(plan);
    }
  });

  it("keeps to what each fault and profile allow", () => {
    const faults = new Map(ALL_FAULTS.map((fault) => [fault.name, fault]));
    for (const name of PROFILE_NAMES) {
      const profile = profileOf(name);
      for (const seed of SEEDS) {
        for (const { faults: planned, requests } of planRounds(profile, { seed, rounds: 1 })) {
          expect(requests.length).to.be.within(...profile.requestsPerRound);
          const isOutside = ({ fault }: PlannedFault) => profile.outside?.some(({ name }) => name === fault);
          expect(planned.filter((fault) => isOutside(fault) !== true).length).to.be.at.most(
            profile.faultsPerRound[1],
          );
          const victims = planned.filter(({ fault }) => faults.get(fault)?.onVictimOnly === true);
          expect(new Set(victims.map(({ operator }) => operator)).size, "victims of a round").to.be.at.most(
            1,
          );
          for (const { fault, lastsMs } of planned) {
            const shape = faults.get(fault);
            expect(lastsMs).to.be.within(...(shape?.lastsMs ?? [0, -1]));
            const count = planned.filter((other) => other.fault === fault).length;
            expect(count).to.be.at.most(shape?.perRoundMax ?? Number.POSITIVE_INFINITY);
          }
        }
      }
    }
  });

  it("asks for runs of every kind: of each cluster, with inputs and outputs inline and by reference", () => {
    for (const name of PROFILE_NAMES) {
      const requests = SEEDS.flatMap((seed) => planRounds(profileOf(name), { seed, rounds: 1 })).flatMap(
        (round) => round.requests,
      );
      const kinds = new Set(
        requests.map(
          ({ offer, byReference, inputByReference }) => `${offer} ${byReference} ${inputByReference}`,
        ),
      );
      expect(kinds.size, name).to.equal(profileOf(name).plainRuns === true ? 1 : OFFER_NAMES.length * 2 * 2);
    }
  });

  it("asks for no agreement right after a round that took a node's memory", () => {
    const rounds = SEEDS.flatMap((seed) => {
      const planned = planRounds(profileOf("machine"), { seed, rounds: ROUNDS });
      return planned.slice(1).map((round, index) => [planned[index], round] as const);
    });
    const took = (round: (typeof rounds)[number][0]) =>
      round?.faults.some(({ fault }) => fault === "damagedDatabase");
    const asks = (round: (typeof rounds)[number][1]) =>
      round.requests.some(({ offer }) => offer === "agreeing");
    expect(rounds.filter(([before, round]) => took(before) === true && asks(round))).to.deep.equal([]);
    expect(
      rounds.filter(([before, round]) => took(before) === false && took(round) === true && asks(round)),
    ).not.to.deep.equal([]);
  });

  it("gives one operator a remote signer, and tells some of new blocks and some not, by profile and seed alone", () => {
    const signers = new Set<number>();
    for (const seed of SEEDS) {
      const setup = planSetup("all", seed);
      expect(planSetup("all", seed)).to.deep.equal(setup);
      expect(new Set(setup.headHints)).to.deep.equal(new Set([true, false]));
      signers.add(setup.remoteSigner);
    }
    expect([...signers].sort()).to.deep.equal(Array.from({ length: OPERATOR_COUNT }, (_, index) => index));
  });

  it("draws every scenario but those that stop daemons for good in the profile of all", () => {
    const drawn = new Set(
      SEEDS.flatMap((seed) => planRounds(profileOf("all"), { seed, rounds: ROUNDS }))
        .flatMap(({ faults }) => faults)
        .map(({ fault }) => fault),
    );
    expect([...drawn].sort()).to.deep.equal(
      SCENARIO_NAMES.filter((name) => !["deepReorg", "twinKey"].includes(name)).sort(),
    );
  });
});
