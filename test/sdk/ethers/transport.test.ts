import { expect } from "chai";
import { describe, it } from "mocha";
import { HttpRequestError } from "viem";
import { rpcErrorOf } from "../../../sdk/src/ethers/transport.ts";

const failure = (parts: object): Error => Object.assign(new Error("wrapped"), parts);

describe("rpcErrorOf", () => {
  it("finds the endpoint's own error inside ethers'", () => {
    const inner = { code: 3, message: "execution reverted", data: "0x1234" };
    for (const error of [
      failure({ code: "CALL_EXCEPTION", info: { error: inner } }),
      failure({ error: inner }),
    ]) {
      expect(rpcErrorOf(error)).to.include(inner);
    }
  });
  it("gives ethers' own words their numbers", () => {
    expect(rpcErrorOf(failure({ code: "ACTION_REJECTED" }))).to.include({ code: 4001 });
    expect(rpcErrorOf(failure({ code: "CALL_EXCEPTION", data: "0x12" }))).to.include({
      code: 3,
      data: "0x12",
    });
    expect(rpcErrorOf(failure({ code: "NETWORK_ERROR" }))).to.be.instanceOf(HttpRequestError);
    const limited = rpcErrorOf(failure({ code: "SERVER_ERROR", response: { statusCode: 429 } }));
    expect(limited).to.be.instanceOf(HttpRequestError).and.include({ status: 429 });
  });
  it("leaves everything else as it is", () => {
    for (const error of [failure({}), failure({ code: "OTHER" }), "text", undefined]) {
      expect(rpcErrorOf(error)).to.equal(error);
    }
  });
});
