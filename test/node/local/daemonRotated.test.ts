import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { rotateNodeKey } from "@pleiad/sdk/actions/rotateNodeKey";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { serializeDeployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { bytesToHex, type Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { createKeystore } from "../../../node/src/config/keystore.ts";
import { loadConfig } from "../../../node/src/config/load.ts";
import { startDaemon } from "../../../node/src/local/daemon.ts";
import { accountOf, deployAll, type LocalChain, startChain, walletOf } from "../../fixtures/chain.ts";

describe("a daemon whose node gets another key", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let folder: string;

  before(async () => {
    chain = await startChain();
    folder = mkdtempSync(join(tmpdir(), "pleiad-rotated-"));
  });
  after(async () => {
    await chain?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const keyOf = (account: HDAccount): Hex => bytesToHex(account.getHdKey().privateKey ?? new Uint8Array());

  it("rotated_whileItRuns_endsAndSaysWhy_andStartsWithTheNewKeystoreAgain", async () => {
    const deployment = await deployAll(chain);
    const [owner, oldKey, newKey] = [1, 2, 3].map((index) => walletOf(chain, accountOf(index)));
    if (owner === undefined || oldKey === undefined || newKey === undefined)
      throw new Error("three accounts");
    const proofBy = (key: typeof owner) =>
      signNodeKeyProof(key, { deployment, owner: owner.account.address });
    const { node } = await registerNode(owner, {
      deployment,
      key: oldKey.account.address,
      proof: await proofBy(oldKey),
    });
    writeFileSync(join(folder, "deployment.json"), serializeDeployment(deployment));
    const configWith = async (keystore: string) => {
      writeFileSync(
        join(folder, "pleiad.yaml"),
        `chain: { rpcUrls: ["${chain.rpcUrl}"], chainId: ${chain.chainId}, contracts: deployment.json, pollIntervalMs: 50 }
node: { keystore: ${keystore} }
network: { enabled: false }
api: { port: 0 }
`,
        { mode: 0o600 },
      );
      return loadConfig(join(folder, "pleiad.yaml"));
    };
    const password = "secret";
    for (const [name, index] of [
      ["old.json", 2],
      ["new.json", 3],
    ] as const) {
      const privateKey = keyOf(accountOf(index));
      await createKeystore({ path: join(folder, name), password, privateKey, cost: "light" });
    }
    const logger = pino({ level: "silent" });

    const daemon = await startDaemon({ config: await configWith("old.json"), password }, { logger });
    const ended = daemon.ended.then(
      () => undefined,
      (error: unknown) => (error as { code?: unknown }).code,
    );
    const { address: key } = newKey.account;
    await rotateNodeKey(owner, { deployment, node, key, proof: await proofBy(newKey) });
    expect(await ended).to.equal("NODE_KEY_OTHER");

    const again = await startDaemon({ config: await configWith("new.json"), password }, { logger });
    expect(again.node).to.equal(node);
    await again.stop();
  });
});
