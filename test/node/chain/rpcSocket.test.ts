import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { zeroAddress } from "viem";
import { type WebSocket, WebSocketServer } from "ws";
import { SOCKET_UNASKED_MAX } from "../../../node/src/chain/rpcSocket.ts";
import { type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import { failure, rpcOf, until } from "./helpers.ts";

interface Asked {
  readonly id: number;
  readonly method: string;
}

describe("rpc over a WebSocket", () => {
  let chain: LocalChain;
  let wsUrl: string;

  before(async () => {
    chain = await startChain();
    wsUrl = chain.rpcUrl.replace("http:", "ws:");
  });
  after(() => chain.stop());

  it("asks what it asks over HTTP, side by side, and gets the same answers", async () => {
    await testClientOf(chain).mine({ blocks: 20 });
    const numbers = Array.from({ length: 20 }, (_, index) => BigInt(index));
    const [socket, http] = [rpcOf(wsUrl), rpcOf(chain.rpcUrl)];
    const told = await Promise.all(numbers.map((number) => socket.blockByNumber(number)));
    const expected = await Promise.all(numbers.map((number) => http.blockByNumber(number)));
    expect(told).to.deep.equal(expected);
    expect(await socket.logs({ fromBlock: 0n, toBlock: 20n }, [zeroAddress])).to.deep.equal([]);
    await failure(
      socket.call({ to: zeroAddress, data: "0x" }, { hash: `0x${"12".repeat(32)}` }),
      "RPC_BLOCK_UNKNOWN",
    );
  });

  describe("of a server that misbehaves", () => {
    let server: WebSocketServer;
    let url: string;
    let onAsked: (asked: Asked, client: WebSocket) => void;
    let connections: number;

    const answer = ({ id, method }: Asked, client: WebSocket) =>
      client.send(
        JSON.stringify({ jsonrpc: "2.0", id, result: method === "eth_chainId" ? "0x7a69" : "0x5" }),
      );

    beforeEach(async () => {
      onAsked = answer;
      connections = 0;
      server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
      server.on("connection", (client) => {
        connections += 1;
        client.on("error", () => undefined);
        client.on("message", (data) => onAsked(JSON.parse(String(data)) as Asked, client));
      });
      await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address() as { readonly port: number };
      url = `ws://127.0.0.1:${port}/secret-key`;
    });
    afterEach(async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    });

    /** Asks for a balance where every other question is answered. */
    const balance = (timeoutMs?: number) => rpcOf(url, 31337, timeoutMs).balanceWei(zeroAddress);
    const onBalance = (does: (asked: Asked, client: WebSocket) => void) => {
      onAsked = (asked, client) => (asked.method === "eth_getBalance" ? does : answer)(asked, client);
    };

    it("keeps one connection, and opens another after its end", async () => {
      const rpc = rpcOf(url);
      for (let i = 0; i < 3; i++) expect(await rpc.balanceWei(zeroAddress)).to.equal(5n);
      expect(connections).to.equal(1);
      let cuts = 2;
      onBalance((asked, client) => {
        if (cuts === 0) return answer(asked, client);
        cuts -= 1;
        client.terminate();
      });
      expect(await rpc.balanceWei(zeroAddress)).to.equal(5n);
      expect(connections).to.equal(3);
    });

    for (const [name, code, does] of [
      ["what is no JSON", "RPC_INVALID_ANSWER", (_asked, client) => client.send("{")],
      ["bytes", "RPC_INVALID_ANSWER", (_asked, client) => client.send(Buffer.from("{}"), { binary: true })],
      [
        "an impossible answer",
        "RPC_INVALID_ANSWER",
        ({ id }, client) => client.send(JSON.stringify({ id, result: {} })),
      ],
      [
        "a flood of what was not asked",
        "RPC_INVALID_ANSWER",
        (_asked, client) => {
          for (let i = 0; i <= SOCKET_UNASKED_MAX; i++)
            client.send(JSON.stringify({ id: "x", result: "0x1" }));
        },
      ],
      ["a cut connection", "RPC_UNREACHABLE", (_asked, client) => client.terminate()],
      ["silence", "RPC_TIMEOUT", () => undefined],
    ] as const satisfies readonly (readonly [string, string, (asked: Asked, client: WebSocket) => void])[]) {
      it(`says what is wrong with ${name}, and names the request but not the key`, async () => {
        onBalance(does);
        const error = await failure(balance(150), code);
        expect(error.message)
          .to.contain("eth_getBalance")
          .and.contain(zeroAddress)
          .and.not.contain("secret-key");
        expect(error.retryable).to.equal(true);
      });
    }

    it("lets an answer pass that comes too late, and goes on over the same connection", async () => {
      const rpc = rpcOf(url, 31337, 200);
      let late: (() => void) | undefined;
      onBalance((asked, client) => {
        if (late === undefined) late = () => answer(asked, client);
        else {
          late();
          answer(asked, client);
        }
      });
      expect(await rpc.balanceWei(zeroAddress)).to.equal(5n);
    });

    it("lets as many answers pass to what was not asked as it says, in a row, and goes on over the same connection", async () => {
      // Before the first answer of a connection, too.
      onAsked = (asked, client) => {
        for (let i = 0; i < SOCKET_UNASKED_MAX; i++) client.send(JSON.stringify({ id: "x", result: "0x1" }));
        answer(asked, client);
      };
      const rpc = rpcOf(url);
      // Twice: what came before an answer is no part of the next row. And anew with the next connection.
      for (const expected of [1, 1, 2]) {
        if (expected === 2) for (const client of server.clients) client.terminate();
        expect(await rpc.balanceWei(zeroAddress)).to.equal(5n);
        expect(connections).to.equal(expected);
      }
    });

    it("says that a range is too large when its answer is", async () => {
      onAsked = (asked, client) =>
        asked.method === "eth_getLogs" ? client.send(" ".repeat(33 * 1024 * 1024)) : answer(asked, client);
      await failure(
        rpcOf(url, 31337, 20_000).logs({ fromBlock: 0n, toBlock: 9n }, []),
        "RPC_RANGE_TOO_LARGE",
      );
    });

    it("stops at once what is under way", async () => {
      onAsked = () => undefined;
      const stopping = new AbortController();
      const asked = rpcOf(url).withSignal(stopping.signal).balanceWei(zeroAddress);
      await until(() => connections === 1, "it is connected");
      stopping.abort();
      await failure(asked, "RPC_STOPPED");
    });
  });
});
