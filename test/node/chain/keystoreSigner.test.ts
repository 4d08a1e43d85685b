import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { COMPLETION_TYPES, type Completion, completionDomain } from "@pleiad/sdk/types/completion";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type Hex, parseTransaction, recoverTransactionAddress, recoverTypedDataAddress } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { createKeystoreSigner } from "../../../node/src/chain/keystoreSigner.ts";
import type { Signer, UnsignedTransaction } from "../../../node/src/chain/signer.ts";
import { createKeystore } from "../../../node/src/config/keystore.ts";

/** A key that is easy to find wherever it leaks. */
const KEY: Hex = `0x${"c0ffee11".repeat(8)}`;
const CONTRACT = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
const BYTES32: Hex = `0x${"11".repeat(32)}`;

describe("keystore signer", () => {
  let folder: string;
  let signer: Signer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pleiad-test-"));
    const path = join(folder, "keystore.json");
    await createKeystore({ path, password: "password", privateKey: KEY, cost: "light" });
    signer = await createKeystoreSigner(path, "password");
  });

  after(() => rm(folder, { recursive: true }));

  const transaction: UnsignedTransaction = {
    chainId: 31337,
    nonce: 3,
    to: CONTRACT,
    data: "0x1234",
    valueWei: 5n,
    gasLimit: 100_000n,
    maxFeePerGasWei: 2_000_000_000n,
    maxPriorityFeePerGasWei: 1_000_000_000n,
  };

  it("has the address of its key", () => {
    expect(signer.address).to.equal(privateKeyToAddress(KEY));
  });

  it("signs a completion so that its address is recovered, with the same bytes each time", async () => {
    const message: Completion = {
      execution: 1n,
      task: 2,
      contextHash: BYTES32,
      outputDigest: BYTES32,
      evidenceDigest: BYTES32,
      node: 3n,
      tip: 4n,
    };
    const definition = {
      domain: completionDomain(31337, CONTRACT),
      types: COMPLETION_TYPES,
      primaryType: "Completion",
      message,
    } as const;
    const signature = await signer.signTypedData({ ...definition, message: { ...message } });
    expect(signature).to.match(/^0x[0-9a-f]{130}$/);
    expect(await recoverTypedDataAddress({ ...definition, signature })).to.equal(signer.address);
    expect(await signer.signTypedData({ ...definition, message: { ...message } })).to.equal(signature);
  });

  it("signs an EIP-1559 transaction with every field it was given", async () => {
    const raw = await signer.signTransaction(transaction);
    const parsed = parseTransaction(raw);
    expect(parsed).to.include({
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
    if (!raw.startsWith("0x02")) throw new Error("not an EIP-1559 transaction");
    expect(await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` })).to.equal(
      signer.address,
    );
    expect(parseTransaction(await signer.signTransaction({ ...transaction, nonce: 0 })).nonce ?? 0).to.equal(
      0,
    );
  });

  it("shows its key nowhere: not when serialised, inspected, walked through, or in its errors", async () => {
    const errors = await Promise.all(
      [
        signer.signTransaction({ ...transaction, to: "0xbad" }),
        signer.signTransaction({ ...transaction, maxFeePerGasWei: -1n }),
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
      key.toUpperCase(),
      BigInt(KEY).toString(),
      Buffer.from(key, "hex").toString("base64"),
    ]) {
      expect(shown.toLowerCase()).not.to.contain(spelling.toLowerCase());
    }
    expect(shown).not.to.contain("c0ffee11");
  });

  it("cannot be changed", () => {
    expect(Object.isFrozen(signer)).to.equal(true);
  });
});
