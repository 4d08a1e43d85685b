import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { gasOf, SETTLEMENT_GAS_MAX } from "../../../node/src/work/batchGas.ts";
import { SETTLEMENT_ITEMS_MAX } from "../../../node/src/work/settlements.ts";

/** EIP-7825. */
const TRANSACTION_GAS_MAX = 16_777_216;
/** What the submitter puts on top of an estimate. */
const GAS_LIMIT_PERCENT = 130;

describe("batchGas", () => {
  it("isAtLeastWhatTheDearestBatchWasMeasuredToCost", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/contracts.md"), "utf8");
    const measured = [...page.matchAll(/^\| `submit\.batch10[^|]*\| ([\d,]+) \|/gm)].map(([, gas]) =>
      Number(gas?.replaceAll(",", "")),
    );
    expect(measured.length, "figures of batches of ten in docs/contracts.md").to.be.above(0);
    for (const gas of measured) expect(gasOf(1, 0)).to.be.above(gas > 100_000 ? gas / 10 : gas);
  });

  it("letsATransactionWithoutOutputs_holdAllThatTheContractTakes", () => {
    expect(gasOf(SETTLEMENT_ITEMS_MAX, 0)).to.be.below(SETTLEMENT_GAS_MAX);
  });

  it("leavesRoomForTheLimitOnTop_belowWhatOneTransactionMayUse", () => {
    expect((SETTLEMENT_GAS_MAX * GAS_LIMIT_PERCENT) / 100).to.be.below(TRANSACTION_GAS_MAX);
  });
});
