import { expect } from "chai";
import { describe, it } from "mocha";
import { ContractError, contractError } from "../../../sdk/src/errors/contractError.ts";

describe("contractError", () => {
  it("says the values in plain words: wei with ether, times with their date, enums and masks by name", () => {
    const messages: readonly [string, readonly unknown[], string][] = [
      [
        "ExecutionValueMismatch",
        [1n, 10n ** 18n],
        "the call sends 1 wei (0.000000000000000001 ether), the quote is 1000000000000000000 wei (1 ether)",
      ],
      ["ExecutionNotExpired", [7n, 0n], "execution 7 may run until 0 (1970-01-01T00:00:00.000Z)"],
      ["ExecutionHasEnded", [7n, 5], "execution 7 has ended: Expired"],
      ["TaskNotReady", [7n, 3n, 0b101n], "task 3 of execution 7 waits for tasks 0, 2"],
      ["CreditEmpty", [0, 5n, "0x01"], "Node 5 has no credit in 0x01"],
      ["CreditEmpty", [3, 5n, "0x01"], `Account 0x${"0".repeat(39)}5 has no credit in 0x01`],
    ];
    for (const [name, values, message] of messages)
      expect(contractError(name, values).message).to.equal(message);
  });
  it("carries code, name, values, hint and whether trying again helps", () => {
    const error = contractError("CompletionTooEarly", [1n, 2n, 3n]);
    expect(error).to.be.instanceOf(ContractError);
    expect(error.code).to.equal("COMPLETION_TOO_EARLY");
    expect(error.errorName).to.equal("CompletionTooEarly");
    expect(error.args).to.deep.equal({ execution: 1n, task: 2n, opensAt: 3n });
    expect(error.retryable).to.equal(true);
    expect(error.hint).to.include("window");
  });
  it("lets a batch be tried again where its first item was only early", () => {
    const retryable = ["None", "ExecutionEnded", "TooEarly", "TaskNotReady"].map((reason) => {
      const index = { None: 0, ExecutionEnded: 2, TooEarly: 10, TaskNotReady: 6 }[reason];
      return contractError("BatchNothingAccepted", [index]).retryable;
    });
    expect(retryable).to.deep.equal([false, false, true, true]);
  });
  it("says times and enums that make no sense as they are", () => {
    expect(contractError("ExecutionNotExpired", [1n, 2n ** 255n]).message).to.include(String(2n ** 255n));
    expect(contractError("ExecutionHasEnded", [1n, 77]).message).to.include("77");
  });
});
