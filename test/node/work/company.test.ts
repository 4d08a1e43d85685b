import { expect } from "chai";
import { describe, it } from "mocha";
import {
  COMPANY_ITEMS_ENOUGH,
  companyWaitMs,
  PATIENCE_MS_MAX,
  patienceMs,
} from "../../../node/src/work/company.ts";
import { settleDelayMs } from "../../../node/src/work/settleTime.ts";

const set = (items: number, sinceMs = 0, most = 1_000) => ({ items, sinceMs, patienceMs: most });

describe("company", () => {
  it("aLoneTransaction_goesAtOnce", () => {
    expect(companyWaitMs([set(1)], 0, 0)).to.equal(0);
  });

  it("aSmallOneBesideAnother_waitsUntilItsFirstHasWaitedLongEnough", () => {
    expect(companyWaitMs([set(1, 100), set(2, 500)], 1, 600)).to.equal(500);
    expect(companyWaitMs([set(1, 100), set(2, 500)], 1, 1_099)).to.equal(1);
    expect(companyWaitMs([set(1, 100), set(2, 500)], 1, 1_100)).to.equal(0);
  });

  it("whatMayNotWait_takesTheOthersWithIt", () => {
    expect(companyWaitMs([set(1, 100), set(1, 100, 0)], 4, 100)).to.equal(0);
  });

  it("withCompanyEnough_goesAtOnce", () => {
    expect(companyWaitMs([set(COMPANY_ITEMS_ENOUGH - 1)], 1, 0)).to.be.above(0);
    expect(companyWaitMs([set(COMPANY_ITEMS_ENOUGH - 1), set(1)], 1, 0)).to.equal(0);
  });

  it("onlyTheLastSignerWaits_andEndsBeforeTheOthersTurnBegins", () => {
    for (const windowMs of [3_000, 10_000, 60_000, 3_600_000]) {
      expect(patienceMs({ windowMs, lastSigner: false }), `${windowMs}`).to.equal(0);
      const most = patienceMs({ windowMs, lastSigner: true });
      expect(most, `${windowMs}`).to.equal(Math.min(PATIENCE_MS_MAX, windowMs / 8));
      for (const completes of [true, false]) {
        const own = settleDelayMs({ windowMs, completes, lastSigner: true, spread: 0 });
        const others = settleDelayMs({ windowMs, completes, lastSigner: false, spread: 0 });
        expect(own + most, `${windowMs} ${completes}`).to.be.at.most(others);
      }
    }
  });
});
