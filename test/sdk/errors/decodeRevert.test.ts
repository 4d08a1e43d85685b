import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { bytesToHex, encodeAbiParameters, encodeErrorResult, parseAbi } from "viem";
import { errorsAbi } from "../../../sdk/src/abi/errors.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { decodeRevert } from "../../../sdk/src/errors/decodeRevert.ts";
import { ERC8004_ERRORS, ERC8004_WORDS } from "../../../sdk/src/errors/tables/erc8004.ts";

const ERROR_STRING = "0x08c379a0";

function reverted(reason: string): `0x${string}` {
  return `${ERROR_STRING}${encodeAbiParameters([{ type: "string" }], [reason]).slice(2)}`;
}

describe("decodeRevert", () => {
  it("types a custom error", () => {
    const data = encodeErrorResult({ abi: errorsAbi, errorName: "NodeUnknown", args: [9n] });
    const error = decodeRevert(data);
    expect(error.code).to.equal("NODE_UNKNOWN");
    expect(error.details).to.deep.equal({ node: 9n });
  });
  it("knows ERC-8004's words", () => {
    expect(decodeRevert(reverted("Not authorized")).code).to.equal("AGENT_NOT_AUTHORIZED");
    for (const [words, code] of Object.entries(ERC8004_WORDS)) {
      const error = decodeRevert(reverted(words));
      expect(error.code).to.equal(code);
      expect(error.details).to.deep.equal({ reason: words });
      expect(error.message).to.include(words);
    }
    expect(new Set(Object.values(ERC8004_WORDS))).to.deep.equal(new Set(Object.keys(ERC8004_ERRORS)));
    // Words that are like theirs, and names that every object has.
    for (const other of ["not authorized", "toString", ""]) {
      expect(decodeRevert(reverted(other)).code, other).to.equal("CONTRACT_REVERTED");
    }
  });
  it("says as much as there is of any other revert", () => {
    expect(decodeRevert(reverted("no")).message).to.equal("the call reverted: no");
    expect(decodeRevert("0x").message).to.equal("the call reverted without a reason");
    const foreign = encodeErrorResult({ abi: parseAbi(["error Foreign()"]), errorName: "Foreign" });
    expect(decodeRevert(foreign).message).to.equal(`the call reverted with ${foreign}`);
    const panic = `0x4e487b71${"00".repeat(31)}11` as const;
    expect(decodeRevert(panic).message).to.include("17");
  });
  it("makes a typed error of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(...errorsAbi), (bytes, { name }) => {
        const selector = encodeErrorResult({ abi: parseAbi([`error ${name}()`]), errorName: name });
        for (const data of [bytesToHex(bytes), `${selector}${bytesToHex(bytes).slice(2)}` as const]) {
          expect(decodeRevert(data)).to.be.instanceOf(PleiadError);
        }
      }),
      { seed: 13, numRuns: 256 },
    );
  });
});
