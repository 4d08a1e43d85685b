import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { microsOf } from "../../../../node/src/agents/money/amounts.ts";
import { createLedger } from "../../../../node/src/agents/money/ledger.ts";
import type { HelperPlan } from "../../../../node/src/agents/team/ports.ts";
import { pricesSchema, serviceSchema } from "../../../../node/src/config/service.ts";
import { bookNameOf, FAMILY_DEPTH_MAX, familyFor } from "../../../../node/src/local/team/families.ts";
import { requireBudget } from "../../../../node/src/local/team/plans.ts";
import { purseOf } from "../../../../node/src/local/team/purses.ts";
import { createMemoryStore } from "../../../../node/src/store/memory.ts";
import type { PartyId } from "../../../../node/src/workspace/types.ts";
import { CHAIN } from "../../store/helpers.ts";

const USER = `0x${"aa".repeat(20)}` as const;
/** One unit for each token that is read. */
const PRICES = pricesSchema.parse({ inputPerMillion: "1000000", outputPerMillion: "0" });
const SERVICE = serviceSchema.parse({
  kind: "http",
  baseUrl: "http://127.0.0.1:1/v1",
  model: "m",
  prices: PRICES,
});

async function world(budgets: { readonly agent?: string; readonly cluster?: string } = {}) {
  const { usage } = await createMemoryStore(CHAIN);
  const micros = (amount: string | undefined) => (amount === undefined ? undefined : microsOf(amount));
  const none = { currency: "USD", run: undefined, user: undefined, day: undefined };
  const ledger = createLedger(
    { budgets: { ...none, agent: micros(budgets.agent), cluster: micros(budgets.cluster) } },
    { usage },
  );
  const purse = purseOf({ node: 1n, services: new Map([["model", SERVICE]]) }, { ledger });
  const plans = new Map<string, HelperPlan>();
  const modules = {
    node: 1n,
    ledger,
    currency: "USD",
    planOf: (_cluster: bigint, name: string) => plans.get(name),
  };
  return {
    usage,
    purse,
    /** Spawns one, and answers its plan. */
    async spawn(name: string, by: PartyId, budget?: string): Promise<HelperPlan> {
      const given = budget === undefined ? {} : { budget: requireBudget(budget) };
      const family = await familyFor({ by, cluster: 7n, user: USER, ...given }, modules);
      const about = { cluster: 7n, name, role: "r", goal: "g", service: "model", user: USER };
      const plan = { ...about, ...given, ...(family === undefined ? {} : { family }) };
      plans.set(name, plan);
      return plan;
    },
    /** A turn that reads so many tokens. @returns why it may not begin */
    async turn(plan: HelperPlan, inputTokens: number): Promise<string> {
      try {
        await purse.begin(plan);
      } catch (error) {
        return codeOf(error);
      }
      await purse.spent(plan, { usage: { inputTokens, outputTokens: 0 } }, true);
      return "done";
    },
  };
}

function codeOf(error: unknown): string {
  if (error instanceof PleiadError) return error.code;
  throw error;
}

const refusal = (work: Promise<unknown>): Promise<PleiadError> =>
  work.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: unknown) => error as PleiadError,
  );

describe("a helper that an agent spawned", () => {
  it("draws on its spawner's budget, and that on its spawner's: each stops where one of them is used up", async () => {
    const { spawn, turn, usage } = await world();
    const parent = await spawn("parent", "user:0x01" as PartyId, "10");
    const child = await spawn("child", "helper:1/parent" as PartyId, "6");
    const grandchild = await spawn("grandchild", "helper:1/child" as PartyId);
    expect(await turn(grandchild, 4)).to.equal("done");
    expect((await usage.sums("agent")).map(({ key, inputTokens }) => [key, inputTokens])).to.deep.equal(
      [child, grandchild, parent].map((one) => [bookNameOf(1n, one), 4]),
    );
    expect(await turn(child, 2)).to.equal("done");
    // Six are gone, all that the child was given: also what its own child used.
    expect(await turn(child, 1)).to.equal("BUDGET_USED_UP");
    expect(await turn(grandchild, 1)).to.equal("BUDGET_USED_UP");
    expect(await turn(parent, 4)).to.equal("done");
    expect(await turn(parent, 1)).to.equal("BUDGET_USED_UP");
    expect((await usage.sum({ kind: "cluster", key: "7" }))?.inputTokens).to.equal(10);
  });

  it("is given no more than what is left to its spawner, by its own budget and the operator's", async () => {
    const { spawn, turn } = await world({ agent: "8" });
    const parent = await spawn("parent", "user:0x01" as PartyId, "10");
    expect(await turn(parent, 3)).to.equal("done");
    const error = await refusal(spawn("child", "helper:1/parent" as PartyId, "5.000001"));
    expect([error.code, error.details.left]).to.deep.equal(["BUDGET_TOO_LARGE", "5"]);
    expect(error.hint).to.contain("at most 5");
    const child = await spawn("child", "helper:1/parent" as PartyId, "5");
    expect(await turn(child, 5)).to.equal("done");
    expect((await refusal(spawn("other", "helper:1/parent" as PartyId, "1"))).hint).to.contain("used up");
    // A person gives what they like.
    await spawn("free", "user:0x01" as PartyId, "1000000");
  });

  it("of an agent of the chain draws on what that agent may cost, and on the cluster's", async () => {
    const { spawn, turn } = await world({ agent: "100", cluster: "4" });
    expect((await refusal(spawn("child", "agent:12" as PartyId, "5"))).code).to.equal("BUDGET_TOO_LARGE");
    const child = await spawn("child", "agent:12" as PartyId, "4");
    expect(child.family).to.deep.equal([{ agent: "agent 12" }]);
    expect(await turn(child, 4)).to.equal("done");
    const sibling = await spawn("sibling", "user:0x01" as PartyId);
    expect(await turn(sibling, 1)).to.equal("BUDGET_USED_UP");
  });

  it("is not spawned with nothing, less than nothing, or more than an amount may be", async () => {
    const { spawn } = await world();
    for (const budget of [
      "0",
      "0.000000",
      "-1",
      "10000000",
      "99999999999999",
      "1e9",
      "Infinity",
      "1.0000001",
      "",
    ]) {
      const error = await refusal(spawn("child", "helper:1/parent" as PartyId, budget));
      expect([error.code, error.hint === undefined], budget).to.deep.equal(["BUDGET_INVALID", false]);
    }
  });

  it("is no link of an endless line", async () => {
    const { spawn } = await world();
    await spawn("h0", "user:0x01" as PartyId);
    for (let at = 1; at <= FAMILY_DEPTH_MAX; at += 1) await spawn(`h${at}`, `helper:1/h${at - 1}` as PartyId);
    const error = await refusal(spawn("last", `helper:1/h${FAMILY_DEPTH_MAX}` as PartyId));
    expect(error.code).to.equal("SPAWN_TOO_DEEP");
  });
});
