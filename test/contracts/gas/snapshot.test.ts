import { expect } from "chai";
import { describe, it } from "mocha";
import { GAS_SCENARIOS } from "./scenarios.ts";
import { CODE_BYTES_MAX, measureCode, readSnapshot, scenarioNames, UPDATE_COMMAND } from "./snapshot.ts";

const snapshot = readSnapshot();
const hint = `if it is meant to change, run \`${UPDATE_COMMAND}\` and commit test/contracts/gas/snapshot.json`;

describe("gas", () => {
  it("snapshot_namesEveryScenario_succeeds", () => {
    expect(Object.keys(snapshot.gas), hint).to.deep.equal(scenarioNames());
  });

  for (const scenario of GAS_SCENARIOS) {
    it(`gas_${scenario.name}_isWhatTheSnapshotSays`, async () => {
      const gas = await scenario.measure();
      if (scenario.ceilingGas !== undefined) {
        expect(Number(gas), `ceiling of ${scenario.name}`).to.be.at.most(Number(scenario.ceilingGas));
      }
      expect(Number(gas), `${scenario.name}: ${hint}`).to.equal(snapshot.gas[scenario.name]);
    });
  }
});

describe("code size", () => {
  it("codeBytes_ofEachContract_isWhatTheSnapshotSays", async () => {
    const codeBytes = await measureCode();
    for (const [name, bytes] of Object.entries(codeBytes)) {
      expect(bytes, `bytes of ${name}`).to.be.below(CODE_BYTES_MAX);
    }
    expect(codeBytes, hint).to.deep.equal(snapshot.codeBytes);
  });
});
