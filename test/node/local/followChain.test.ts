import type { Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parseConfig } from "../../../node/src/config/parse.ts";
import type { DaemonObserver } from "../../../node/src/local/daemonObserver.ts";
import { followChain } from "../../../node/src/local/wiring/followChain.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { deployAll, type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import { always, type FaultProxy, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { logger, until } from "../chain/helpers.ts";

const FINAL_DEPTH = 3;

describe("followChain", () => {
  let chain: LocalChain;
  let proxy: FaultProxy;
  let deployment: Deployment;

  before(async () => {
    chain = await startChain();
    proxy = await startFaultProxy(chain.rpcUrl);
    deployment = await deployAll(chain);
  });
  after(async () => {
    await proxy.stop();
    await chain.stop();
  });

  it("lets nothing of ours count as done in a block that is not deep enough, or that the endpoints do not agree on", async () => {
    const config = parseConfig(
      `chain: { rpcUrls: ["${chain.rpcUrl}", "${proxy.url}"], pollIntervalMs: 50, finality: ${FINAL_DEPTH} }`,
      "/nowhere/pleiad.yaml",
    );
    const store = await createMemoryStore({
      chainId: 31337,
      contract: deployment.clusterExecutions,
      now: () => 0,
    });
    const observer = { rpc: (rpc) => rpc } as Pick<DaemonObserver, "rpc"> as DaemonObserver;
    const { follower, agreement, isSettled } = followChain(config, deployment, store, observer, { logger });
    const blockOf = ({ number, hash }: { number: bigint; hash: `0x${string}` }) => ({
      blockNumber: number,
      blockHash: hash,
    });
    await follower.start();
    try {
      await follower.caughtUp();
      const head = follower.head() ?? expect.fail("it stands nowhere");
      const first = blockOf(head);
      await until(() => agreement.isAgreed(first), "they agree on it");
      expect(isSettled(first), "not deep enough").to.equal(false);
      const other = (told: unknown) => ({ ...(told as object), hash: `0x${"77".repeat(32)}` });
      proxy.inject(always({ kind: "lie", lie: other }, "eth_getBlockByNumber"));
      await testClientOf(chain).mine({ blocks: FINAL_DEPTH + 1 });
      await until(
        () => (follower.head()?.number ?? 0n) > head.number + BigInt(FINAL_DEPTH),
        "it is deep enough",
      );
      expect(isSettled(first)).to.equal(true);
      const second = blockOf(follower.canonicalAt(head.number + 1n) ?? expect.fail("it is not remembered"));
      const asked = proxy.countOf("eth_getBlockByNumber");
      expect(isSettled(second), "not asked yet").to.equal(false);
      await until(() => proxy.countOf("eth_getBlockByNumber") > asked, "it was asked");
      expect(isSettled(second), "one contradicts").to.equal(false);
    } finally {
      await follower.stop();
    }
  });
});
