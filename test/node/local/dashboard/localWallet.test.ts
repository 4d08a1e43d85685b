import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import type { Address } from "viem";
import { getBlock, getTransactionCount, mine } from "viem/actions";
import {
  LOCAL_WALLET_CALLS_PER_SECOND_MAX,
  LOCAL_WALLET_LOG_BLOCKS_MAX,
  LOCAL_WALLET_PARALLEL_MAX,
  LOCAL_WALLET_SENDS_PER_MINUTE_MAX,
} from "../../../../node/src/local/dashboard/limits.ts";
import { createLocalWallet, type LocalWallet } from "../../../../node/src/local/dashboard/localWallet.ts";
import { startWorld, type World } from "../../../dashboard/support/daemon.ts";
import { accountOf, startChain, testClientOf } from "../../../fixtures/chain.ts";

const ACCOUNT: Address = `0x${"a1".repeat(20)}`;
const OTHER: Address = `0x${"b2".repeat(20)}`;
/** What the node follows, and how its chain tells of it. */
const FOLLOWED = { number: 7n, hash: `0x${"01".repeat(32)}` } as const;
const SEND = { from: ACCOUNT, to: OTHER, data: "0x", value: "0x1" };

describe("a wallet on the local chain", () => {
  let asked: { readonly method: string; readonly params: readonly unknown[] }[];
  let answers: Record<string, unknown>;
  let nowMs: number;
  let nodeAccounts: Address[];
  let followed: typeof FOLLOWED | undefined;
  let wallet: LocalWallet;

  beforeEach(() => {
    asked = [];
    answers = { eth_chainId: "0x7a69", eth_accounts: [OTHER, ACCOUNT], eth_sendTransaction: "0x01" };
    answers.eth_getBlockByNumber = { hash: FOLLOWED.hash };
    followed = FOLLOWED;
    nowMs = 0;
    nodeAccounts = [];
    wallet = createLocalWallet(
      { rpcUrl: "http://127.0.0.1:1", chainId: 31_337, account: ACCOUNT },
      {
        isNodes: (account) => nodeAccounts.includes(account),
        followed: () => followed,
        nowMs: () => nowMs,
        async post(body) {
          const { method, params } = JSON.parse(body);
          asked.push({ method, params });
          return JSON.stringify({ jsonrpc: "2.0", id: 1, result: answers[method] ?? null });
        },
      },
    );
  });

  async function codeOf(answer: Promise<unknown>): Promise<string> {
    return answer.then(
      () => "answered",
      (error: { readonly code: string }) => error.code,
    );
  }

  it("lets through what a page needs, and nothing else", async () => {
    expect(await wallet.request("eth_blockNumber", [])).to.deep.equal({ result: null });
    for (const method of [
      "eth_sign",
      "eth_signTypedData_v4",
      "personal_unlockAccount",
      "anvil_setBalance",
      "hardhat_impersonateAccount",
      "evm_mine",
      "debug_traceCall",
      "eth_sendRawTransaction",
      "constructor",
    ])
      expect(await codeOf(wallet.request(method, [])), method).to.equal("LOCAL_WALLET_REFUSED");
    expect(asked.map(({ method }) => method)).to.deep.equal(["eth_blockNumber"]);
  });

  it("tells of one account alone, whatever others the chain has", async () => {
    expect(await wallet.request("eth_accounts", [])).to.deep.equal({ result: [ACCOUNT] });
    expect(asked).to.deep.equal([]);
  });

  it("sends from that account alone, to somebody, as given and no more", async () => {
    expect(await wallet.request("eth_sendTransaction", [SEND])).to.deep.equal({ result: "0x01" });
    expect(asked.at(-1)).to.deep.equal({ method: "eth_sendTransaction", params: [SEND] });
    const { to: _, ...creating } = SEND;
    expect(await codeOf(wallet.request("eth_sendTransaction", [{ ...SEND, from: OTHER }]))).to.equal(
      "LOCAL_WALLET_REFUSED",
    );
    for (const wrong of [creating, { ...SEND, extra: 1 }, { ...SEND, data: "text" }])
      expect(await codeOf(wallet.request("eth_sendTransaction", [wrong]))).to.equal("LOCAL_WALLET_INVALID");
  });

  it("never sends as a node, and only on a chain that is the one it should be and signs itself", async () => {
    nodeAccounts = [ACCOUNT];
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("LOCAL_WALLET_REFUSED");
    nodeAccounts = [];
    answers.eth_accounts = [OTHER];
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("LOCAL_WALLET_OFF");
    answers.eth_accounts = [ACCOUNT];
    answers.eth_chainId = "0x1";
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("LOCAL_WALLET_OFF");
    expect(asked.some(({ method }) => method === "eth_sendTransaction")).to.equal(false);
    answers.eth_chainId = "0x7a69";
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("answered");
  });

  it("signs on the chain that its node follows alone, whatever answers at its address later", async () => {
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("answered");
    const sends = () => asked.filter(({ method }) => method === "eth_sendTransaction").length;
    // Each of these is another chain at the same port.
    for (const [method, another] of [
      ["eth_chainId", "0x1"],
      ["eth_getBlockByNumber", { hash: `0x${"02".repeat(32)}` }],
      ["eth_getBlockByNumber", null],
      ["eth_getBlockByNumber", { hash: 7 }],
    ] as const) {
      const own = answers[method];
      answers[method] = another;
      expect(await codeOf(wallet.request("eth_sendTransaction", [SEND])), method).to.equal(
        "LOCAL_WALLET_OFF",
      );
      expect(sends(), method).to.equal(1);
      answers[method] = own;
    }
    asked.length = 0;
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("answered");
    expect(asked).to.deep.equal([
      { method: "eth_chainId", params: [] },
      { method: "eth_getBlockByNumber", params: ["0x7", false] },
      { method: "eth_sendTransaction", params: [SEND] },
    ]);
    followed = undefined;
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("LOCAL_WALLET_BUSY");
  });

  it("is bounded in what it asks at once, in rate and in reach", async () => {
    const many = (count: number, method: string, params: unknown[]) =>
      Promise.all(Array.from({ length: count }, () => codeOf(wallet.request(method, params))));
    const atOnce = await many(LOCAL_WALLET_PARALLEL_MAX + 1, "eth_blockNumber", []);
    expect(atOnce.filter((code) => code === "LOCAL_WALLET_BUSY").length).to.equal(1);
    nowMs += 1_000;
    for (let n = 0; n < LOCAL_WALLET_CALLS_PER_SECOND_MAX; n++) await wallet.request("eth_accounts", []);
    expect(await codeOf(wallet.request("eth_accounts", []))).to.equal("LOCAL_WALLET_BUSY");
    for (let n = 0; n < LOCAL_WALLET_SENDS_PER_MINUTE_MAX; n++) {
      if (n % 50 === 0) nowMs += 1_000;
      await wallet.request("eth_sendTransaction", [SEND]);
    }
    nowMs += 1_000;
    expect(await codeOf(wallet.request("eth_sendTransaction", [SEND]))).to.equal("LOCAL_WALLET_BUSY");
    const toBlock = `0x${LOCAL_WALLET_LOG_BLOCKS_MAX.toString(16)}`;
    const log = { address: OTHER, fromBlock: "0x0", toBlock };
    expect(await codeOf(wallet.request("eth_getLogs", [log]))).to.equal("LOCAL_WALLET_INVALID");
    const overridden = { [OTHER]: { balance: "0xff" } };
    expect(await codeOf(wallet.request("eth_call", [SEND, "latest", overridden]))).to.equal(
      "LOCAL_WALLET_INVALID",
    );
  });

  it("hands on what the chain itself says is wrong", async () => {
    const error = { code: 3, message: "execution reverted", data: "0x1234" };
    const reverting = createLocalWallet(
      { rpcUrl: "", chainId: 31_337, account: ACCOUNT },
      {
        isNodes: () => false,
        followed: () => FOLLOWED,
        nowMs: () => 0,
        post: async () => JSON.stringify({ error }),
      },
    );
    expect(await reverting.request("eth_call", [SEND])).to.deep.equal({ error });
    const lying = createLocalWallet(
      { rpcUrl: "", chainId: 31_337, account: ACCOUNT },
      { isNodes: () => false, followed: () => FOLLOWED, nowMs: () => 0, post: async () => "<html>" },
    );
    expect(await codeOf(lying.request("eth_blockNumber", []))).to.equal("LOCAL_WALLET_SILENT");
  });

  it("has a chain sign nothing that has taken the port of the one that the node follows", async () => {
    const own = await startChain();
    const another = await startChain({ extraArguments: ["--timestamp", "1700000000"] });
    try {
      let there = own;
      await mine(testClientOf(own), { blocks: 1 });
      const { number, hash } = await getBlock(testClientOf(own));
      const account = accountOf(6).address;
      const lent = createLocalWallet(
        { rpcUrl: own.rpcUrl, chainId: own.chainId, account },
        {
          isNodes: () => false,
          followed: () => ({ number, hash }),
          nowMs: () => 0,
          async post(body) {
            const headers = { "content-type": "application/json" };
            return (await fetch(there.rpcUrl, { method: "POST", headers, body })).text();
          },
        },
      );
      const send = () => lent.request("eth_sendTransaction", [{ ...SEND, from: account }]);
      expect(await send()).to.have.property("result");
      there = another;
      expect(await codeOf(send())).to.equal("LOCAL_WALLET_OFF");
      await mine(testClientOf(another), { blocks: 5 });
      expect(await codeOf(send())).to.equal("LOCAL_WALLET_OFF");
      expect(await getTransactionCount(testClientOf(another), { address: account })).to.equal(0);
    } finally {
      await own.stop();
      await another.stop();
    }
  });

  describe("of a daemon that lends no account", () => {
    let world: World;
    before(async () => {
      world = await startWorld();
    });
    after(() => world.close());

    it("refuses everything, whoever asks", async () => {
      const authorization = `Bearer ${(await world.address("act")).split("token=")[1]}`;
      const headers = { authorization, "content-type": "application/json" };
      const body = JSON.stringify({ method: "eth_blockNumber", params: [] });
      const refusal = await fetch(`${world.url()}/chain/rpc`, { method: "POST", headers, body });
      expect(refusal.status).to.equal(403);
      expect(await refusal.json()).to.include({ code: "LOCAL_WALLET_OFF" });
      const told = await fetch(`${world.url()}/chain/deployment`, { headers });
      expect(await told.json()).to.deep.include({ chainId: 31_337, localAccount: null });
      const free = await fetch(`${world.url()}/chain/slugs/not-there`, { headers });
      expect(await free.json()).to.deep.equal({ slug: "not-there", cluster: null });
      expect((await fetch(`${world.url()}/chain/slugs/No`, { headers })).status).to.equal(400);
    });
  });
});
