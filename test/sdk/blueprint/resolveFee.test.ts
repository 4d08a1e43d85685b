import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, zeroAddress } from "viem";
import { parseBlueprint } from "../../../sdk/src/blueprint/parseBlueprint.ts";
import { resolveFee } from "../../../sdk/src/blueprint/resolveFee.ts";
import { toContractArguments } from "../../../sdk/src/blueprint/toContractArguments.ts";
import { expectCode } from "../support/expectCode.ts";

const TOKEN: Address = "0x00000000000000000000000000000000000000A1";

function blueprint(fee: string) {
  return parseBlueprint(
    [
      ...["slug: paid", "name: Paid", `fee: ${fee}`, "windowSeconds: 10"],
      ...["agents:", "  - { name: reader, id: 0 }"],
      ...["tasks:", "  - { name: read, agent: reader, prompt: Read. }"],
    ].join("\n"),
  );
}

describe("resolveFee", () => {
  it("counts a fee in whole units of the models' token", () => {
    const fees = { "0.5 token": 500_000n, "2token": 2_000_000n, "1.2500000 token": 1_250_000n, "7 wei": 7n };
    for (const [fee, feeWei] of Object.entries(fees)) {
      const resolved = resolveFee(blueprint(fee), { address: TOKEN, decimals: 6 });
      expect(resolved.feeWei, fee).to.equal(feeWei);
      expect(toContractArguments(resolved).feeWei, fee).to.equal(feeWei);
    }
  });

  it("leaves a fee in the chain's own currency as it is", () => {
    for (const fee of ["5 gwei", "0.1 ether", "3 wei"]) {
      const file = blueprint(fee);
      expect(resolveFee(file, { address: zeroAddress, decimals: 18 }), fee).to.equal(file);
    }
  });

  it("refuses a unit of the other currency, parts of the smallest unit, and what does not fit 96 bits", async () => {
    const wrong = [
      ["5 gwei", TOKEN, 6, /the fee is in gwei, and the models are paid in the token 0x0{38}A1/],
      ["0.1 ether", TOKEN, 18, /the fee is in ether/],
      ["0.5 token", zeroAddress, 18, /the models are paid in the chain's own currency/],
      ["0.0000001 token", TOKEN, 6, /6 digits behind the point/],
      ["0.5 token", TOKEN, 0, /0 digits behind the point/],
      ["99999999999 token", TOKEN, 18, /at most 96 bits/],
    ] as const;
    for (const [fee, address, decimals, message] of wrong) {
      const call = async () => resolveFee(blueprint(fee), { address, decimals });
      expect((await expectCode(call(), "BLUEPRINT_FEE_UNIT")).message, fee).to.match(message);
    }
  });

  it("is what toContractArguments asks for: an uncounted fee never becomes none", async () => {
    await expectCode((async () => toContractArguments(blueprint("0.5 token")))(), "BLUEPRINT_FEE_UNIT");
  });
});
