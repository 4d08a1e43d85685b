import { inspect } from "node:util";
import { CERTIFICATE_TYPES, certificateDomain } from "@pleiad/sdk/types/certificate";
import { COMPLETION_TYPES, type Completion, completionDomain } from "@pleiad/sdk/types/completion";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import {
  type Hex,
  parseTransaction,
  recoverTransactionAddress,
  recoverTypedDataAddress,
  type TypedDataDefinition,
} from "viem";
import { privateKeyToAddress } from "viem/accounts";
import type { Signer, UnsignedTransaction } from "../../../node/src/chain/signer.ts";

/** A key that is easy to find wherever it leaks. */
export const KEY: Hex = `0x${"c0ffee11".repeat(8)}`;
export const KEY_ADDRESS = privateKeyToAddress(KEY);
const CONTRACT = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
const BYTES32: Hex = `0x${"11".repeat(32)}`;

export const TRANSACTION: UnsignedTransaction = {
  chainId: 31337,
  nonce: 3,
  to: CONTRACT,
  data: "0x1234",
  valueWei: 5n,
  gasLimit: 100_000n,
  maxFeePerGasWei: 2_000_000_000n,
  maxPriorityFeePerGasWei: 1_000_000_000n,
};

const message: Completion = {
  execution: 2n ** 200n + 1n,
  task: 2,
  contextHash: BYTES32,
  outputDigest: BYTES32,
  evidenceDigest: BYTES32,
  node: 3n,
  tip: 4n,
};

/** What a node signs most. */
export const COMPLETION: TypedDataDefinition = {
  domain: completionDomain(31337, CONTRACT),
  types: COMPLETION_TYPES,
  primaryType: "Completion",
  message: { ...message },
};

const CERTIFICATE: TypedDataDefinition = {
  domain: certificateDomain(31337, CONTRACT),
  types: CERTIFICATE_TYPES,
  primaryType: "Certificate",
  message: { node: 3n, peer: BYTES32, boxKey: BYTES32, notBefore: 1_700_000_000, notAfter: 1_700_086_400 },
};

/** What every signer of the daemon promises, wherever its key is. `open` answers one with `KEY`. */
export function signerBehavior(open: () => Promise<Signer>, close: () => Promise<void>): void {
  describe("as every signer", () => {
    let signer: Signer;

    before(async () => {
      signer = await open();
    });
    after(close);

    it("has the address of its key, and says that it can be used", async () => {
      expect(signer.address).to.equal(KEY_ADDRESS);
      await signer.check?.();
    });

    for (const [name, definition] of [
      ["a completion", COMPLETION],
      ["a certificate", CERTIFICATE],
    ] as const) {
      it(`signs ${name} so that its address is recovered, with the same bytes each time`, async () => {
        const signature = await signer.signTypedData(definition);
        expect(signature).to.match(/^0x[0-9a-f]{128}(1b|1c)$/);
        expect(await recoverTypedDataAddress({ ...definition, signature })).to.equal(signer.address);
        expect(await signer.signTypedData(definition)).to.equal(signature);
      });
    }

    it("signs an EIP-1559 transaction with every field it was given", async () => {
      const raw = await signer.signTransaction(TRANSACTION);
      expect(parseTransaction(raw)).to.include({
        type: "eip1559",
        chainId: 31337,
        nonce: 3,
        to: CONTRACT,
        data: "0x1234",
        value: 5n,
        gas: 100_000n,
        maxFeePerGas: 2_000_000_000n,
        maxPriorityFeePerGas: 1_000_000_000n,
      });
      expect(await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` })).to.equal(
        signer.address,
      );
    });

    it("signs one with nonce 0, no value and no data, as a cancel has it", async () => {
      const raw = await signer.signTransaction({ ...TRANSACTION, nonce: 0, valueWei: 0n, data: "0x" });
      const { nonce = 0, value = 0n, data = "0x" } = parseTransaction(raw);
      expect({ nonce, value, data }).to.deep.equal({ nonce: 0, value: 0n, data: "0x" });
    });

    it("signs several at once, each its own", async () => {
      const nonces = [0, 1, 2, 3, 4, 5, 6, 7];
      const raws = await Promise.all(
        nonces.map((nonce) => signer.signTransaction({ ...TRANSACTION, nonce })),
      );
      expect(raws.map((raw) => parseTransaction(raw).nonce ?? 0)).to.deep.equal(nonces);
    });

    it("shows its key nowhere: not when serialised, inspected, walked through, or in its errors", async () => {
      const errors = await Promise.all(
        [
          signer.signTransaction({ ...TRANSACTION, to: "0xbad" }),
          signer.signTransaction({ ...TRANSACTION, maxFeePerGasWei: -1n }),
          signer.signTypedData({ domain: {}, types: {}, primaryType: "Completion", message: {} }),
        ].map((promise) =>
          promise.then(
            () => expect.fail("expected an error"),
            (error: unknown) => error,
          ),
        ),
      );
      const shown = [
        JSON.stringify(signer),
        inspect(signer, { depth: 20, showHidden: true, getters: true }),
        String(signer),
        Object.values(signer).map(String).join(),
        ...errors.map((error) => inspect(error, { depth: 20, showHidden: true })),
      ].join("\n");
      const key = KEY.slice(2);
      for (const spelling of [
        key,
        BigInt(KEY).toString(),
        Buffer.from(key, "hex").toString("base64"),
        "c0ffee11",
      ]) {
        expect(shown.toLowerCase()).not.to.contain(spelling.toLowerCase());
      }
    });

    it("cannot be changed", () => {
      expect(Object.isFrozen(signer)).to.equal(true);
    });
  });
}
