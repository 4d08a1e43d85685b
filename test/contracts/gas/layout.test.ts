import { expect } from "chai";
import { describe, it } from "mocha";
import { measureLayouts, readLayouts } from "./layout.ts";
import { UPDATE_COMMAND } from "./snapshot.ts";

const hint = `if it is meant to change, run \`${UPDATE_COMMAND}\` and commit test/contracts/gas/layout.json`;

describe("storage layout", () => {
  it("storageLayout_ofEachContract_isWhatTheSnapshotSays", function () {
    // The compiler reads everything once more, on a machine that may be busy.
    this.timeout(60_000);
    expect(measureLayouts(), hint).to.deep.equal(readLayouts());
  });
});
