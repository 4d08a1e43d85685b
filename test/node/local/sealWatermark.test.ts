import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createProjection } from "../../../node/src/chain/projection.ts";
import { sealWatermark } from "../../../node/src/local/wiring/sealWatermark.ts";
import { openWatermark, raiseWatermark, WATERMARK_FILE } from "../../../node/src/store/watermark.ts";
import { deployAll, type LocalChain, startChain } from "../../fixtures/chain.ts";
import { always, type FaultProxy, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { hastyClock, logger, rpcOf, until } from "../chain/helpers.ts";
import { temporaryFolder } from "../store/helpers.ts";

describe("sealWatermark", () => {
  let chain: LocalChain;
  let proxy: FaultProxy;

  before(async () => {
    chain = await startChain();
    proxy = await startFaultProxy(chain.rpcUrl);
  });
  after(async () => {
    await proxy.stop();
    await chain.stop();
  });

  it("waitsWhileOneOfTwoEndpointsTellsOfALaterChain_andTakesWhatTheyAgreeOn", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, WATERMARK_FILE);
    await raiseWatermark(path, "restore", 0);
    const watermark = await openWatermark(path, { logger, now: () => 0 });
    const deployment = await deployAll(chain);
    const rpcUrls = [proxy.url, chain.rpcUrl];
    const rpc = rpcOf(rpcUrls);
    const lift = proxy.inject(
      always(
        { kind: "lie", lie: (block) => ({ ...(block as object), timestamp: "0xffffffffff" }) },
        "eth_getBlockByNumber",
      ),
    );
    const config = { chain: { rpcUrls, agreement: null } };
    const modules = { rpc, projection: createProjection(), logger, clock: hastyClock };
    const asked = proxy.countOf("eth_call");
    const sealed = sealWatermark(config, deployment, { watermark }, modules);
    await until(() => proxy.countOf("eth_call") > asked + 2, "it asks again");
    expect(watermark.facts?.isSealed).to.equal(false);
    lift();
    await sealed;
    const head = await rpc.blockByNumber("latest");
    expect(watermark.facts).to.include({ isSealed: true, createdThroughSeconds: head?.timestamp });
  });
});
