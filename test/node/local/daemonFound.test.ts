import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { setNodeMetadata } from "@pleiad/sdk/actions/setNodeMetadata";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { type Deployment, serializeDeployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { bytesToHex } from "viem";
import { announcing } from "../../../node/src/chain/nodeMetadata.ts";
import { createKeystore } from "../../../node/src/config/keystore.ts";
import { loadConfig } from "../../../node/src/config/load.ts";
import { type Daemon, startDaemon } from "../../../node/src/local/daemon.ts";
import { accountOf, deployAll, type LocalChain, startChain, walletOf } from "../../fixtures/chain.ts";
import { eventually, until } from "../network/support.ts";

const PASSWORD = "secret";

describe("a daemon with no bootstrap list", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let folder: string;
  let deployment: Deployment;
  const daemons: Daemon[] = [];

  before(async () => {
    chain = await startChain();
    folder = mkdtempSync(join(tmpdir(), "pleiad-found-"));
    deployment = await deployAll(chain);
  });
  after(async () => {
    for (const daemon of daemons) await daemon.stop();
    await chain?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Registers the account's key as a node of account 1, and starts its daemon. */
  async function start(index: number) {
    const owner = walletOf(chain, accountOf(1));
    const account = accountOf(index);
    const signer = walletOf(chain, account);
    const proof = await signNodeKeyProof(signer, { deployment, owner: owner.account.address });
    const { node } = await registerNode(owner, { deployment, key: account.address, proof });
    const home = join(folder, `${index}`);
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(join(home, "deployment.json"), serializeDeployment(deployment));
    const privateKey = bytesToHex(account.getHdKey().privateKey ?? new Uint8Array());
    await createKeystore({ path: join(home, "key.json"), password: PASSWORD, privateKey, cost: "light" });
    writeFileSync(
      join(home, "pleiad.yaml"),
      `chain: { rpcUrls: ["${chain.rpcUrl}"], chainId: ${chain.chainId}, contracts: deployment.json, pollIntervalMs: 50 }
node: { keystore: key.json }
network: { listenPort: 0 }
api: { port: 0 }
`,
      { mode: 0o600 },
    );
    const config = await loadConfig(join(home, "pleiad.yaml"));
    expect(config.network.bootstrap).to.deep.equal([]);
    const daemon = await startDaemon({ config, password: PASSWORD }, { logger: pino({ level: "silent" }) });
    daemons.push(daemon);
    const authorization = `Bearer ${readFileSync(join(home, "api.token"), "utf8").trim()}`;
    const metrics = async () =>
      (await fetch(new URL("/metrics", daemon.apiUrl), { headers: { authorization } })).text();
    return { owner, node, daemon, metrics };
  }

  it("finds another by what its owner announced on the chain, before or after it started", async () => {
    const first = await start(2);
    const second = await start(3);
    expect(await first.metrics()).to.contain("pleiad_certified_peers 0");
    await setNodeMetadata(first.owner, {
      deployment,
      node: first.node,
      ...announcing(first.daemon.peerAddresses),
    });
    const hasFound = async ({ metrics }: typeof first) =>
      (await metrics()).includes('pleiad_found_peers_total{source="chain"} 1');
    await until(
      "the one that runs finds it",
      eventually(() => hasFound(second)),
    );
    const third = await start(4);
    await until(
      "the one that starts later finds it",
      eventually(() => hasFound(third)),
    );
    expect(await first.metrics()).to.contain("pleiad_certified_peers 2");
  });
});
