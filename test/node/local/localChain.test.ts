import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createTestClient, http, publicActions, walletActions } from "viem";
import { type LocalChain, startLocalChain } from "../../../node/src/local/localChain.ts";
import { freePort } from "../../../node/src/local/ports.ts";
import { accountOf } from "../../fixtures/chain.ts";
import { until } from "../../fixtures/until.ts";

const MNEMONIC = "test test test test test test test test test test test junk";

describe("local chain", () => {
  const homeBefore = process.env.HOME;
  let folder: string;
  let chain: LocalChain;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-chain-test-"));
    // Where anvil keeps what it is not told to keep elsewhere.
    process.env.HOME = folder;
    chain = await startLocalChain({ folder, port: await freePort(0), mnemonic: MNEMONIC });
  });
  after(async () => {
    process.env.HOME = homeBefore;
    await chain.stop();
    rmSync(folder, { recursive: true });
  });

  const client = () =>
    createTestClient({
      mode: "anvil",
      transport: http(chain.rpcUrl),
      account: accountOf(0),
      pollingInterval: 20,
    })
      .extend(publicActions)
      .extend(walletActions);

  it("mines what is sent at once, and a block without being sent anything", async () => {
    const hash = await client().sendTransaction({ to: accountOf(1).address, value: 1n, chain: null });
    const { blockNumber } = await client().waitForTransactionReceipt({ hash });
    await until(
      "a block comes by itself",
      async () => (await client().getBlockNumber({ cacheTime: 0 })) > blockNumber,
    );
  });

  it("keeps the states of its last blocks, and none on disk, however long it runs", async () => {
    const { address } = accountOf(0);
    await client().mine({ blocks: 2_000 });
    const head = await client().getBlockNumber({ cacheTime: 0 });
    expect((await client().getBalance({ address, blockNumber: head - 200n })) > 0n).to.equal(true);
    const old = client().getBalance({ address, blockNumber: head - 1_000n });
    expect(
      await old.then(
        () => "kept",
        () => "gone",
      ),
    ).to.equal("gone");
    expect((await client().getBlock({ blockNumber: 1n })).number, "blocks stay").to.equal(1n);
    const states = join(folder, ".foundry", "anvil", "tmp");
    const kept = existsSync(states) ? readdirSync(states, { recursive: true }) : [];
    expect(kept.filter((name) => String(name).endsWith(".json"))).to.deep.equal([]);
  });
});
