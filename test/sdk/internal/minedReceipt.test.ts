import { expect } from "chai";
import { describe, it } from "mocha";
import { createClient, custom, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { minedReceipt } from "../../../sdk/src/internal/write.ts";

const HASH = `0x${"11".repeat(32)}` as const;
const account = privateKeyToAccount(`0x${"22".repeat(32)}`);

describe("minedReceipt", () => {
  it("is found though the chain's last block came while the one before was read, and no other comes", async () => {
    let height = 0;
    let heightsAsked = 0;
    const twoHeightsLater = Promise.withResolvers<void>();
    const answers: Record<string, () => unknown> = {
      eth_blockNumber() {
        if (height === 1 && ++heightsAsked === 3) twoHeightsLater.resolve();
        return `0x${height}`;
      },
      eth_getTransactionByHash: () => ({
        hash: HASH,
        from: account.address,
        nonce: "0x0",
        blockNumber: null,
      }),
      eth_getTransactionReceipt: () => (height === 0 ? null : RECEIPT),
      async eth_getBlockByNumber() {
        // The transaction is mined just now, and the new height is told before this answer comes.
        height = 1;
        await twoHeightsLater.promise;
        return { number: "0x0", transactions: [] };
      },
    };
    const client = createClient({
      account,
      transport: custom({ request: async ({ method }: { method: string }) => answers[method]?.() }),
      pollingInterval: 5,
    });
    expect((await minedReceipt(client, HASH, 10_000)).blockNumber).to.equal(1n);
  });
});

const RECEIPT = {
  transactionHash: HASH,
  blockNumber: "0x1",
  status: "0x1",
  from: account.address,
  to: zeroAddress,
  gasUsed: "0x5208",
  cumulativeGasUsed: "0x5208",
  effectiveGasPrice: "0x1",
  transactionIndex: "0x0",
  type: "0x2",
  logs: [],
};
