import { expect } from "chai";
import { describe, it } from "mocha";
import {
  checkDay,
  checkForbidden,
  consentFor,
  costOf as sumOf,
} from "../../../../node/src/manager/planning/policy.ts";
import type { PlannedStep, Step, StepCost } from "../../../../node/src/manager/plans.ts";
import { failureOf } from "../formation/support.ts";
import { costOf, OTHER, POLICY } from "./world.ts";

const PLACES: Step = { act: "set-places", node: 1n, from: 4, to: 6 };
const SERVE: Step = { act: "serve-model", node: 2n, model: 1n };
const ETHER = 10n ** 18n;

function step(what: Step, cost: StepCost = costOf(0n)): PlannedStep {
  return { step: what, why: "A test wants it.", cost };
}

describe("the policy", () => {
  it("lets an act go that it names, within the money of a plan and of the day", () => {
    expect(consentFor([step(PLACES, costOf(POLICY.planWeiMax))], POLICY, 0n)).to.equal(undefined);
  });

  it("asks for an act that it does not name, and says which", () => {
    expect(consentFor([step(PLACES), step(SERVE)], POLICY, 0n))
      .to.include('"serve-model"')
      .and.not.include("set-places");
  });

  it("asks for a wei more than a plan may cost, gas and fees of all steps together, and says how much", () => {
    const half = POLICY.planWeiMax / 2n;
    const steps = [step(PLACES, costOf(half)), step(PLACES, costOf(0n, half))];
    expect(consentFor(steps, POLICY, 0n)).to.equal(undefined);
    const consent = consentFor([...steps, step(PLACES, costOf(1n))], POLICY, 0n);
    expect(consent).to.include("0.010000000000000001 ether").and.include("0.01 ether");
  });

  it("asks where the day has not so much left", () => {
    const steps = [step(PLACES, costOf(POLICY.planWeiMax))];
    expect(consentFor(steps, POLICY, POLICY.dayWeiMax - POLICY.planWeiMax)).to.equal(undefined);
    expect(consentFor(steps, POLICY, POLICY.dayWeiMax - POLICY.planWeiMax + 1n)).to.include("of the day's");
    expect(consentFor([step(PLACES)], POLICY, POLICY.dayWeiMax), "what costs nothing").to.equal(undefined);
  });

  it("asks for every fee in a token, whose worth it does not know", () => {
    const fee = { ...costOf(0n, 1n), currency: OTHER } as const;
    expect(consentFor([step(PLACES, fee)], POLICY, 0n)).to.include("token");
    expect(sumOf([step(PLACES, fee)])).to.deep.equal({ wei: 0n, isInTokens: true });
  });

  it("forbids an act to everybody, and says what to do", () => {
    const error = failureOf(() => checkForbidden([PLACES, SERVE], { ...POLICY, forbidden: ["serve-model"] }));
    expect(error).to.include({ code: "POLICY_FORBIDS", retryable: false });
    expect(error.message).to.include("serve-model");
    expect(error.hint).to.include("policy.").and.to.include("read anew");
    checkForbidden([PLACES], { ...POLICY, forbidden: ["serve-model"] });
  });

  it("gives no plan more than the day has, whoever asks, and says what is left", () => {
    const steps = [step(SERVE, costOf(ETHER / 20n))];
    checkDay(steps, POLICY, ETHER / 20n);
    const error = failureOf(() => checkDay(steps, POLICY, ETHER / 20n + 1n));
    expect(error.code).to.equal("BUDGET_EXCEEDED");
    expect(error.message).to.include("0.049999999999999999 ether").and.include("0.1 ether");
    expect(error.hint).to.include("tomorrow");
    const never = failureOf(() => checkDay([step(SERVE, costOf(ETHER))], POLICY, 0n));
    expect(never.hint).not.to.include("tomorrow");
    checkDay([step(SERVE)], POLICY, 2n * POLICY.dayWeiMax);
  });
});
