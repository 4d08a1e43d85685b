import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getNode } from "@pleiad/sdk/actions/getNode";
import { serializeDeployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { type Hex, zeroHash } from "viem";
import { announcedAddresses } from "../../../../node/src/chain/nodeMetadata.ts";
import { createKeystore } from "../../../../node/src/config/keystore.ts";
import { layoutOf } from "../../../../node/src/local/layout.ts";
import { takeLock } from "../../../../node/src/local/upLock.ts";
import { accountOf, walletOf } from "../../../fixtures/chain.ts";
import { startFakeDaemon, writeOperators } from "../support/daemon.ts";
import { type CliNetwork, keyOf, sharedNetwork } from "../support/network.ts";
import type { Ran } from "../support/run.ts";

interface DoctorAnswer {
  readonly sections: readonly {
    readonly title: string;
    readonly findings: readonly { readonly name: string; readonly outcome: string; readonly text: string }[];
  }[];
}

function codeOf({ stdout }: Ran): string {
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

function findingOf({ stdout }: Ran, name: string, title = "") {
  const { sections } = JSON.parse(stdout) as DoctorAnswer;
  return sections
    .filter((section) => section.title.includes(title))
    .flatMap(({ findings }) => findings)
    .find((finding) => finding.name === name);
}

describe("the commands about nodes and keys, on a chain", () => {
  let network: CliNetwork;

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
  });

  it("node init takes the chain from the data folder, and node register makes its key a node", async () => {
    writeFileSync(join(network.folder, "password"), "correct horse", { mode: 0o600 });
    const init = ["node", "init", "fresh-node", "--password-file", "password"];
    const { address } = await network.json<{ address: string }>(init);
    const owner = accountOf(8);
    writeFileSync(join(network.folder, "owner.key"), keyOf(owner), { mode: 0o600 });
    const register = ["node", "register", "fresh-node", "--key", "owner.key", "--yes"];
    const { node } = await network.json<{ node: number }>(register);
    const found = await getNode(walletOf(network.chain, owner), {
      deployment: network.deployment,
      node: BigInt(node),
    });
    expect(found).to.include({ key: address, owner: owner.address, status: "Active" });
    const again = await network.run([...register, "--json"]);
    expect(codeOf(again)).to.equal("NODE_KEY_TAKEN");
  });

  it("node register asks first, and signs with the account that the other commands sign with", async () => {
    const init = ["node", "init", "requesters-node", "--password-file", "password"];
    const { address } = await network.json<{ address: string }>(init);
    const asked = await network.run(["node", "register", "requesters-node", "--json"]);
    expect(codeOf(asked)).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.stdout).to.include(address).and.to.include(network.requester.address);
    const register = ["node", "register", "requesters-node", "--yes"];
    const { owner } = await network.json<{ owner: string }>(register);
    expect(owner).to.equal(network.requester.address);
    // What would fail fails before anybody is asked.
    const again = await network.run(["node", "register", "requesters-node", "--json"]);
    expect(codeOf(again)).to.equal("NODE_KEY_TAKEN");
  });

  it("node announce says on the chain where a node is reached, and takes it back", async () => {
    const address = "/ip4/203.0.113.7/tcp/9317/p2p/12D3KooWBrfYXdVyo9TEyJDdMtThLEPZWZ8Yyn9xzFCzfVn7jNWq";
    const announce = ["node", "announce", "fresh-node", "--key", "owner.key", "--yes"];
    const said = await network.json<{ node: number; metadataURI: string; metadataDigest: Hex }>([
      ...announce,
      "--address",
      address,
    ]);
    expect(announcedAddresses(said)).to.deep.equal([address]);
    const read = () =>
      getNode(walletOf(network.chain, accountOf(8)), {
        deployment: network.deployment,
        node: BigInt(said.node),
      });
    expect(await read()).to.include({ metadataDigest: said.metadataDigest });
    const relayed = `${address}/p2p-circuit${address.slice(address.indexOf("/p2p/"))}`;
    for (const wrong of [
      [],
      ["--none", "--address", address],
      ["--address", "203.0.113.7:9317"],
      ["--address", address, relayed],
    ])
      expect(codeOf(await network.run([...announce, ...wrong, "--json"]))).to.equal("USAGE_INVALID");
    const foreign = ["node", "announce", "fresh-node", "--yes", "--address", address, "--json"];
    expect(codeOf(await network.run(foreign))).to.equal("NODE_NOT_OWNED");
    await network.json([...announce, "--none"]);
    expect(await read()).to.include({ metadataDigest: zeroHash });
  });

  it("doctor finds the chain and the contracts of such a node, and that it answers nothing yet", async () => {
    const ran = await network.run(["doctor", "fresh-node", "--json"]);
    expect(ran.code, ran.stdout).to.equal(0);
    expect(findingOf(ran, "contracts")).to.include({ outcome: "ok" });
    expect(findingOf(ran, "services")?.text).to.include("answers nothing");
  });

  it("doctor tells what a node lacks on chain: its registration, money for gas, models that it serves", async () => {
    const init = ["node", "init", "poor-node", "--password-file", "password"];
    await network.json(init);
    const yaml = join(network.folder, "poor-node", "pleiad.yaml");
    const models =
      "models:\n  1: { service: cat }\n  4321: { service: cat }\nservices:\n  cat: { kind: command, program: cat }\n";
    appendFileSync(yaml, models);
    const unknown = await network.run(["doctor", "poor-node", "--json"]);
    expect(unknown.code, unknown.stdout).to.equal(0);
    expect(findingOf(unknown, "registration")).to.include({ outcome: "skipped" });
    expect(findingOf(unknown, "gas")).to.include({ outcome: "warning" });
    const { node } = await network.json<{ node: number }>(["node", "register", "poor-node", "--yes"]);
    const ran = await network.run(["doctor", "poor-node", "--json"]);
    expect(ran.code, ran.stdout).to.equal(0);
    expect(findingOf(ran, "registration")).to.include({ outcome: "ok", text: `node ${node}, active` });
    const hint = `model's owner and node's owner: pleiad model serve 1 ${node}`;
    expect(findingOf(ran, "model 1")).to.include({ outcome: "warning", hint });
    expect(findingOf(ran, "model 4321")).to.include({ outcome: "warning" });
    const terms = ["--price", "1gwei", "--node-share-bps", "5000", "--yes"];
    const { modelId } = await network.json<{ modelId: number }>(["model", "register", "own", ...terms]);
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace("4321:", `${modelId}:`));
    const own = `model ${modelId}`;
    expect(findingOf(await network.run(["doctor", "poor-node", "--json"]), own)).not.to.equal(undefined);
    await network.json(["model", "serve", `${modelId}`, `${node}`, "--yes"]);
    expect(findingOf(await network.run(["doctor", "poor-node", "--json"]), own)).to.equal(undefined);
  });

  it("doctor tells a chain that is another one, and contracts that are not there", async () => {
    const where = ["doctor", "--rpc", network.chain.rpcUrl, "--json", "--deployment"];
    const other = join(network.folder, "other.json");
    writeFileSync(other, serializeDeployment({ ...network.deployment, chainId: 1 }));
    const chain = await network.run([...where, other]);
    expect(chain.code).to.equal(1);
    expect(findingOf(chain, "RPC endpoint")?.text).to.include("is on chain 31337, not on 1");
    writeFileSync(other, serializeDeployment({ ...network.deployment, nodeRegistry: accountOf(9).address }));
    const contracts = await network.run([...where, other]);
    expect(findingOf(contracts, "contracts")).to.include({ outcome: "wrong" });
    expect(findingOf(contracts, "contracts")?.text).to.include(accountOf(9).address);
  });

  it("doctor looks at every daemon of a local network that is up, and names the one that is dead", async () => {
    const data = join(network.folder, ".pleiad");
    const daemon = await startFakeDaemon(join(data, "operators", "alive"), 1n);
    const dead = await startFakeDaemon(join(data, "operators", "dead"), 2n);
    await dead.stop();
    for (const { folder } of [daemon, dead]) writeFileSync(join(folder, "pleiad.yaml"), "", { mode: 0o600 });
    writeOperators(data, [
      { name: "alive", node: 1, folder: daemon.folder },
      { name: "dead", node: 2, folder: dead.folder },
    ]);
    // What `up` holds while it runs.
    const lock = await takeLock(layoutOf(data).lockFile);
    try {
      const ran = await network.run(["doctor", "--json"]);
      expect(ran.code).to.equal(1);
      expect(findingOf(ran, "contracts", "network")).to.include({ outcome: "ok" });
      expect(findingOf(ran, "daemon", "alive")).to.include({ outcome: "ok" });
      expect(findingOf(ran, "daemon", "dead")).to.include({ outcome: "wrong", text: "it does not answer" });
    } finally {
      await lock?.release();
      writeOperators(data, []);
      await daemon.stop();
    }
  });

  it("a keystore signs with the password from a file or the environment, and with no other", async () => {
    const path = join(network.folder, "owner.json");
    await createKeystore({ path, password: "open sesame", privateKey: keyOf(accountOf(8)), cost: "light" });
    const out = join(network.folder, "second.json");
    const deploy = [
      "deploy",
      "--rpc",
      network.chain.rpcUrl,
      "--out",
      out,
      "--keystore",
      path,
      "--password-env",
      "SECRET",
    ];
    const wrong = await network.run([...deploy, "--json"], { env: { SECRET: "open barley" } });
    expect(wrong.code).to.equal(1);
    expect(codeOf(wrong)).to.equal("KEYSTORE_PASSWORD_WRONG");
    expect(wrong.stdout + wrong.stderr).not.to.include("open barley");
    const { clusterExecutions } = await network.json<{ clusterExecutions: string }>(deploy, {
      env: { SECRET: "open sesame" },
    });
    expect(clusterExecutions).to.equal(network.deployment.clusterExecutions);
    const nobody = await network.run([
      "deploy",
      "--rpc",
      network.chain.rpcUrl,
      "--out",
      `${out}.2`,
      "--keystore",
      path,
      "--json",
    ]);
    expect(codeOf(nobody)).to.equal("PROMPT_IMPOSSIBLE");
  });

  it("a command without a key says that the chain is away, rather than that a key is missing", async () => {
    const ran = await network.run(
      ["deploy", "--rpc", "http://127.0.0.1:9", "--out", "never.json", "--json"],
      {
        cwd: "/",
      },
    );
    expect(ran.code).to.equal(75);
    expect(codeOf(ran)).to.equal("RPC_UNREACHABLE");
  });

  it("a command on the chain of a deployment that is not there says so", async () => {
    const missing = join(network.folder, "missing.json");
    const args = ["quote", "1", "--rpc", network.chain.rpcUrl, "--deployment", missing, "--json"];
    expect(codeOf(await network.run(args))).to.equal("FILE_UNREADABLE");
    const without = ["quote", "1", "--rpc", network.chain.rpcUrl, "--json"];
    expect(codeOf(await network.run(without, { cwd: "/" }))).to.equal("DEPLOYMENT_MISSING");
  });
});
