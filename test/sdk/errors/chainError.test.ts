import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  BlockNotFoundError,
  createClient,
  encodeErrorResult,
  http,
  TransactionReceiptNotFoundError,
  zeroHash,
} from "viem";
import { errorsAbi } from "../../../sdk/src/abi/errors.ts";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { chainError } from "../../../sdk/src/errors/chainError.ts";
import type { Deployment } from "../../../sdk/src/types/deployment.ts";
import { expectCode } from "../support/expectCode.ts";

const ADDRESS = `0x${"12".repeat(20)}` as const;
const DEPLOYMENT: Deployment = {
  chainId: 1,
  permissionRegistry: ADDRESS,
  nodeRegistry: ADDRESS,
  modelRegistry: ADDRESS,
  agentRegistry: ADDRESS,
  clusterRegistry: ADDRESS,
  clusterExecutions: ADDRESS,
  fromBlock: 0n,
};

/** The code, and the error, that a read fails with where the endpoint answers so. */
async function failure(listener: RequestListener, code: string, timeout = 5_000): Promise<PleiadError> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const transport = http(`http://127.0.0.1:${port}/secret-key`, { retryCount: 0, timeout });
  try {
    return await expectCode(getNode(createClient({ transport }), { deployment: DEPLOYMENT, node: 1n }), code);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function rpcError(error: object): RequestListener {
  return (_, response) => response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, error }));
}

/** As deep as Node.js prints an error that nobody caught. */
const UNCAUGHT_DEPTH = 5;

describe("chainError", () => {
  it("keeps the contract's ABI with its cause, and out of what is printed", async () => {
    const error = await failure(rpcError({ code: -32603, message: "broken" }), "RPC_FAILED");
    const cause = error.cause as Error & { abi?: readonly unknown[] };
    expect(cause.abi).to.have.length.above(1);
    const printed = inspect(error, { depth: UNCAUGHT_DEPTH, customInspect: false });
    expect(printed).to.include("broken").and.not.to.include("stateMutability");
  });

  it("types an endpoint that is not there, silent, limited, broken, and says no secret", async () => {
    const transport = http("http://127.0.0.1:9/secret-key", { retryCount: 0 });
    const read = getNode(createClient({ transport }), { deployment: DEPLOYMENT, node: 1n });
    const errors = [
      await expectCode(read, "RPC_UNREACHABLE"),
      await failure(() => {}, "RPC_TIMEOUT", 30),
      await failure((_, response) => response.writeHead(429).end(), "RPC_RATE_LIMITED"),
      await failure(rpcError({ code: -32005, message: "limit exceeded" }), "RPC_RATE_LIMITED"),
      await failure((_, response) => response.writeHead(502).end("bad gateway"), "RPC_UNREACHABLE"),
    ];
    for (const error of errors) {
      expect(error.retryable, error.code).to.equal(true);
      expect(error.message).to.not.include("secret-key");
    }
    const refused = await failure(rpcError({ code: -32602, message: "no such thing" }), "RPC_FAILED");
    expect(refused.message).to.include("no such thing");
    expect(refused.retryable).to.equal(false);
  });
  it("types a revert however nodes wrap it", async () => {
    const data = encodeErrorResult({ abi: errorsAbi, errorName: "NodeUnknown", args: [9n] });
    const forms = [
      { code: 3, message: "execution reverted", data },
      { code: -32603, message: "reverted", data: { message: "reverted", data } },
      { code: -32000, message: "execution reverted", data },
      { code: -32015, message: "VM execution error", data },
    ];
    for (const form of forms) await failure(rpcError(form), "NODE_UNKNOWN");
  });
  it("tells an argument that is not valid from an endpoint that refuses", async () => {
    const client = createClient({ transport: http("http://127.0.0.1:9", { retryCount: 0 }) });
    const tooLarge = getNode(client, { deployment: DEPLOYMENT, node: 2n ** 256n });
    await expectCode(tooLarge, "ARGUMENT_INVALID");
    const noAddress = { ...DEPLOYMENT, nodeRegistry: "0x12" } as const;
    await expectCode(getNode(client, { deployment: noAddress, node: 1n }), "ARGUMENT_INVALID");
  });
  it("types what the endpoint named and does not have", () => {
    const errors = [
      new BlockNotFoundError({ blockNumber: 1n }),
      new TransactionReceiptNotFoundError({ hash: zeroHash }),
    ].map(chainError);
    for (const error of errors) {
      expect(error).to.be.instanceOf(PleiadError).and.include({ code: "RPC_INCONSISTENT", retryable: true });
    }
  });
  it("leaves what is typed already, and bugs, as they are", () => {
    const typed = new PleiadError("typed", { code: "TYPED" });
    const bug = new TypeError("bug");
    expect(chainError(typed)).to.equal(typed);
    expect(chainError(bug)).to.equal(bug);
  });
});
