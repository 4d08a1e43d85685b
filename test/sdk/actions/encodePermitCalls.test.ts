import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, decodeFunctionData, zeroAddress, zeroHash } from "viem";
import { executionRouterAbi } from "../../../sdk/src/abi/executionRouter.ts";
import { encodePermitCalls } from "../../../sdk/src/actions/encodePermitCalls.ts";

const TOKEN: Address = "0x00000000000000000000000000000000000000A1";
const OWNER: Address = "0x00000000000000000000000000000000000000b2";
const [R, S] = [`0x${"11".repeat(32)}`, `0x${"22".repeat(32)}`] as const;

describe("encodePermitCalls", () => {
  it("brings the permit first, its signature in parts, then the request", () => {
    const params = {
      ...{ deadline: 9, thread: zeroHash, ownerMayAnswer: false, outputsByReference: false },
      ...{
        inputDigest: zeroHash,
        inputURI: "",
        consumer: zeroAddress,
        callbackGas: 0,
        callbackBudgetWei: 0n,
      },
    } as const;
    const request = {
      ...{ executions: TOKEN, requester: OWNER, cluster: 1n, version: 2n, inputDigest: zeroHash, params },
      ...{ currency: TOKEN, quoteWei: 3n, relayerFeeWei: 4n, nonce: 5n, validUntil: 6n },
    } as const;
    const signature = `0x${"11".repeat(32)}${"22".repeat(32)}1c` as const;
    const permit = { token: TOKEN, owner: OWNER, valueWei: 7n, deadline: 8n, signature } as const;
    const [first, second] = encodePermitCalls({ request, input: "0x1234", signature: "0x99", permit }).map(
      (data) => decodeFunctionData({ abi: executionRouterAbi, data }),
    );
    expect(first).to.deep.equal({ functionName: "permit", args: [TOKEN, OWNER, 7n, 8n, 28, R, S] });
    expect(second).to.deep.equal({ functionName: "executeSigned", args: [request, "0x1234", "0x99"] });
  });
});
