import { expect } from "chai";
import { describe, it } from "mocha";
import { codeOfErrorName } from "../../../sdk/src/errors/codeOfErrorName.ts";

describe("codeOfErrorName", () => {
  it("puts words apart, abbreviations and numbers included", () => {
    const codes = {
      ExecutionValueMismatch: "EXECUTION_VALUE_MISMATCH",
      AgentURITooLong: "AGENT_URI_TOO_LONG",
      ERC721InvalidOwner: "ERC721_INVALID_OWNER",
      StringNot7BitASCII: "STRING_NOT7_BIT_ASCII",
      DeploymentFailed: "DEPLOYMENT_FAILED",
    };
    for (const [name, code] of Object.entries(codes)) expect(codeOfErrorName(name)).to.equal(code);
  });
});
