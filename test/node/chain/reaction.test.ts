import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { errorsAbi } from "@pleiad/sdk/abi/errors";
import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import { decodeRevert } from "@pleiad/sdk/errors/decodeRevert";
import { SKIP_REASONS } from "@pleiad/sdk/types/states";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Abi, encodeErrorResult, type Hex, toFunctionSelector, zeroAddress, zeroHash } from "viem";
import { type Reaction, reactionTo } from "../../../node/src/chain/reaction.ts";

/** A revert with an error of the contracts, its arguments all zero. */
function revertWith(errorName: string, args?: readonly unknown[]): Hex {
  const item = (errorsAbi as Abi).find((entry) => entry.type === "error" && entry.name === errorName);
  if (item?.type !== "error") throw new Error(`no error ${errorName}`);
  const zeros = item.inputs.map(({ type }) => {
    if (type === "address") return zeroAddress;
    if (type === "bytes32") return zeroHash;
    return type === "string" ? "" : type === "uint8" ? 0 : 0n;
  });
  return encodeErrorResult({ abi: errorsAbi as Abi, errorName, args: args ?? zeros });
}

describe("reaction", () => {
  it("knows what to do about every error that a submission or an expiry can meet", () => {
    const expected: Readonly<Record<string, Reaction>> = {
      ExecutionUnknown: "later",
      ExecutionHasEnded: "done",
      ExecutionDeadlinePassed: "done",
      ExecutionNotExpired: "later",
      TaskUnknown: "alert",
      TaskAlreadyCompleted: "done",
      TaskNotReady: "later",
      CompletionContextStale: "done",
      CompletionOutputInvalid: "alert",
      CompletionNotEligible: "alert",
      CompletionTooEarly: "later",
      CompletionTipTooHigh: "alert",
      BatchSizeOutOfRange: "alert",
      CompletionQuorumNeeded: "alert",
      FailureAlreadyReported: "done",
      ExecutionNotCancellable: "later",
      ExecutionNotYours: "alert",
      ExecutionIsRunning: "later",
      CallbackUnknown: "done",
      CallbackFoldMismatch: "alert",
      CallbackResponseInvalid: "alert",
      CallbackGasTooLow: "alert",
      EquivocationKnown: "done",
      EquivocationNothingBonded: "later",
      EquivocationContextsDiffer: "alert",
      EquivocationOutputsSame: "alert",
      EquivocationSignerWrong: "alert",
      EquivocationKeyRetired: "alert",
      CreditEmpty: "done",
      CreditNotYours: "alert",
      CreditTransferFailed: "alert",
    };
    for (const [errorName, reaction] of Object.entries(expected)) {
      expect(reactionTo(decodeRevert(revertWith(errorName))), errorName).to.equal(reaction);
    }
    const own = [...(clusterExecutionsAbi as Abi), ...(nodeBondsAbi as Abi)]
      .filter((item) => item.type === "error")
      .map(({ name }) => name);
    expect(own).to.include.members(Object.keys(expected));
  });

  it("asks of a batch why its first item was refused", () => {
    const reactions = SKIP_REASONS.map((reason, index) => {
      const error = decodeRevert(revertWith("BatchNothingAccepted", [index]));
      return [reason, reactionTo(error)] as const;
    });
    expect(Object.fromEntries(reactions)).to.deep.equal({
      None: "alert",
      ExecutionUnknown: "later",
      ExecutionEnded: "done",
      DeadlinePassed: "done",
      TaskUnknown: "alert",
      TaskCompleted: "done",
      TaskNotReady: "later",
      ContextStale: "done",
      OutputInvalid: "alert",
      NotEligible: "alert",
      TooEarly: "later",
      SignatureInvalid: "alert",
      TipTooHigh: "alert",
      QuorumMissing: "later",
      QuorumNeeded: "alert",
      QuorumOwnerTwice: "alert",
    });
  });

  it("calls for a person about what it does not know", () => {
    expect(reactionTo(decodeRevert("0x"))).to.equal("alert");
    expect(reactionTo(decodeRevert(toFunctionSelector("error Foreign()")))).to.equal("alert");
    expect(reactionTo(decodeRevert(revertWith("BatchNothingAccepted", [200])))).to.equal("alert");
    expect(reactionTo(decodeRevert(revertWith("ClusterSlugInvalid")))).to.equal("alert");
  });
});
