import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { signExecutionRequest } from "@pleiad/sdk/actions/signExecutionRequest";
import { signPermit } from "@pleiad/sdk/actions/signPermit";
import { PERMIT2_ADDRESS } from "@pleiad/sdk/types/executionRequest";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { type Address, erc20Abi, parseEther, zeroAddress } from "viem";
import { getCode, getTransactionCount, readContract } from "viem/actions";
import { withContract } from "../../../../node/src/cli/periphery.ts";
import { serializeRequest } from "../../../../node/src/cli/requestFile.ts";
import { accountOf, testClientOf, walletOf } from "../../../fixtures/chain.ts";
import { deployArtifact } from "../../../sdk/support/artifact.ts";
import { mintToken } from "../../../sdk/support/token.ts";
import { applyExample, failing, keyFileOf } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

/** Owns node 1, see the network's fixture. */
const OPERATOR = 2;
const RELAYER = 9;

describe("the commands about signed requests", () => {
  let network: CliNetwork;
  let token: Address;
  let by: readonly string[];
  const relayer = accountOf(RELAYER).address;
  const sign = (slug: string, out: string, ...more: string[]) =>
    network.json<{ nonce: string; payment: string }>(
      ["request", "sign", slug, "--input", "-", "--out", out, ...more],
      { input: "a document" },
    );
  const requesterOf = async (execution: number) => {
    const { chain, deployment, requester } = network;
    const about = { deployment, execution: BigInt(execution) };
    return (await getExecution(walletOf(chain, requester), about)).requester;
  };
  const balanceOf = (account: Address) =>
    readContract(walletOf(network.chain, network.requester), {
      ...{ address: token, abi: erc20Abi, functionName: "balanceOf", args: [account] },
    });

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    by = ["--key", keyFileOf(network, RELAYER), "--yes"];
    await applyExample(network, "brought");
    const client = walletOf(network.chain, network.requester);
    token = await deployArtifact(client, "contracts/test/Token__MockForRouter.sol");
    await mintToken(client, token, parseEther("10"));
    const operator = ["--key", keyFileOf(network, OPERATOR), "--yes"];
    const terms = ["--price", "0.5", "--currency", token, "--node-share-bps", "8000"];
    const register = ["model", "register", "paid", ...terms, ...operator];
    const { modelId } = await network.json<{ modelId: number }>(register);
    await network.json(["model", "serve", `${modelId}`, "1", ...operator]);
    await network.passSeconds(1);
    const yaml = [
      ...["slug: in-token", "name: In a token", "fee: 0 wei", "windowSeconds: 10"],
      ...["agents:", `  - { name: reader, model: ${modelId} }`],
      ...["tasks:", "  - { name: read, agent: reader, prompt: Read it. }", ""],
    ];
    writeFileSync(join(network.folder, "in-token.yaml"), yaml.join("\n"));
    await network.json(["cluster", "apply", "in-token.yaml", "--yes"]);
  });

  it("sign writes a file of mode 0600 and sends nothing; send brings it for its requester, once", async () => {
    const client = walletOf(network.chain, network.requester);
    const sentBefore = await getTransactionCount(client, client.account);
    expect(await sign("brought", "own.json")).to.include({ payment: "relayer" });
    expect(await getTransactionCount(client, client.account)).to.equal(sentBefore);
    expect(statSync(join(network.folder, "own.json")).mode & 0o777).to.equal(0o600);
    const unasked = await failing(network, "request", "send", "own.json");
    expect(unasked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(unasked.message).to.match(/Run version 1 of cluster \d+ for 0x\w+, and pay .*ether|gwei for it/);
    const send = ["request", "send", "own.json", ...by];
    expect((await failing(network, ...send, "--bring-max", "1wei")).code).to.equal("SIGNED_REQUEST_DEAR");
    const { executionId } = await network.json<{ executionId: number }>(send);
    expect(await requesterOf(executionId)).to.equal(network.requester.address);
    expect((await failing(network, ...send)).code).to.equal("REQUEST_NONCE_USED");
    expect((await failing(network, "request", "cancel", "own.json")).code).to.equal("REQUEST_NONCE_USED");
  });

  it("cancel makes a request worthless, for its requester alone", async () => {
    await sign("brought", "cancelled.json");
    const cancel = ["request", "cancel", "cancelled.json"];
    expect((await failing(network, ...cancel, ...by)).code).to.equal("SIGNED_REQUEST_FOREIGN");
    expect((await failing(network, ...cancel)).code).to.equal("PROMPT_IMPOSSIBLE");
    expect(await network.json([...cancel, "--yes"])).to.include({ cancelled: true });
    expect((await failing(network, "request", "send", "cancelled.json", ...by)).code).to.equal(
      "REQUEST_NONCE_USED",
    );
  });

  it("signs nothing that nobody could bring, or that outlives the run", async () => {
    writeFileSync(join(network.folder, "note.txt"), "a document");
    const until = (time: string) =>
      failing(
        network,
        ...["request", "sign", "brought", "--input", "note.txt"],
        ...["--out", "late.json", "--until", time],
      );
    const over = await until("2020-01-01");
    expect(over).to.include({ code: "USAGE_INVALID", hint: "name a later time" });
    expect(over.message).to.include("2020-01-01 23:59:59 UTC, which is over");
    const long = await until("2999-01-01");
    expect(long.code).to.equal("USAGE_INVALID");
    expect(long.message).to.include("after the run's deadline of");
    expect(existsSync(join(network.folder, "late.json"))).to.equal(false);
  });

  it("pays quote and fee in the token by a permit in the file", async () => {
    expect(await sign("in-token", "permit.json", "--permit", "--relayer-fee", "0.25")).to.include({
      ...{ payment: "permit", quoteWei: parseEther("0.5").toString() },
      relayerFeeWei: parseEther("0.25").toString(),
    });
    const { executionId } = await network.json<{ executionId: number }>([
      ...["request", "send", "permit.json", ...by],
    ]);
    expect(await requesterOf(executionId)).to.equal(network.requester.address);
    expect(await balanceOf(relayer)).to.equal(parseEther("0.25"));
  });

  it("pays through Permit2 by one signature", async () => {
    const client = walletOf(network.chain, network.requester);
    const stand = await deployArtifact(client, "contracts/test/Permit2__MockForRouter.sol");
    const bytecode = (await getCode(client, { address: stand })) ?? "0x";
    await testClientOf(network.chain).setCode({ address: PERMIT2_ADDRESS, bytecode });
    const warned = await network.run(
      ["request", "sign", "in-token", "--input", "-", "--out", "permit2.json", "--permit2"],
      { input: "a document" },
    );
    expect(warned.code, warned.stderr).to.equal(0);
    expect(warned.stderr).to.contain("nobody can bring it yet");
    const unpaid = await failing(network, "request", "send", "permit2.json", ...by);
    expect(unpaid.code).to.equal("SIGNED_REQUEST_UNPAID");
    expect(unpaid.message).to.contain("take nothing; the request needs 0.5 TEST");
    const typed = /pleiad (allowance give \S+ \S+ \S+)/.exec(unpaid.hint ?? "")?.[1] ?? "";
    expect(await network.json([...typed.split(" "), "--yes"])).to.include({
      ...{ spender: PERMIT2_ADDRESS, amountWei: parseEther("0.5").toString(), beforeWei: "0" },
    });
    const { executionId } = await network.json<{ executionId: number }>([
      ...["request", "send", "permit2.json", ...by],
    ]);
    expect(await requesterOf(executionId)).to.equal(network.requester.address);
  });

  it("send says what the callback takes of the bringer's own money, before it asks and for a program", async () => {
    const client = walletOf(network.chain, network.requester);
    const deployment = withContract(network.deployment, "executionRouter");
    await sign("in-token", "plain.json", "--permit");
    const plain = JSON.parse(readFileSync(join(network.folder, "plain.json"), "utf8")) as {
      request: { cluster: string };
    };
    const signed = await signExecutionRequest(client, {
      ...{ deployment, cluster: BigInt(plain.request.cluster), input: "a document" },
      callback: { consumer: accountOf(5).address, gas: 100_000, budgetWei: parseEther("3") },
    });
    const permit = await signPermit(client, {
      ...{ deployment, currency: token, amountWei: signed.request.quoteWei },
    });
    const text = serializeRequest(deployment, { ...signed, payment: "permit", permit });
    writeFileSync(join(network.folder, "callback.json"), text);
    const send = ["request", "send", "callback.json", "--key", keyFileOf(network, RELAYER)];
    expect((await failing(network, ...send)).message).to.contain("and pay 3 ether for its callback");
    for (const limit of [[], ["--bring-max", "2.99ether"]]) {
      const unasked = await failing(network, ...send, "--yes", ...limit);
      expect(unasked.code).to.equal("SIGNED_REQUEST_DEAR");
      expect(unasked.message).to.contain("takes 3 ether of your own, 3 ether of it for its callback");
      expect(unasked.hint).to.contain("--bring-max 3ether");
    }
    const unread = await failing(network, ...send, "--yes", "--bring-max", "3");
    expect(unread.code).to.equal("USAGE_INVALID");
    const sent = await network.json([...send, "--yes", "--bring-max", "3ether"]);
    expect(sent).to.include({ broughtWei: parseEther("3").toString() });
  });

  it("allowance gives, changes, shows and takes back what may be taken, and says what it does before it asks", async () => {
    const give = (amount: string, ...more: string[]) => [
      "allowance",
      "give",
      token,
      "router",
      amount,
      ...more,
    ];
    const shown = async () => {
      const { allowances } = await network.json<{
        allowances: { spender: string; amountWei: string; unlimited: boolean }[];
      }>(["allowance", "show", token]);
      return allowances.find(({ spender }) => spender === "router");
    };
    const asked = await failing(network, ...give("2.5"));
    expect(asked.code).to.equal("PROMPT_IMPOSSIBLE");
    expect(asked.message).to.match(/Let the router, for signed requests \(0x\w+\), take 2\.5 TEST .* in all/);
    await network.json(give("2.5", "--yes"));
    expect(await shown()).to.include({ amountWei: parseEther("2.5").toString(), unlimited: false });
    expect(await network.json(give("2.5", "--yes"))).to.include({ transaction: null });
    await network.json(give("any", "--yes"));
    expect(await shown()).to.include({ unlimited: true });
    await network.json(give("0", "--yes"));
    expect(await shown()).to.include({ amountWei: "0" });
    const wrong: readonly (readonly string[])[] = [
      give("0.1234567890123456789"),
      ["allowance", "give", token, "somebody", "1"],
      ["allowance", "give", zeroAddress, "router", "1"],
      ["allowance", "give", relayer, "router", "1"],
    ];
    for (const args of wrong)
      expect((await failing(network, ...args)).code, args.join(" ")).to.equal("USAGE_INVALID");
  });

  it("cluster execute --permit takes the quote without an allowance before", async () => {
    const before = await balanceOf(network.requester.address);
    const args = ["cluster", "execute", "in-token", "--input", "-", "--permit"];
    const { executionId } = await network.json<{ executionId: number }>(args, { input: "a document" });
    expect(await requesterOf(executionId)).to.equal(network.requester.address);
    expect(before - (await balanceOf(network.requester.address))).to.equal(parseEther("0.5"));
    const both = await failing(network, ...args, "--approve");
    expect(both.code).to.equal("USAGE_INVALID");
  });

  it("says what is wrong with a file, and which options need a token", async () => {
    await sign("brought", "changed.json");
    const path = join(network.folder, "changed.json");
    const file = JSON.parse(readFileSync(path, "utf8")) as { input: string; chainId: number };
    const wrong = [
      [{ ...file, chainId: 1 }, /on chain 1, the contracts' is/],
      [{ ...file, input: "0x1234" }, /input is not the one that was signed/],
      [{ ...file, payment: "gift" }, /payment: /],
      [{ ...file, more: 1 }, /more/],
    ] as const;
    for (const [content, message] of wrong) {
      writeFileSync(path, JSON.stringify(content));
      const failure = await failing(network, "request", "send", "changed.json", ...by);
      expect(failure.code).to.equal("SIGNED_REQUEST_INVALID");
      expect(failure.message).to.match(message);
    }
    for (const option of [["--permit"], ["--permit2"], ["--relayer-fee", "1"]]) {
      const args = ["request", "sign", "brought", "--input", path, "--out", "never.json", ...option];
      expect((await failing(network, ...args)).code, option[0]).to.equal("USAGE_INVALID");
    }
    const again = await failing(network, "request", "sign", "brought", "--input", path, "--out", "own.json");
    expect(again.code).to.equal("FILE_EXISTS");
  });
});
