import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import {
  BaseError,
  encodeFunctionData,
  keccak256,
  numberToHex,
  parseAbi,
  stringToHex,
  zeroAddress,
} from "viem";
import { getBlockNumber } from "viem/actions";
import { AnswerError } from "../../../node/src/chain/parse.ts";
import { createRpc, RPC_BATCH_MAX } from "../../../node/src/chain/rpc.ts";
import { RPC_RESPONSE_BYTES_MAX } from "../../../node/src/chain/rpcAnswer.ts";
import { RPC_ATTEMPTS_MAX } from "../../../node/src/chain/rpcAsk.ts";
import { rpcPost } from "../../../node/src/chain/rpcPost.ts";
import { accountOf, deployAll, type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import { always, type FaultProxy, startFaultProxy, times } from "../../fixtures/faultProxy.ts";
import { failure, logger, manualClock, rpcOf } from "./helpers.ts";

describe("rpc", () => {
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

  /** Runs `test` while a rule applies. */
  async function under(rule: Parameters<FaultProxy["inject"]>[0], test: () => Promise<void>): Promise<void> {
    const lift = proxy.inject(rule);
    try {
      await test();
    } finally {
      lift();
    }
  }

  it("reads blocks, counts and balances", async () => {
    const rpc = rpcOf(proxy.url);
    await testClientOf(chain).mine({ blocks: 1 });
    const block = await rpc.blockByNumber("latest");
    expect(block?.number).to.equal(1n);
    expect(await rpc.blockByHash(block?.hash ?? "0x")).to.deep.equal(block);
    expect(await rpc.blockByNumber(1_000n)).to.equal(null);
    expect(await rpc.transactionCount(accountOf(0).address, "latest")).to.equal(0);
    expect(await rpc.balanceWei(accountOf(0).address)).to.equal(10_000n * 10n ** 18n);
    expect(await rpc.receipt(keccak256("0x01"))).to.equal(null);
    expect(await rpc.knowsTransaction(keccak256("0x01"))).to.equal(false);
  });

  it("retries what is out of reach, a bounded number of times", async () => {
    await under(times(2, "eth_getBalance", { kind: "drop" }), async () => {
      expect(await rpcOf(proxy.url).balanceWei(zeroAddress)).to.equal(0n);
    });
    await under(always({ kind: "drop" }, "eth_getBalance"), async () => {
      const before = proxy.countOf("eth_getBalance");
      const error = await failure(rpcOf(proxy.url).balanceWei(zeroAddress), "RPC_UNREACHABLE");
      expect(error.retryable).to.equal(true);
      expect(proxy.countOf("eth_getBalance") - before).to.equal(RPC_ATTEMPTS_MAX);
    });
  });

  it("calls a server that does not answer in time RPC_TIMEOUT", async () => {
    await under(always({ kind: "hang" }, "eth_getBalance"), async () => {
      const error = await failure(rpcOf(proxy.url, 31337, 50).balanceWei(zeroAddress), "RPC_TIMEOUT");
      expect(error.retryable).to.equal(true);
      expect(error.message).to.contain("eth_getBalance");
    });
  });

  it("leaves an endpoint alone for as long as its Retry-After says", async () => {
    const clock = manualClock();
    const rpc = createRpc({ urls: [proxy.url], chainId: 31337 }, { logger, clock, random: () => 0 });
    await rpc.balanceWei(zeroAddress);
    const limit = { kind: "status", status: 429, headers: { "retry-after": "30" } } as const;
    await under(always(limit, "eth_getBalance"), async () => {
      const before = proxy.calls.length;
      const error = await failure(rpc.balanceWei(zeroAddress), "RPC_RATE_LIMITED");
      expect(error.details.retryAfterMs).to.equal(30_000);
      expect(proxy.calls.length - before, "asked once").to.equal(1);
      clock.advance(27_000);
      await failure(rpc.balanceWei(zeroAddress), "RPC_RATE_LIMITED");
      expect(proxy.calls.length - before, "not asked while it rests").to.equal(1);
    });
    clock.advance(3_000);
    expect(await rpc.balanceWei(zeroAddress)).to.equal(0n);
  });

  it("reads Retry-After as a date by the server's own clock", async () => {
    const headers = { "retry-after": "Fri, 01 Jan 2100 00:01:00 GMT", date: "Fri, 01 Jan 2100 00:00:00 GMT" };
    await under(always({ kind: "status", status: 429, headers }), async () => {
      const error = await failure(rpcOf(proxy.url).balanceWei(zeroAddress), "RPC_RATE_LIMITED");
      expect(error.details.retryAfterMs).to.equal(60_000);
    });
  });

  it("fails over to the next endpoint, and back when the first is well again", async () => {
    const clock = manualClock();
    const urls = [proxy.url, chain.rpcUrl];
    const rpc = createRpc({ urls, chainId: 31337 }, { logger, clock, random: () => 0 });
    await under(always({ kind: "drop" }), async () => {
      expect(await rpc.balanceWei(zeroAddress)).to.equal(0n);
    });
    const before = proxy.calls.length;
    await rpc.balanceWei(zeroAddress);
    expect(proxy.calls.length, "the first still rests").to.equal(before);
    clock.advance(60_000);
    await rpc.balanceWei(zeroAddress);
    expect(proxy.calls.slice(before).map(({ method }) => method)).to.deep.equal([
      "eth_chainId",
      "eth_getBalance",
    ]);
  });

  it("rejects answers that cannot be, and names the request", async () => {
    const lies: readonly (readonly [string, unknown])[] = [
      ["eth_getBalance", null],
      ["eth_getBalance", "0xzz"],
      ["eth_getBalance", 12],
      ["eth_getBalance", `0x1${"0".repeat(64)}`],
      ["eth_getBalance", { much: "money" }],
    ];
    for (const [method, result] of lies) {
      await under(always({ kind: "lie", lie: () => result }, method), async () => {
        const error = await failure(rpcOf(proxy.url).balanceWei(zeroAddress), "RPC_INVALID_ANSWER");
        expect(error.message).to.contain("eth_getBalance").and.contain(zeroAddress);
      });
    }
    for (const body of [
      "",
      "<html>",
      "[]",
      '{"jsonrpc":"2.0","id":-1,"result":"0x0"}',
      "[".repeat(100_000),
    ]) {
      await under(always({ kind: "garbage", body }, "eth_getBalance"), async () => {
        await failure(rpcOf(proxy.url).balanceWei(zeroAddress), "RPC_INVALID_ANSWER");
      });
    }
    const otherBlock = {
      kind: "lie",
      lie: (block: unknown) => ({ ...(block as object), number: "0x5" }),
    } as const;
    await under(always(otherBlock, "eth_getBlockByNumber"), async () => {
      await failure(rpcOf(proxy.url).blockByNumber(1n), "RPC_INVALID_ANSWER");
    });
  });

  it("tells apart what an endpoint refuses", async () => {
    const cases = [
      [{ kind: "error", code: -32005, message: "daily request limit" }, "RPC_RATE_LIMITED", true],
      [{ kind: "error", code: -32601, message: "no such method" }, "RPC_FAILED", false],
      [{ kind: "error", code: -32603, message: "internal error" }, "RPC_UNREACHABLE", true],
      [{ kind: "error", code: -32000, message: "something odd" }, "RPC_FAILED", true],
      [{ kind: "error", code: -32000, message: "unknown block" }, "RPC_BLOCK_UNKNOWN", true],
      [{ kind: "status", status: 401 }, "RPC_FAILED", false],
      [{ kind: "status", status: 502, body: "<html>" }, "RPC_UNREACHABLE", true],
    ] as const;
    for (const [fault, code, retryable] of cases) {
      await under(always(fault, "eth_getBalance"), async () => {
        const error = await failure(rpcOf(proxy.url).balanceWei(zeroAddress), code);
        expect(error.retryable, error.message).to.equal(retryable);
      });
    }
    const ranges = [
      { kind: "error", code: -32005, message: "query returned more than 10000 results" },
      { kind: "error", code: -32600, message: "eth_getLogs is limited to a 500 block range" },
      { kind: "error", code: -32602, message: "block range too large" },
      { kind: "status", status: 413 },
    ] as const;
    for (const fault of ranges) {
      await under(always(fault, "eth_getLogs"), async () => {
        await failure(rpcOf(proxy.url).logs({ fromBlock: 0n, toBlock: 1n }, []), "RPC_RANGE_TOO_LARGE");
      });
    }
  });

  describe("many blocks", () => {
    /** A server that answers batches, after `change` has had its way with them. */
    async function batching(change: (answers: { id: number; result: unknown }[]) => unknown) {
      const server = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks).toString();
        const answer = await fetch(chain.rpcUrl, {
          method: "POST",
          body,
          headers: { "content-type": "application/json" },
        });
        const json = (await answer.json()) as { id: number; result: unknown }[];
        response.end(JSON.stringify(Array.isArray(json) ? change(json) : json));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        async [Symbol.asyncDispose]() {
          const closed = new Promise((resolve) => server.close(resolve));
          server.closeAllConnections();
          await closed;
        },
      };
    }

    const numbers = Array.from({ length: RPC_BATCH_MAX + 3 }, (_, index) => BigInt(index));
    const singly = () => Promise.all(numbers.map((number) => rpcOf(chain.rpcUrl).blockByNumber(number)));

    before(() => testClientOf(chain).mine({ blocks: RPC_BATCH_MAX - 10 }));

    it("are read in few requests, in their order, with null for what is not there", async () => {
      let batches = 0;
      await using server = await batching((answers) => {
        batches += 1;
        return answers.toReversed();
      });
      const blocks = await rpcOf(server.url).blocksByNumber([...numbers, 10_000n]);
      expect(blocks).to.deep.equal([...(await singly()), null]);
      expect(batches).to.equal(2);
    });

    it("are read one by one from an endpoint that takes no batches, which is no lie", async () => {
      const rpc = rpcOf(proxy.url);
      expect(await rpc.blocksByNumber(numbers)).to.deep.equal(await singly());
      expect(rpc.health()[0]?.state).to.equal("well");
      const before = proxy.calls.length;
      await rpc.blocksByNumber([1n]);
      expect(proxy.calls.length - before).to.equal(1);
    });

    for (const [name, change] of [
      ["lacks an answer", (answers) => answers.slice(1)],
      ["has an answer twice, and another one not", (answers) => answers.map(() => answers[0])],
      [
        "holds another block",
        (answers) => answers.map((answer) => ({ ...answer, result: answers[1]?.result })),
      ],
      ["holds no blocks", (answers) => answers.map((answer) => ({ ...answer, result: "0x1" }))],
    ] as const satisfies readonly (readonly [
      string,
      (answers: { id: number; result: unknown }[]) => unknown,
    ])[]) {
      it(`are refused, with the request named, where a batch ${name}`, async () => {
        await using server = await batching(change);
        const error = await failure(
          rpcOf(server.url).blocksByNumber(numbers.slice(0, 5)),
          "RPC_INVALID_ANSWER",
        );
        expect(error.message).to.contain("eth_getBlockByNumber");
      });
    }
  });

  it("reads a long list as it is, wherever its texts say what looks like its end", async () => {
    const odd = { note: `},{ "]} \\" ${"x".repeat(70_000)}`, more: [{ a: 1 }, { b: "},{" }, {}] };
    const list = Array.from({ length: 300 }, (_, index) =>
      index % 7 === 0 ? odd : { index, text: "y".repeat(1_000) },
    );
    for (const body of [
      JSON.stringify({ jsonrpc: "2.0", id: 2, result: list }),
      JSON.stringify({ id: 2, jsonrpc: "2.0", result: list }),
      `${JSON.stringify({ jsonrpc: "2.0", id: 2, result: list })}\n`,
    ]) {
      await under(always({ kind: "status", status: 200, body }, "eth_getLogs"), async () => {
        const rpc = rpcOf(proxy.url);
        const request = rpc.client.request as (call: {
          method: string;
          params: unknown[];
        }) => Promise<unknown>;
        expect(await request({ method: "eth_getLogs", params: [{}] })).to.deep.equal(list);
      });
    }
    const body = JSON.stringify({ jsonrpc: "2.0", id: 2, result: list }).replace(/},{"index":9,/, "},,{");
    await under(always({ kind: "status", status: 200, body }, "eth_getLogs"), async () => {
      await failure(rpcOf(proxy.url).logs({ fromBlock: 0n, toBlock: 1n }, []), "RPC_INVALID_ANSWER");
    });
  });

  it("begins anew with what takes a list at each try, in whatever order it came", async () => {
    const entry = (index: number, from: number) => ({
      address: zeroAddress,
      topics: [],
      data: `0x0${from}`,
      blockNumber: "0x1",
      blockHash: keccak256("0x01"),
      transactionHash: keccak256("0x02"),
      logIndex: numberToHex(index),
      removed: false,
    });
    // Out of order as it comes, then read as a whole and refused by its taker, then out of order and whole again.
    const tries = [0, 1, 2, 3].map((from) => [entry(1, from), entry(0, from)]);
    const lift = proxy.inject(always({ kind: "lie", lie: () => tries.shift() }, "eth_getLogs"));
    await testClientOf(chain).mine({ blocks: 1 });
    let refused = 0;
    const taken = await rpcOf(proxy.url).readLogs({ fromBlock: 1n, toBlock: 1n }, [zeroAddress], () => {
      const seen: string[] = [];
      return {
        log({ data, logIndex }) {
          if (data === "0x01" && logIndex === 1) {
            refused += 1;
            throw new AnswerError("an entry that its asker knows to be wrong");
          }
          seen.push(`${data} ${logIndex}`);
        },
        end: () => seen,
      };
    });
    expect(refused).to.equal(1);
    expect(taken).to.deep.equal(["0x02 0", "0x02 1"]);
    lift();
  });

  it("reads no answer that is larger than any true one", async () => {
    const headers = { "content-length": String(RPC_RESPONSE_BYTES_MAX + 1) };
    await under(always({ kind: "status", status: 200, headers, body: "{" }), async () => {
      await failure(rpcOf(proxy.url).balanceWei(zeroAddress), "RPC_INVALID_ANSWER");
    });
    // Reading 32 MiB takes a busy machine longer than the tests' two seconds.
    const rpc = rpcOf(proxy.url, 31337, 20_000);
    await rpc.balanceWei(zeroAddress);
    await under(always({ kind: "status", status: 200, headers, body: "{" }), async () => {
      await failure(rpc.logs({ fromBlock: 0n, toBlock: 1n }, []), "RPC_RANGE_TOO_LARGE");
    });
    const body = " ".repeat(RPC_RESPONSE_BYTES_MAX + 1);
    const chunked = { "transfer-encoding": "chunked" };
    await under(always({ kind: "status", status: 200, headers: chunked, body }), async () => {
      await failure(rpc.logs({ fromBlock: 0n, toBlock: 1n }, []), "RPC_RANGE_TOO_LARGE");
    });
  });

  describe("from a server that packs", () => {
    let server: Server;
    let url: string;
    let packed: Buffer;
    let location: string | undefined;

    beforeEach(async () => {
      location = undefined;
      packed = gzipSync(JSON.stringify({ jsonrpc: "2.0", id: 1, result: "0x7a69" }));
      server = createServer((request, response) => {
        if (request.headers["accept-encoding"] !== "gzip") response.writeHead(406);
        else if (location !== undefined) response.writeHead(307, { location });
        else response.setHeader("content-encoding", "gzip");
        response.end(packed);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    });

    const ask = () =>
      rpcPost(
        { method: "eth_chainId", params: [] },
        { url, name: "RPC endpoint 1", timeoutMs: 5_000 },
        1,
        new AbortController().signal,
      );

    it("unpacks answers", async () => {
      expect(await ask()).to.equal("0x7a69");
    });

    it("reads none that is larger unpacked than any true one", async () => {
      packed = gzipSync(Buffer.alloc(RPC_RESPONSE_BYTES_MAX + 1, 32));
      await failure(ask(), "RPC_INVALID_ANSWER");
    });

    it("takes one that is cut or damaged for none", async () => {
      packed = packed.subarray(0, -12);
      await failure(ask(), "RPC_UNREACHABLE");
      packed = Buffer.from("not packed");
      await failure(ask(), "RPC_UNREACHABLE");
    });

    it("follows no redirect", async () => {
      location = chain.rpcUrl;
      await failure(ask(), "RPC_FAILED");
    });
  });

  it("never shows the endpoint's URL, which may hold a key", async () => {
    const url = `${proxy.url}/v3/secret-key?token=secret-token`;
    for (const fault of [{ kind: "drop" }, { kind: "status", status: 401 }] as const) {
      await under(always(fault), async () => {
        const error = await rpcOf(url)
          .balanceWei(zeroAddress)
          .catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(Error);
        const { message, details } = error as Error & { details: unknown };
        expect(`${message} ${JSON.stringify(details)}`).to.not.match(/secret/);
      });
    }
  });

  it("refuses another chain, also behind an endpoint that was out of reach", async () => {
    const error = await failure(rpcOf(chain.rpcUrl, 1).balanceWei(zeroAddress), "CHAIN_ID_MISMATCH");
    expect(error.details).to.deep.include({ chainId: 31337, expected: 1 });
    const rpc = rpcOf(proxy.url);
    await rpc.balanceWei(zeroAddress);
    await under(times(1, "eth_getBalance", { kind: "drop" }), async () => {
      await under(always({ kind: "lie", lie: () => "0x5" }, "eth_chainId"), async () => {
        await failure(rpc.balanceWei(zeroAddress), "CHAIN_ID_MISMATCH");
      });
    });
  });

  it("says which contract is missing", async () => {
    const rpc = rpcOf(chain.rpcUrl);
    const error = await failure(rpc.check({ nodeRegistry: zeroAddress }), "CONTRACT_MISSING");
    expect(error.details).to.deep.equal({ name: "nodeRegistry", address: zeroAddress });
    const { nodeRegistry } = await deployAll(chain);
    await rpc.check({ nodeRegistry });
  });

  it("hands on what a call reverted with, to its own callers and to viem's", async () => {
    const { nodeRegistry: address } = await deployAll(chain);
    const abi = parseAbi(["function setMetadata(uint256,bytes32,string)", "error NodeUnknown(uint256 node)"]);
    const args = [7n, keccak256(stringToHex("x")), ""] as const;
    const data = encodeFunctionData({ abi, functionName: "setMetadata", args });
    const rpc = rpcOf(chain.rpcUrl);
    for (const ask of [rpc.call, rpc.estimateGas]) {
      const error = await failure(ask({ to: address, data }, "latest"), "RPC_REVERTED");
      expect(error.details.data).to.match(/^0x[0-9a-f]{8}0{63}7$/);
    }
    const error: unknown = await rpc.client
      .simulateContract({ address, abi, functionName: "setMetadata", args })
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(BaseError);
    expect((error as BaseError).message).to.contain("NodeUnknown");
    expect(await getBlockNumber(rpc.client)).to.be.a("bigint");
  });

  it("refuses to answer as of a block that is not canonical any more", async () => {
    const rpc = rpcOf(chain.rpcUrl);
    const test = testClientOf(chain);
    await test.mine({ blocks: 2 });
    const block = await rpc.blockByNumber("latest");
    const call = { to: zeroAddress, data: "0x" } as const;
    expect(await rpc.call(call, { hash: block?.hash ?? "0x" })).to.equal("0x");
    await test.request({ method: "anvil_reorg", params: [1, []] } as never);
    await failure(rpc.call(call, { hash: block?.hash ?? "0x" }), "RPC_BLOCK_UNKNOWN");
  });

  it("stops at once what is under way", async () => {
    await under(always({ kind: "hang" }), async () => {
      const stopping = new AbortController();
      const asked = rpcOf(proxy.url).withSignal(stopping.signal).balanceWei(zeroAddress);
      setImmediate(() => stopping.abort());
      await failure(asked, "RPC_STOPPED");
    });
  });
});
