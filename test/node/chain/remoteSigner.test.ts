import { inspect } from "node:util";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import {
  type Hex,
  hexToBigInt,
  numberToHex,
  parseSignature,
  parseTransaction,
  serializeTransaction,
  type TransactionSerializableEIP1559,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { createRemoteSigner } from "../../../node/src/chain/remoteSigner.ts";
import { SIGNER_ANSWER_BYTES_MAX } from "../../../node/src/chain/remoteSignerCall.ts";
import type { Signer } from "../../../node/src/chain/signer.ts";
import { makeCertificates } from "../../fixtures/certificates.ts";
import {
  type FakeSigner,
  type FakeSignerOptions,
  type Reply,
  startFakeSigner,
} from "../../fixtures/fakeWeb3Signer.ts";
import { failure, logger } from "./helpers.ts";
import { COMPLETION, KEY, KEY_ADDRESS, signerBehavior, TRANSACTION } from "./signer.behavior.ts";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const STRANGER = privateKeyToAccount(`0x${"22".repeat(32)}`);

describe("remote signer", () => {
  let shared: FakeSigner;

  signerBehavior(
    async () => {
      shared = await startFakeSigner({ keys: [KEY] });
      return createRemoteSigner({ url: shared.url, address: KEY_ADDRESS }, { logger });
    },
    () => shared.stop(),
  );

  /** A signer that works, and from then on answers with `reply`. */
  async function withReply(
    reply: (method: string) => Reply | undefined,
    body: (signer: Signer, fake: FakeSigner) => Promise<void>,
    options: Partial<FakeSignerOptions> = {},
    log = logger,
  ): Promise<void> {
    await using fake = await startFakeSigner({ keys: [KEY], ...options });
    const signer = await createRemoteSigner(
      { url: fake.url, address: KEY_ADDRESS, timeoutMs: 2_000 },
      { logger: log },
    );
    fake.setMisbehaviour(reply);
    await body(signer, fake);
  }

  describe("asks as Web3Signer is asked", () => {
    it("by eth_accounts, eth_signTypedData with text, and eth_signTransaction with an object", async () => {
      await withReply(
        () => undefined,
        async (signer, fake) => {
          await signer.signTypedData(COMPLETION);
          await signer.signTransaction(TRANSACTION);
          expect(fake.requests.map(({ method }) => method)).to.deep.equal([
            "eth_accounts",
            "eth_signTypedData",
            "eth_signTransaction",
          ]);
          const [address, text] = fake.requests[1]?.params ?? [];
          expect(address).to.equal(KEY_ADDRESS.toLowerCase());
          const data = JSON.parse(String(text)) as Record<string, unknown>;
          expect(Object.keys(data).sort()).to.deep.equal(["domain", "message", "primaryType", "types"]);
          expect((data.message as { execution: string }).execution).to.equal((2n ** 200n + 1n).toString());
          expect(fake.requests[2]?.params).to.deep.equal([
            {
              from: KEY_ADDRESS.toLowerCase(),
              to: TRANSACTION.to,
              data: "0x1234",
              value: "0x5",
              nonce: "0x3",
              gas: "0x186a0",
              maxFeePerGas: "0x77359400",
              maxPriorityFeePerGas: "0x3b9aca00",
            },
          ]);
        },
      );
    });

    it("takes a signature with v of 0 or 1 for what it is", async () => {
      const signature = await privateKeyToAccount(KEY).signTypedData(COMPLETION);
      const short = `${signature.slice(0, -2)}${signature.endsWith("1b") ? "00" : "01"}`;
      await withReply(
        () => ({ result: short }),
        async (signer) => {
          expect(await signer.signTypedData(COMPLETION)).to.equal(signature);
        },
      );
    });
  });

  describe("starts only with its key", () => {
    it("says so where the signer has another one, and is not asked again", async () => {
      await using fake = await startFakeSigner({ keys: [generatePrivateKey()] });
      const error = await failure(
        createRemoteSigner({ url: fake.url, address: KEY_ADDRESS }, { logger }),
        "SIGNER_KEY_MISSING",
      );
      expect(error.retryable).to.equal(false);
      expect(error.message).to.contain(KEY_ADDRESS);
    });

    it("is to be tried again where nothing listens", async () => {
      const fake = await startFakeSigner({ keys: [KEY] });
      await fake.stop();
      const starting = createRemoteSigner({ url: fake.url, address: KEY_ADDRESS }, { logger });
      expect((await failure(starting, "SIGNER_UNREACHABLE")).retryable).to.equal(true);
    });
  });

  describe("a signer that does not sign is a failure that may pass, and says what happened", () => {
    const cases: readonly (readonly [string, Reply, string])[] = [
      ["is overloaded", { status: 503, text: "busy" }, "SIGNER_UNREACHABLE"],
      ["wants credentials", { status: 401, text: "who are you" }, "SIGNER_REFUSED"],
      ["refuses the caller", { status: 403, text: "not you" }, "SIGNER_REFUSED"],
      [
        "has lost the key",
        { error: { code: -32000, message: "Signing from is not an unlocked account" } },
        "SIGNER_REFUSED",
      ],
      ["is no signer", { text: "<html>welcome</html>" }, "SIGNER_INVALID_ANSWER"],
      ["sends a redirect", { status: 302, text: "" }, "SIGNER_UNREACHABLE"],
      [
        "answers another request",
        { text: '{"jsonrpc":"2.0","id":-1,"result":"0x"}' },
        "SIGNER_INVALID_ANSWER",
      ],
      ["answers a number", { result: 7 }, "SIGNER_INVALID_ANSWER"],
      ["answers half a signature", { result: `0x${"11".repeat(32)}` }, "SIGNER_INVALID_ANSWER"],
      ["floods", { result: "0x".padEnd(SIGNER_ANSWER_BYTES_MAX + 1, "1") }, "SIGNER_INVALID_ANSWER"],
    ];
    for (const [what, reply, code] of cases) {
      it(`${code} where it ${what}`, async () => {
        await withReply(
          () => reply,
          async (signer, fake) => {
            for (const asked of [signer.signTypedData(COMPLETION), signer.signTransaction(TRANSACTION)]) {
              const error = await failure(asked, code);
              expect(error.retryable, error.message).to.equal(true);
              expect(error.message).to.contain(new URL(fake.url).host);
            }
            // And goes on when it has passed.
            fake.setMisbehaviour(undefined);
            await signer.signTypedData(COMPLETION);
          },
        );
      });
    }

    it("SIGNER_TIMEOUT where it is silent, when its time is over", async () => {
      await using fake = await startFakeSigner({ keys: [KEY] });
      const signer = await createRemoteSigner(
        { url: fake.url, address: KEY_ADDRESS, timeoutMs: 1_000 },
        { logger },
      );
      fake.setMisbehaviour(() => ({ hangs: true }));
      const error = await failure(signer.signTypedData(COMPLETION), "SIGNER_TIMEOUT");
      expect(error.retryable).to.equal(true);
      expect(error.message).to.contain("1000 ms");
    });
  });

  describe("a signer that lies is caught before anything is used, and is an alert", () => {
    async function lies(result: unknown, ask: (signer: Signer) => Promise<Hex>): Promise<void> {
      const lines: string[] = [];
      const log = pino({ level: "error" }, { write: (line: string) => void lines.push(line) });
      await withReply(
        () => ({ result }),
        async (signer) => {
          const error = await failure(ask(signer), "SIGNER_MISMATCH");
          expect(error.retryable).to.equal(false);
        },
        {},
        log,
      );
      expect(lines).to.have.lengthOf(1);
      expect(lines[0]).to.contain('"msg":"the remote signer signed something else"');
    }

    it("with another key's signature", async () => {
      await lies(await STRANGER.signTypedData(COMPLETION), (signer) => signer.signTypedData(COMPLETION));
    });

    it("with its own over another message", async () => {
      const other = { ...COMPLETION, message: { ...COMPLETION.message, tip: 5n } };
      const signature = await privateKeyToAccount(KEY).signTypedData(other);
      await lies(signature, (signer) => signer.signTypedData(COMPLETION));
    });

    it("with the s that contracts refuse", async () => {
      const signature = await privateKeyToAccount(KEY).signTypedData(COMPLETION);
      const { r, s, yParity } = parseSignature(signature);
      const large = numberToHex(CURVE_ORDER - hexToBigInt(s), { size: 32 });
      const twin = `${r}${large.slice(2)}${yParity === 0 ? "1c" : "1b"}`;
      await lies(twin, (signer) => signer.signTypedData(COMPLETION));
    });

    const honest = privateKeyToAccount(KEY);
    const base = {
      type: "eip1559",
      chainId: 31337,
      nonce: 3,
      to: TRANSACTION.to,
      data: "0x1234",
      value: 5n,
      gas: 100_000n,
      maxFeePerGas: 2_000_000_000n,
      maxPriorityFeePerGas: 1_000_000_000n,
    } as const satisfies TransactionSerializableEIP1559;
    const changes: readonly (readonly [string, Partial<TransactionSerializableEIP1559>])[] = [
      ["chain", { chainId: 1 }],
      ["nonce", { nonce: 4 }],
      ["receiver", { to: STRANGER.address }],
      ["value", { value: 6n }],
      ["data", { data: "0x1235" }],
      ["gas limit", { gas: 100_001n }],
      ["fee", { maxFeePerGas: 3_000_000_000n }],
      ["tip", { maxPriorityFeePerGas: 2_000_000_000n }],
      ["access list", { accessList: [{ address: STRANGER.address, storageKeys: [] }] }],
    ];
    for (const [what, change] of changes) {
      it(`with a transaction that has another ${what}`, async () => {
        const raw = await honest.signTransaction({ ...base, ...change });
        await lies(raw, (signer) => signer.signTransaction(TRANSACTION));
      });
    }

    it("with a transaction that another key signed, or nobody", async () => {
      await lies(await STRANGER.signTransaction(base), (signer) => signer.signTransaction(TRANSACTION));
      await lies(serializeTransaction(base), (signer) => signer.signTransaction(TRANSACTION));
    });

    it("with a transaction whose signature has the large s", async () => {
      const {
        r = "0x0",
        s = "0x0",
        yParity = 0,
        v: _v,
        ...rest
      } = parseTransaction((await honest.signTransaction(base)) as `0x02${string}`);
      const twin = { r, s: numberToHex(CURVE_ORDER - hexToBigInt(s), { size: 32 }), yParity: 1 - yParity };
      await lies(serializeTransaction(rest, twin), (signer) => signer.signTransaction(TRANSACTION));
    });
  });

  describe("credentials", () => {
    const basic = { user: "the-daemon", password: "p%4:§canary" };
    const withCredentials = (url: string, password = basic.password) =>
      url.replace("//", `//${basic.user}:${encodeURIComponent(password)}@`);

    it("of the URL open a proxy that asks for them, and stand in no error, even where the signer repeats them", async () => {
      await using fake = await startFakeSigner({ keys: [KEY], basic });
      const url = withCredentials(fake.url);
      const signer = await createRemoteSigner({ url, address: KEY_ADDRESS }, { logger });
      await signer.signTypedData(COMPLETION);
      const header = Buffer.from(`${basic.user}:${basic.password}`).toString("base64");
      const said = `no ${basic.password} and no ${encodeURIComponent(basic.password)} and no Basic ${header}`;
      fake.setMisbehaviour(() => ({ error: { code: -1, message: said } }));
      const refused = await failure(signer.signTypedData(COMPLETION), "SIGNER_REFUSED");
      await fake.stop();
      const away = await failure(signer.signTypedData(COMPLETION), "SIGNER_UNREACHABLE");
      const shown = inspect([refused, away, signer], { depth: 20, showHidden: true });
      for (const secret of [basic.password, encodeURIComponent(basic.password), header])
        expect(shown).not.to.contain(secret);
      expect(shown).not.to.contain("canary");
    });

    it("that are wrong are refused", async () => {
      await using fake = await startFakeSigner({ keys: [KEY], basic });
      const starting = createRemoteSigner(
        { url: withCredentials(fake.url, "other"), address: KEY_ADDRESS },
        { logger },
      );
      await failure(starting, "SIGNER_REFUSED");
    });
  });

  describe("TLS", () => {
    it("trusts the configured authority, shows its own certificate, and nobody without it gets in", async () => {
      const { ca, server, client } = makeCertificates();
      const tls = { key: server.key, cert: server.cert, clientCa: ca };
      await using fake = await startFakeSigner({ keys: [KEY], tls });
      const open = (options: { ca?: string; certificate?: string; key?: string }) =>
        createRemoteSigner(
          {
            url: fake.url,
            address: KEY_ADDRESS,
            tls: { ca: options.ca, certificate: options.certificate, key: options.key },
          },
          { logger },
        );
      const signer = await open({ ca, certificate: client.cert, key: client.key });
      await signer.signTypedData(COMPLETION);
      await failure(open({ certificate: client.cert, key: client.key }), "SIGNER_UNREACHABLE");
      await failure(open({ ca }), "SIGNER_UNREACHABLE");
    });
  });
});
