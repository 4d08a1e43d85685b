import type { ChildProcess } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeRegistryAbi } from "@pleiad/sdk/abi/nodeRegistry";
import { getNode } from "@pleiad/sdk/actions/getNode";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { rotateNodeKey } from "@pleiad/sdk/actions/rotateNodeKey";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { createWalletClient, encodeFunctionData, type Hex, http } from "viem";
import { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } from "viem/accounts";
import { sendTransaction, waitForTransactionReceipt, writeContract } from "viem/actions";
import { keptPathOf, nextPathOf } from "../../../../node/src/cli/nextKeystore.ts";
import { createKeystore, readKeystore } from "../../../../node/src/config/keystore.ts";
import { accountOf, testClientOf, walletOf } from "../../../fixtures/chain.ts";
import { startFakeSigner } from "../../../fixtures/fakeWeb3Signer.ts";
import { startFaultProxy } from "../../../fixtures/faultProxy.ts";
import { type CliNetwork, keyOf, sharedNetwork } from "../support/network.ts";
import { type Ran, startCli } from "../support/run.ts";

const PASSWORD = "correct horse";
/** Owns the nodes of these tests. */
const OWNER = 8;
/** Owns nothing. */
const STRANGER = 7;

interface Rotated {
  readonly node: number;
  readonly previousKey: `0x${string}`;
  readonly key: `0x${string}`;
  readonly keystore: string;
  readonly kept: string | null;
  readonly resumed: boolean;
  readonly transaction: string | null;
}

function errorOf({ stdout }: Ran) {
  return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error;
}

describe("pleiad node rotate-key", () => {
  let network: CliNetwork;
  const path = (name: string) => join(network.folder, name);
  const owner = () => walletOf(network.chain, accountOf(OWNER));
  const keyOfNode = async (node: number) =>
    (await getNode(owner(), { deployment: network.deployment, node: BigInt(node) })).key;
  const rotate = (folder: string, ...more: string[]) =>
    network.json<Rotated>(["node", "rotate-key", folder, "--key", path("rotator.key"), "--yes", ...more]);
  const failing = async (folder: string, ...more: string[]) =>
    errorOf(await network.run(["node", "rotate-key", folder, ...more, "--json"]));

  /** A node's folder; what its keystore costs to open is what tests can wait for. */
  const freshFolder = async (folder: string, rpcUrl = network.chain.rpcUrl): Promise<void> => {
    mkdirSync(path(folder), { mode: 0o700 });
    const config = `chain: { rpcUrls: [${rpcUrl}], chainId: ${network.chain.chainId}, contracts: ${path(".pleiad/deployment.json")} }
node:
  passwordFile: ${path("rotator-password")}
`;
    writeFileSync(path(`${folder}/pleiad.yaml`), config, { mode: 0o600 });
    await createKeystore({ path: path(`${folder}/keystore.json`), password: PASSWORD, cost: "light" });
  };
  /** A folder with a registered node. */
  const freshNode = async (folder: string, rpcUrl?: string): Promise<number> => {
    await freshFolder(folder, rpcUrl);
    const register = ["node", "register", folder, "--key", path("rotator.key"), "--yes"];
    return (await network.json<{ node: number }>(register)).node;
  };
  /** As a run that was killed leaves it: the next key is on the disk. */
  const leaveNext = (folder: string) =>
    createKeystore({
      path: nextPathOf(path(`${folder}/keystore.json`)),
      password: PASSWORD,
      cost: "light",
    });
  /** The call by which a folder's next key becomes the node's. */
  const nextCall = async (folder: string, node: number) => {
    const { deployment } = network;
    const { address, privateKey } = await readKeystore(nextPathOf(path(`${folder}/keystore.json`)), PASSWORD);
    const signer = createWalletClient({
      account: privateKeyToAccount(privateKey),
      transport: http(network.chain.rpcUrl),
    });
    const proof = await signNodeKeyProof(signer, { deployment, owner: accountOf(OWNER).address });
    return { deployment, node: BigInt(node), key: address, proof };
  };

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    writeFileSync(path("rotator-password"), PASSWORD, { mode: 0o600 });
    writeFileSync(path("rotator.key"), keyOf(accountOf(OWNER)), { mode: 0o600 });
    writeFileSync(path("stranger.key"), keyOf(accountOf(STRANGER)), { mode: 0o600 });
  });

  it("gives the node a new key, puts its keystore in the old one's place, and keeps the old one", async () => {
    const node = await freshNode("rotated");
    const keystore = path("rotated/keystore.json");
    const old = readFileSync(keystore);
    const { address: oldKey } = await readKeystore(keystore, PASSWORD);
    const answer = await rotate("rotated");
    expect(answer).to.include({ node, previousKey: oldKey, keystore, resumed: false });
    expect(answer.key).not.to.equal(oldKey);
    expect(await keyOfNode(node)).to.equal(answer.key);
    expect((await readKeystore(keystore, PASSWORD)).address).to.equal(answer.key);
    expect(answer.kept).to.equal(keptPathOf(keystore, oldKey));
    expect(readFileSync(answer.kept ?? "").equals(old)).to.equal(true);
    for (const file of [keystore, answer.kept ?? ""])
      expect(statSync(file).mode & 0o777, file).to.equal(0o600);
    expect(existsSync(nextPathOf(keystore))).to.equal(false);
  });

  it("tells a person both keys, where the old one lies, and what comes next", async () => {
    await freshNode("told");
    const keystore = path("told/keystore.json");
    const { address: oldKey } = await readKeystore(keystore, PASSWORD);
    const { code, stdout } = await network.run([
      ...["node", "rotate-key", "told"],
      ...["--key", "rotator.key", "--yes"],
    ]);
    expect(code).to.equal(0);
    expect(stdout)
      .to.include(`${oldKey}, kept in told/keystore.json.${oldKey.toLowerCase()}`)
      .and.to.include((await readKeystore(keystore, PASSWORD)).address)
      .and.to.include("pleiad node start --config told/pleiad.yaml");
    expect(stdout).not.to.include(PASSWORD);
  });

  it("sends nothing and makes nothing without a person's word or --yes", async () => {
    const node = await freshNode("asked");
    const before = await keyOfNode(node);
    expect((await failing("asked", "--key", "rotator.key")).code).to.equal("PROMPT_IMPOSSIBLE");
    expect(await keyOfNode(node)).to.equal(before);
    expect(existsSync(nextPathOf(path("asked/keystore.json")))).to.equal(false);
  });

  it("refuses who does not own the node, before it makes anything", async () => {
    await freshNode("foreign");
    expect((await failing("foreign", "--key", "stranger.key", "--yes")).code).to.equal("NODE_NOT_OWNED");
    expect(existsSync(nextPathOf(path("foreign/keystore.json")))).to.equal(false);
  });

  it("refuses a key that belongs to no node, a folder without a configuration, and a wrong password", async () => {
    await freshFolder("unregistered");
    const byOwner = ["--key", "rotator.key", "--yes"];
    expect((await failing("unregistered", ...byOwner)).code).to.equal("NODE_UNREGISTERED");
    expect((await failing("no-such-folder", ...byOwner)).code).to.equal("CONFIG_MISSING");
    await freshNode("locked");
    const config = path("locked/pleiad.yaml");
    writeFileSync(path("wrong-password"), "battery staple", { mode: 0o600 });
    writeFileSync(config, readFileSync(config, "utf8").replace("rotator-password", "wrong-password"));
    expect((await failing("locked", ...byOwner)).code).to.equal("KEYSTORE_PASSWORD_WRONG");
  });

  it("carries on with the key that a run killed before it sent had made", async () => {
    const node = await freshNode("killed-before");
    const next = await leaveNext("killed-before");
    const answer = await rotate("killed-before");
    expect(answer).to.include({ key: next, resumed: true });
    expect(answer.transaction).to.match(/^0x/);
    expect(await keyOfNode(node)).to.equal(next);
    expect((await readKeystore(answer.keystore, PASSWORD)).address).to.equal(next);
  });

  it("sends nothing again where the transaction of a killed run was mined", async () => {
    const node = await freshNode("killed-after");
    const { address: oldKey } = await readKeystore(path("killed-after/keystore.json"), PASSWORD);
    const next = await leaveNext("killed-after");
    await rotateNodeKey(owner(), await nextCall("killed-after", node));
    const answer = await rotate("killed-after");
    expect(answer).to.include({ key: next, previousKey: oldKey, resumed: true, transaction: null });
    expect((await readKeystore(answer.keystore, PASSWORD)).address).to.equal(next);
    expect((await readKeystore(answer.kept ?? "", PASSWORD)).address).to.equal(oldKey);
  });

  it("finishes where a run was killed between the two files", async () => {
    const node = await freshNode("killed-between");
    const keystore = path("killed-between/keystore.json");
    const { address: oldKey } = await readKeystore(keystore, PASSWORD);
    const next = await leaveNext("killed-between");
    await rotateNodeKey(owner(), await nextCall("killed-between", node));
    linkSync(keystore, keptPathOf(keystore, oldKey));
    const answer = await rotate("killed-between");
    expect(answer).to.include({ key: next, transaction: null });
    expect((await readKeystore(keystore, PASSWORD)).address).to.equal(next);
  });

  it("never loses a file that has the old keystore's place, and can be run again", async () => {
    const node = await freshNode("occupied");
    const keystore = path("occupied/keystore.json");
    const { address: oldKey } = await readKeystore(keystore, PASSWORD);
    await leaveNext("occupied");
    await rotateNodeKey(owner(), await nextCall("occupied", node));
    writeFileSync(keptPathOf(keystore, oldKey), "precious");
    expect((await failing("occupied", "--key", "rotator.key", "--yes")).code).to.equal("FILE_EXISTS");
    expect(readFileSync(keptPathOf(keystore, oldKey), "utf8")).to.equal("precious");
    expect((await readKeystore(keystore, PASSWORD)).address).to.equal(oldKey);
  });

  it("waits for the transaction of a killed run that is still under way, instead of sending a second", async () => {
    await using proxy = await startFaultProxy(network.chain.rpcUrl);
    const node = await freshNode("under-way", proxy.url);
    const next = await leaveNext("under-way");
    const { deployment, key, proof } = await nextCall("under-way", node);
    const testClient = testClientOf(network.chain);
    const sender = owner();
    const data = encodeFunctionData({
      abi: nodeRegistryAbi,
      functionName: "rotateKey",
      args: [BigInt(node), key, proof],
    });
    const sentBefore = proxy.countOf("eth_sendRawTransaction");
    await testClient.setAutomine(false);
    try {
      const hash = await sendTransaction(sender, {
        account: sender.account,
        to: deployment.nodeRegistry,
        data,
        gas: 300_000n,
        chain: null,
      });
      // Once it has asked how many the account has under way, the block comes.
      let asked = 0;
      proxy.inject(({ method }) => {
        if (method === "eth_getTransactionCount" && ++asked === 3) void testClient.mine({ blocks: 1 });
        return undefined;
      });
      const answer = await rotate("under-way");
      expect(answer).to.include({ key: next, resumed: true, transaction: null });
      expect((await waitForTransactionReceipt(sender, { hash })).status).to.equal("success");
      expect(proxy.countOf("eth_sendRawTransaction")).to.equal(sentBefore);
    } finally {
      await testClient.setAutomine(true);
    }
  });

  it("has the new key on the disk when the transaction leaves, and carries on after a kill -9 there", async () => {
    await using proxy = await startFaultProxy(network.chain.rpcUrl);
    const node = await freshNode("shot", proxy.url);
    const keystore = path("shot/keystore.json");
    let child: ChildProcess | undefined;
    let wasThere = false;
    const lift = proxy.inject(({ method }) => {
      if (method !== "eth_sendRawTransaction") return undefined;
      wasThere = existsSync(nextPathOf(keystore));
      child?.kill("SIGKILL");
      // It landed, and nobody knows.
      return { kind: "dropAnswer" };
    });
    child = startCli(["node", "rotate-key", "shot", "--key", "rotator.key", "--yes"], {
      cwd: network.folder,
    });
    const [, signal] = await new Promise<[number | null, string | null]>((done) =>
      child?.once("exit", (...how) => done(how)),
    );
    lift();
    expect(signal).to.equal("SIGKILL");
    expect(wasThere).to.equal(true);
    const { address: next } = await readKeystore(nextPathOf(keystore), PASSWORD);
    const answer = await rotate("shot");
    expect(answer).to.include({ key: next, resumed: true });
    expect(await keyOfNode(node)).to.equal(next);
    expect((await readKeystore(keystore, PASSWORD)).address).to.equal(next);
  });

  it("--present proves the folder's own key, for whoever bought the node", async () => {
    const { deployment } = network;
    const [seller, seed] = [walletOf(network.chain, accountOf(STRANGER)), accountOf(6)];
    const oldKey = walletOf(network.chain, seed);
    const sellerProof = await signNodeKeyProof(oldKey, { deployment, owner: seller.account.address });
    const { node } = await registerNode(seller, { deployment, key: seed.address, proof: sellerProof });
    const hash = await writeContract(seller, {
      address: deployment.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "transferFrom",
      args: [seller.account.address, accountOf(OWNER).address, node],
      account: seller.account,
      chain: null,
    });
    await waitForTransactionReceipt(seller, { hash });
    await freshFolder("bought");
    const config = path("bought/pleiad.yaml");
    writeFileSync(config, readFileSync(config, "utf8").replace("node:\n", `node:\n  id: ${node}\n`));
    const answer = await rotate("bought", "--present");
    const { address } = await readKeystore(path("bought/keystore.json"), PASSWORD);
    expect(answer).to.include({ node: Number(node), previousKey: seed.address, key: address, kept: null });
    expect(await getNode(seller, { deployment, node })).to.include({ key: address, status: "Active" });
    expect(await rotate("bought", "--present")).to.include({ key: address, transaction: null });
  });

  describe("of a node whose key is at a remote signer", () => {
    it("registers the key that the signer has now, and makes none itself", async () => {
      const [first, second] = [generatePrivateKey(), generatePrivateKey()];
      await using signer = await startFakeSigner({ keys: [first, second] });
      const configure = (key: Hex) =>
        writeFileSync(
          path("remote/pleiad.yaml"),
          `chain: { rpcUrls: [${network.chain.rpcUrl}], chainId: ${network.chain.chainId}, contracts: ${path(".pleiad/deployment.json")} }
keys: { remoteSignerUrl: "${signer.url}", remoteSignerAddress: "${privateKeyToAddress(key)}" }
`,
          { mode: 0o600 },
        );
      mkdirSync(path("remote"), { mode: 0o700 });
      configure(first);
      const { node, key } = await network.json<{ node: number; key: string }>([
        ...["node", "register", "remote", "--key", path("rotator.key"), "--yes"],
      ]);
      expect(key).to.equal(privateKeyToAddress(first));
      expect(await keyOfNode(node)).to.equal(key);

      const { stdout } = await network.run(["doctor", "remote"]);
      expect(stdout).to.match(new RegExp(`remote signer +${new URL(signer.url).host} has the key of ${key}`));

      const error = await failing("remote", "--key", path("rotator.key"), "--yes");
      expect(error.code).to.equal("NODE_KEY_REMOTE");
      expect(error.message).to.contain(key);

      configure(second);
      writeFileSync(
        path("remote/pleiad.yaml"),
        `${readFileSync(path("remote/pleiad.yaml"), "utf8")}node: { id: ${node} }\n`,
        { mode: 0o600 },
      );
      const rotated = await rotate("remote", "--present");
      expect(rotated).to.include({ node, key: privateKeyToAddress(second), previousKey: key, kept: null });
      expect(rotated.keystore).to.equal(null);
      expect(await keyOfNode(node)).to.equal(privateKeyToAddress(second));
    });
  });
});
