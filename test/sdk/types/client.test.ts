import { describe, it } from "mocha";
import { createPublicClient, createWalletClient, http, webSocket } from "viem";
import { foundry, mainnet, optimism } from "viem/chains";
import type { ReadClient, WriteClient } from "../../../sdk/src/types/client.ts";
import { accountOf } from "../../fixtures/chain.ts";

describe("clients", () => {
  it("take viem's own, with and without a chain (checked by the compiler)", () => {
    const account = accountOf(0);
    const readers: readonly ReadClient[] = [
      createPublicClient({ transport: http("http://127.0.0.1:9") }),
      createPublicClient({ chain: mainnet, transport: http("http://127.0.0.1:9") }),
      createWalletClient({ chain: foundry, transport: webSocket("ws://127.0.0.1:9") }),
    ];
    const writers: readonly WriteClient[] = [
      createWalletClient({ account, transport: http("http://127.0.0.1:9") }),
      createWalletClient({ account, chain: optimism, transport: http("http://127.0.0.1:9") }),
      createWalletClient({ account: account.address, chain: foundry, transport: http("http://127.0.0.1:9") }),
    ];
    if (readers.length + writers.length !== 6) throw new Error("six clients");
  });
});
