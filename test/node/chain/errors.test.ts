import { expect } from "chai";
import { describe, it } from "mocha";
import { CHAIN_ERRORS, type ChainErrorCode, chainFailure, hasCode } from "../../../node/src/chain/errors.ts";

describe("errors", () => {
  it("say what happened, why, what to do, and whether trying again can help", () => {
    for (const [code, entry] of Object.entries(CHAIN_ERRORS)) {
      expect(code).to.match(/^[A-Z][A-Z0-9_]+$/);
      for (const words of [entry.title, entry.cause, entry.whatToDo])
        expect(words, code).to.have.length.above(3);
      const error = chainFailure(code as ChainErrorCode, "it happened", { details: { value: 1n } });
      expect(error).to.deep.include({ code, hint: entry.whatToDo, retryable: entry.retryable });
      expect(hasCode(error, code as ChainErrorCode)).to.equal(true);
    }
    expect(hasCode(new Error("a bug"), "RPC_TIMEOUT")).to.equal(false);
  });
});
