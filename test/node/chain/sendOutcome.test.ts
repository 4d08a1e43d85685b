import { expect } from "chai";
import { describe, it } from "mocha";
import { type ChainErrorCode, chainFailure } from "../../../node/src/chain/errors.ts";
import { type SendOutcome, sendOutcomeOf } from "../../../node/src/chain/sendOutcome.ts";

describe("sendOutcome", () => {
  it("understands the words of every common client", () => {
    const words: readonly (readonly [string, SendOutcome])[] = [
      ["already known", "taken"],
      ["AlreadyKnown", "taken"],
      ["Known transaction", "taken"],
      ["transaction already imported", "taken"],
      ["nonce too low: next nonce 7, tx nonce 6", "nonceUsed"],
      ["Nonce too low", "nonceUsed"],
      ["OldNonce, Current nonce: 7, nonce of rejected tx: 6", "nonceUsed"],
      ["Nonce too low. Expected nonce to be 7 but got 6.", "nonceUsed"],
      ["insufficient funds for gas * price + value: balance 1, tx cost 2", "funds"],
      ["InsufficientFunds, Account balance: 0", "funds"],
      ["Upfront cost exceeds account balance", "funds"],
      ["Sender doesn't have enough funds to send tx.", "funds"],
      ["replacement transaction underpriced", "outbid"],
      ["transaction underpriced", "fees"],
      ["FeeTooLow, MaxFeePerGas too low", "fees"],
      ["max fee per gas less than block base fee", "fees"],
      ["Gas price below configured minimum gas price", "fees"],
      ["txpool is full", "waiting"],
      ["Nonce too high", "waiting"],
      ["exceeds block gas limit", "refused"],
      ["oversized data", "refused"],
      ["intrinsic gas too low", "refused"],
    ];
    for (const [rpcMessage, outcome] of words) {
      const error = chainFailure("RPC_FAILED", rpcMessage, { details: { rpcMessage } });
      expect(sendOutcomeOf(error), rpcMessage).to.equal(outcome);
    }
  });

  it("never takes silence for a no", () => {
    const codes: readonly (readonly [ChainErrorCode, SendOutcome])[] = [
      ["RPC_TIMEOUT", "unknown"],
      ["RPC_UNREACHABLE", "unknown"],
      ["RPC_INVALID_ANSWER", "unknown"],
      ["RPC_REVERTED", "unknown"],
      ["RPC_RATE_LIMITED", "waiting"],
    ];
    for (const [code, outcome] of codes)
      expect(sendOutcomeOf(chainFailure(code, "")), code).to.equal(outcome);
  });
});
