import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  ASSUMED_INPUT_TOKENS,
  ASSUMED_OUTPUT_TOKENS,
  costOf,
  decimalOf,
  microsOf,
  priceTableOf,
} from "../../../../node/src/agents/money/amounts.ts";
import { type Budgets, createLedger, type RunStart } from "../../../../node/src/agents/money/ledger.ts";
import type { TurnUsage, UsageStore } from "../../../../node/src/agents/money/types.ts";
import { pricesSchema, serviceSchema } from "../../../../node/src/config/service.ts";
import { createMemoryStore } from "../../../../node/src/store/memory.ts";
import { openStore } from "../../../../node/src/store/open.ts";
import { CHAIN, logger, temporaryFolder } from "../../store/helpers.ts";
import { expectCode } from "../fixtures/world.ts";

const PRICES = priceTableOf(
  pricesSchema.parse({ inputPerMillion: "3", outputPerMillion: "15.50", cachedPerMillion: "0.3" }),
);
const NO_BUDGETS: Budgets = {
  currency: "USD",
  run: undefined,
  agent: undefined,
  cluster: undefined,
  user: undefined,
  day: undefined,
};
const USER = "0x00000000000000000000000000000000000000Aa";
const RUN: RunStart = {
  agent: "ada",
  service: "claude",
  task: { execution: 7n, index: 1 },
  cluster: 3n,
  user: USER,
  prices: PRICES,
};
/** One dollar's worth. */
const DOLLAR: TurnUsage = {
  model: "some-model-2026",
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reportedMicros: 1_000_000n,
  isWhole: true,
};
const DAY_MS = 86_400_000;

async function ledgerWith(budgets: Partial<Budgets>, now?: () => number) {
  const { usage } = await createMemoryStore(CHAIN);
  const ledger = createLedger(
    { budgets: { ...NO_BUDGETS, ...budgets }, ...(now === undefined ? {} : { now }) },
    { usage },
  );
  return { usage, ledger };
}

describe("amounts", () => {
  it("are whole micro-units, from text to text and back", () => {
    for (const [text, micros] of [
      ["0", 0n],
      ["12.50", 12_500_000n],
      ["0.000001", 1n],
      ["1000000", 1_000_000_000_000n],
    ] as const) {
      expect(microsOf(text), text).to.equal(micros);
    }
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 13n }),
        (micros) => microsOf(decimalOf(micros)) === micros,
      ),
    );
  });

  it("are what the prices say, each token once, and rounded up at the end alone", () => {
    const usage = { ...DOLLAR, inputTokens: 1_000, outputTokens: 200, cachedTokens: 5_000 };
    expect(costOf(usage, PRICES)).to.equal(3_000n + 3_100n + 1_500n);
    expect(costOf({ ...usage, inputTokens: 1, outputTokens: 0, cachedTokens: 1 }, PRICES)).to.equal(4n);
  });

  it("of what comes from a cache cost as input where nothing else is said", () => {
    const table = priceTableOf(pricesSchema.parse({ inputPerMillion: "2", outputPerMillion: "4" }));
    expect(table.cachedMicrosPerMillion).to.equal(2_000_000n);
    expect(table.currency).to.equal("USD");
  });

  it("that are numbers, negative, too fine or in words are refused by the configuration", () => {
    const service = { kind: "command", program: "/bin/cat" };
    for (const inputPerMillion of [3, "-1", "1.0000001", "1e3", "", "free", ".5"]) {
      const parsed = serviceSchema.safeParse({
        ...service,
        prices: { inputPerMillion, outputPerMillion: "1" },
      });
      expect(parsed.success, String(inputPerMillion)).to.equal(false);
    }
  });
});

describe("ledger", () => {
  it("keeps a row for each turn, with model, prices and both costs, and counts the dearer one", async () => {
    const { usage, ledger } = await ledgerWith({}, () => DAY_MS);
    const meter = await ledger.begin(RUN);
    const turn = { ...DOLLAR, inputTokens: 1_000_000, reportedMicros: 2_000_000n };
    expect(await meter.spend(turn)).to.deep.equal({ goOn: true });
    const { prices: _prices, ...of } = RUN;
    expect(await usage.rows(10)).to.deep.equal([
      {
        ...of,
        ...turn,
        user: USER.toLowerCase(),
        id: "000000000000000",
        atMs: DAY_MS,
        run: meter.run,
        prices: PRICES,
        computedMicros: 3_000_000n,
        charge: { currency: "USD", micros: 3_000_000n },
      },
    ]);
    expect((await usage.sum({ kind: "day", key: "1970-01-02" }))?.micros).to.deep.equal({ USD: 3_000_000n });
  });

  it("keeps a turn of which nothing was told as unknown, and counts it for no less than is assumed", async () => {
    const { usage, ledger } = await ledgerWith({ run: 10_000_000n });
    const meter = await ledger.begin(RUN);
    const unknown = {
      model: undefined,
      inputTokens: undefined,
      outputTokens: undefined,
      cachedTokens: undefined,
    };
    await meter.spend({ ...unknown, reportedMicros: undefined, isWhole: false });
    const assumed = costOf(
      { inputTokens: ASSUMED_INPUT_TOKENS, outputTokens: ASSUMED_OUTPUT_TOKENS, cachedTokens: 0 },
      PRICES,
    );
    expect(assumed).to.equal(212_000n);
    // What was told of a turn that broke off counts where that is more; what the provider says, too.
    await meter.spend({ ...unknown, inputTokens: 1_000_000, reportedMicros: undefined, isWhole: false });
    await meter.spend({ ...unknown, reportedMicros: 5_000_000n, isWhole: false });
    await meter.spend({ ...unknown, reportedMicros: 1n, isWhole: true });
    const rows = (await usage.rows(10)).toReversed();
    expect(
      rows.map(({ inputTokens, computedMicros, charge }) => [inputTokens, computedMicros, charge?.micros]),
    ).to.deep.equal([
      [undefined, undefined, assumed],
      [1_000_000, 3_000_000n, 3_000_000n],
      [undefined, undefined, 5_000_000n],
      [undefined, undefined, 1n],
    ]);
    const day = (await usage.sums("day"))[0];
    expect([day?.turns, day?.unknownTurns, day?.inputTokens]).to.deep.equal([4, 3, 1_000_000]);
  });

  it("stops an agent that never tells, by what is assumed of it", async () => {
    const { ledger } = await ledgerWith({ agent: 400_000n });
    const unknown = {
      model: undefined,
      inputTokens: undefined,
      outputTokens: undefined,
      cachedTokens: undefined,
    };
    const silent = { ...unknown, reportedMicros: undefined, isWhole: false };
    await (await ledger.begin(RUN)).spend(silent);
    await (await ledger.begin(RUN)).spend(silent);
    await expectCode(ledger.begin(RUN), "BUDGET_USED_UP");
  });

  it("counts dollars that a provider tells in no other currency", async () => {
    const { usage, ledger } = await ledgerWith({ currency: "EUR" });
    await (await ledger.begin({ ...RUN, prices: { ...PRICES, currency: "EUR" } })).spend({
      ...DOLLAR,
      inputTokens: 1_000_000,
    });
    const [row] = await usage.rows(1);
    expect([row?.reportedMicros, row?.charge]).to.deep.equal([
      1_000_000n,
      { currency: "EUR", micros: 3_000_000n },
    ]);
  });

  it("sums up by agent, cluster, user and day, over restarts", async () => {
    await using folder = await temporaryFolder();
    const options = { ...CHAIN, dataFolder: folder.path };
    for (let opening = 0; opening < 2; opening += 1) {
      const store = await openStore(options, { logger });
      // What is kept fits what the ledger wants: the two do not know each other.
      const usage: UsageStore = store.usage;
      const ledger = createLedger({ budgets: NO_BUDGETS, now: () => 0 }, { usage });
      await (await ledger.begin(RUN)).spend({ ...DOLLAR, inputTokens: 10 });
      await (await ledger.begin({ ...RUN, agent: "bob/é %", cluster: undefined, user: undefined })).spend(
        DOLLAR,
      );
      await store.close();
    }
    const store = await openStore(options, { logger });
    const seen = Object.fromEntries(
      await Promise.all(
        (["agent", "cluster", "user", "day"] as const).map(async (kind) => [
          kind,
          (await store.usage.sums(kind)).map((sum) => [sum.key, sum.turns, sum.inputTokens, sum.micros.USD]),
        ]),
      ),
    );
    expect(seen).to.deep.equal({
      agent: [
        ["ada", 2, 20, 2_000_000n],
        ["bob/é %", 2, 0, 2_000_000n],
      ],
      cluster: [["3", 2, 20, 2_000_000n]],
      user: [[USER.toLowerCase(), 2, 20, 2_000_000n]],
      day: [["1970-01-01", 4, 20, 4_000_000n]],
    });
    expect(await store.usage.rows(10)).to.have.length(4);
    await store.close();
  });

  for (const kind of ["agent", "cluster", "user", "day"] as const) {
    it(`stops a run that passes the budget of its ${kind}, and refuses the next`, async () => {
      const { ledger } = await ledgerWith({ [kind]: 2_000_000n });
      const meter = await ledger.begin(RUN);
      expect(await meter.spend(DOLLAR)).to.deep.equal({ goOn: true });
      const verdict = await meter.spend(DOLLAR);
      if (verdict.goOn) throw new Error("expected a stop");
      expect(verdict.error.code).to.equal("BUDGET_USED_UP");
      expect(verdict.error.message).to.match(/is used up: 2 of 2 USD$/);
      await expectCode(ledger.begin(RUN), "BUDGET_USED_UP");
    });
  }

  it("stops a run by its own budget, and lets the next begin", async () => {
    const { ledger } = await ledgerWith({ run: 1_000_000n });
    expect((await (await ledger.begin(RUN)).spend(DOLLAR)).goOn).to.equal(false);
    await ledger.begin(RUN);
  });

  it("holds an agent to the smaller of the configuration's budget and its own", async () => {
    const { ledger } = await ledgerWith({ agent: 5_000_000n });
    expect(
      (await (await ledger.begin({ ...RUN, agentBudgetMicros: 1_000_000n })).spend(DOLLAR)).goOn,
    ).to.equal(false);
    const { ledger: other } = await ledgerWith({ agent: 1_000_000n });
    expect(
      (await (await other.begin({ ...RUN, agentBudgetMicros: 5_000_000n })).spend(DOLLAR)).goOn,
    ).to.equal(false);
  });

  it("refuses with a budget of zero, and says so", async () => {
    const { ledger } = await ledgerWith({ user: 0n });
    const error = await expectCode(ledger.begin(RUN), "BUDGET_USED_UP");
    expect(error.message).to.equal("the budget for a user is 0, so nothing is run");
    const { ledger: free } = await ledgerWith({});
    await expectCode(free.begin({ ...RUN, agentBudgetMicros: 0n }), "BUDGET_USED_UP");
  });

  it("begins a day's budget anew with the day", async () => {
    let nowMs = 0;
    const { ledger } = await ledgerWith({ day: 1_000_000n }, () => nowMs);
    await (await ledger.begin(RUN)).spend(DOLLAR);
    await expectCode(ledger.begin(RUN), "BUDGET_USED_UP");
    nowMs = DAY_MS;
    await ledger.begin(RUN);
  });

  it("knows after a restart what was spent before", async () => {
    await using folder = await temporaryFolder();
    const options = { ...CHAIN, dataFolder: folder.path };
    const budgets = { ...NO_BUDGETS, agent: 1_000_000n };
    const first = await openStore(options, { logger });
    await (await createLedger({ budgets }, { usage: first.usage }).begin(RUN)).spend(DOLLAR);
    await first.close();
    const second = await openStore(options, { logger });
    await expectCode(createLedger({ budgets }, { usage: second.usage }).begin(RUN), "BUDGET_USED_UP");
    await second.close();
  });

  it("lets runs at the same time overspend by one turn each and no more", async () => {
    const runs = 20;
    const { usage, ledger } = await ledgerWith({ cluster: 5_000_000n });
    const meters = await Promise.all(Array.from({ length: runs }, () => ledger.begin(RUN)));
    let turns = 0;
    await Promise.all(
      meters.map(async (meter) => {
        while ((await meter.spend(DOLLAR)).goOn) turns += 1;
      }),
    );
    expect(turns, "turns before the budget was used up").to.equal(4);
    const spent = (await usage.sum({ kind: "cluster", key: "3" }))?.micros.USD ?? 0n;
    expect(spent <= 5_000_000n + BigInt(runs - 1) * 1_000_000n, String(spent)).to.equal(true);
    expect((await usage.sum({ kind: "cluster", key: "3" }))?.turns, "none is lost").to.equal(turns + runs);
  });

  it("refuses a run of which nobody could tell the cost, but only where a budget counts", async () => {
    const { ledger } = await ledgerWith({ day: 1n });
    await expectCode(ledger.begin({ ...RUN, prices: undefined }), "BUDGET_PRICE_MISSING");
    await expectCode(
      ledger.begin({ ...RUN, prices: { ...PRICES, currency: "EUR" } }),
      "BUDGET_PRICE_MISSING",
    );
    const { usage, ledger: free } = await ledgerWith({});
    const meter = await free.begin({ ...RUN, prices: undefined });
    await meter.spend({ ...DOLLAR, reportedMicros: undefined, outputTokens: 4 });
    const [row] = await usage.rows(1);
    expect([row?.computedMicros, row?.prices, row?.outputTokens]).to.deep.equal([undefined, undefined, 4]);
  });

  it("believes no count that is none", async () => {
    const { usage, ledger } = await ledgerWith({});
    const meter = await ledger.begin(RUN);
    for (const count of [Number.NaN, -5, 1.5, Number.POSITIVE_INFINITY, 1e300])
      await meter.spend({ ...DOLLAR, inputTokens: count, reportedMicros: -1n, model: "m".repeat(10_000) });
    const rows = await usage.rows(10);
    expect(rows.map((row) => row.inputTokens)).to.deep.equal([1_000_000_000, 0, 2, 0, 0]);
    expect(rows.every((row) => row.reportedMicros === 0n && (row.model?.length ?? 0) <= 200)).to.equal(true);
  });
});
