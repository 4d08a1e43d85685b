import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { encryptKeystoreJson, Wallet } from "ethers";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Hex } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { createKeystore, KEYSTORE_BYTES_MAX, readKeystore } from "../../../node/src/config/keystore.ts";
import { SCRYPT_P_MAX } from "../../../node/src/config/keystoreFormat.ts";
import { failure, temporaryFolder } from "./helpers.ts";

const SEED = 20_260_108;
const KEY: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ADDRESS = privateKeyToAddress(KEY);
const PASSWORD = "a password";
/** As weak as the parameters go, for tests of what ethers wrote. */
const WEAK = { scrypt: { N: 2, r: 1, p: 1 } };

/** A test vector of the Web3 Secret Storage Definition (version 3, scrypt). */
const VECTOR = {
  address: "008aeeda4d805471df9b2a5b0f38a0c3bcba786b",
  crypto: {
    cipher: "aes-128-ctr",
    cipherparams: { iv: "83dbcc02d8ccb40e466191a123791e0e" },
    ciphertext: "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
    kdf: "scrypt",
    kdfparams: {
      dklen: 32,
      n: 262144,
      r: 1,
      p: 8,
      salt: "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
    },
    mac: "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
  },
  id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  version: 3,
};

async function written(folder: string, content: unknown): Promise<string> {
  const path = join(folder, "keystore.json");
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
}

describe("keystore", () => {
  it("gives its key back to whoever has the password, and says whose it is", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "keystore.json");
    expect(await createKeystore({ path, password: PASSWORD, privateKey: KEY, cost: "light" })).to.equal(
      ADDRESS,
    );
    expect(await readKeystore(path, PASSWORD)).to.deep.equal({ address: ADDRESS, privateKey: KEY });
    expect(await readFile(path, "utf8")).not.to.contain(KEY.slice(2));
  });

  it("keeps any key under any password", async () => {
    await using folder = await temporaryFolder();
    let number = 0;
    const key = fc
      .bigInt({ min: 1n, max: 2n ** 255n })
      .map((value): Hex => `0x${value.toString(16).padStart(64, "0")}`);
    await fc.assert(
      fc.asyncProperty(key, fc.string({ unit: "grapheme", minLength: 1 }), async (privateKey, password) => {
        number += 1;
        const path = join(folder.path, `${number}.json`);
        await createKeystore({ path, password, privateKey, cost: "light" });
        expect((await readKeystore(path, password)).privateKey).to.equal(privateKey);
      }),
      { seed: SEED, numRuns: 8 },
    );
  });

  it("gives nothing to whoever has another password", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "keystore.json");
    await createKeystore({ path, password: PASSWORD, cost: "light" });
    for (const wrong of ["", `${PASSWORD} `, PASSWORD.toUpperCase()]) {
      const error = await failure(readKeystore(path, wrong), "KEYSTORE_PASSWORD_WRONG");
      expect(error.message).to.contain(path);
    }
  });

  it("has the standard cost, and a new random key, when nothing else is asked for", async () => {
    await using folder = await temporaryFolder();
    const [one, two] = [join(folder.path, "1.json"), join(folder.path, "2.json")];
    const addresses = [
      await createKeystore({ path: one, password: PASSWORD }),
      await createKeystore({ path: two, password: PASSWORD, cost: "light" }),
    ];
    expect(addresses[0]).not.to.equal(addresses[1]);
    const { n, r, p } = JSON.parse(await readFile(one, "utf8")).crypto.kdfparams;
    expect({ n, r, p }).to.deep.equal({ n: 131_072, r: 8, p: 1 });
    expect((await readKeystore(one, PASSWORD)).address).to.equal(addresses[0]);
  });

  it("is what ethers reads", async () => {
    await using folder = await temporaryFolder();
    for (const password of [PASSWORD, "pässwörd ﬁ Å"]) {
      const path = join(folder.path, `${password.length}.json`);
      await createKeystore({ path, password, privateKey: KEY, cost: "light" });
      const wallet = await Wallet.fromEncryptedJson(await readFile(path, "utf8"), password);
      expect(wallet.address).to.equal(ADDRESS);
      expect("privateKey" in wallet && wallet.privateKey).to.equal(KEY);
    }
  });

  it("is what ethers writes", async () => {
    await using folder = await temporaryFolder();
    for (const password of [PASSWORD, "pässwörd ﬁ Å"]) {
      const json = await encryptKeystoreJson({ address: ADDRESS, privateKey: KEY }, password, WEAK);
      const path = await written(folder.path, json);
      expect(await readKeystore(path, password)).to.deep.equal({ address: ADDRESS, privateKey: KEY });
    }
  });

  it("is the one of the definition's test vector", async () => {
    await using folder = await temporaryFolder();
    const { privateKey } = await readKeystore(await written(folder.path, VECTOR), "testpassword");
    expect(privateKey).to.equal("0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
  });

  it("may leave out whose key it holds", async () => {
    await using folder = await temporaryFolder();
    const json = JSON.parse(await encryptKeystoreJson({ address: ADDRESS, privateKey: KEY }, PASSWORD, WEAK));
    const { address: _, ...anonymous } = json;
    expect((await readKeystore(await written(folder.path, anonymous), PASSWORD)).address).to.equal(ADDRESS);
  });

  it("opens with a password whose letters another program did not normalise", async () => {
    await using folder = await temporaryFolder();
    const raw = "ﬁ";
    const bytes = new TextEncoder().encode(raw);
    const json = await encryptKeystoreJson({ address: ADDRESS, privateKey: KEY }, bytes, WEAK);
    expect((await readKeystore(await written(folder.path, json), raw)).privateKey).to.equal(KEY);
  });
});

describe("keystore file", () => {
  it("is for its owner alone, and leaves nothing beside it", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "keystore.json");
    await createKeystore({ path, password: PASSWORD, cost: "light" });
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readdir(folder.path)).to.deep.equal(["keystore.json"]);
  });

  it("is never overwritten", async () => {
    await using folder = await temporaryFolder();
    const path = await written(folder.path, "something precious");
    const error = await failure(
      createKeystore({ path, password: PASSWORD, cost: "light" }),
      "KEYSTORE_EXISTS",
    );
    expect(error.message).to.contain(path);
    expect(await readFile(path, "utf8")).to.equal("something precious");
    expect(await readdir(folder.path)).to.deep.equal(["keystore.json"]);
  });

  it("is not read while others may use it; the error has the command", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "keystore.json");
    await createKeystore({ path, password: PASSWORD, cost: "light" });
    for (const mode of [0o640, 0o604, 0o620, 0o601, 0o666]) {
      await chmod(path, mode);
      const error = await failure(readKeystore(path, PASSWORD), "KEYSTORE_MODE");
      expect(error.hint).to.equal(`chmod 600 ${path}`);
      expect(error.message).to.contain(mode.toString(8));
    }
    for (const mode of [0o600, 0o400]) {
      await chmod(path, mode);
      await readKeystore(path, PASSWORD);
    }
  });

  it("is named when it is missing, a folder, or in a folder that is not there", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "none.json");
    expect((await failure(readKeystore(path, PASSWORD), "KEYSTORE_MISSING")).message).to.contain(path);
    await mkdir(path, { mode: 0o700 });
    await failure(readKeystore(path, PASSWORD), "KEYSTORE_UNREADABLE");
    const deep = join(folder.path, "not", "there.json");
    await failure(createKeystore({ path: deep, password: PASSWORD, cost: "light" }), "KEYSTORE_UNWRITABLE");
  });

  it("needs a password, and a key that is one", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "keystore.json");
    await failure(createKeystore({ path, password: "" }), "KEYSTORE_PASSWORD_EMPTY");
    for (const wrong of ["00".repeat(32), "ff".repeat(32), "12", "zz".repeat(32)]) {
      const privateKey: Hex = `0x${wrong}`;
      const error = await failure(
        createKeystore({ path, password: PASSWORD, privateKey }),
        "KEYSTORE_KEY_INVALID",
      );
      expect(JSON.stringify(error.details) + error.message).not.to.contain(wrong);
      expect(error.cause).to.equal(undefined);
    }
    expect(await readdir(folder.path)).to.deep.equal([]);
  });
});

describe("a keystore that is not sound", () => {
  /** Where each change is found, by the field that the error names. */
  const crypto = VECTOR.crypto;
  const params = crypto.kdfparams;
  const withParams = (change: object) => ({
    ...VECTOR,
    crypto: { ...crypto, kdfparams: { ...params, ...change } },
  });
  const CASES: readonly (readonly [field: string, content: unknown])[] = [
    ["the file", ""],
    ["the file", "{"],
    ["the file", "[]"],
    ["the file", "null"],
    ["version", { ...VECTOR, version: 1 }],
    ["version", { ...VECTOR, version: "3" }],
    ["address", { ...VECTOR, address: "12" }],
    ["crypto", { ...VECTOR, crypto: undefined }],
    ["crypto.cipher", { ...VECTOR, crypto: { ...crypto, cipher: "aes-128-cbc" } }],
    ["crypto.cipherparams.iv", { ...VECTOR, crypto: { ...crypto, cipherparams: { iv: "00" } } }],
    ["crypto.ciphertext", { ...VECTOR, crypto: { ...crypto, ciphertext: `${crypto.ciphertext}00` } }],
    ["crypto.kdf", { ...VECTOR, crypto: { ...crypto, kdf: "pbkdf2" } }],
    ["crypto.mac", { ...VECTOR, crypto: { ...crypto, mac: "xx" } }],
    ["crypto.kdfparams.dklen", withParams({ dklen: 16 })],
    ["crypto.kdfparams.salt", withParams({ salt: "" })],
    ["crypto.kdfparams.n", withParams({ n: 1000 })],
    ["crypto.kdfparams.n", withParams({ n: 1 })],
    ["crypto.kdfparams.n", withParams({ n: 2 ** 30, r: 1 })],
    ["crypto.kdfparams.n", withParams({ n: 2 ** 18, r: 9 })],
    ["crypto.kdfparams.n", withParams({ n: 2 ** 40 })],
    ["crypto.kdfparams.n", withParams({ n: 2, r: 2 ** 40 })],
    ["crypto.kdfparams.r", withParams({ r: 0 })],
    ["crypto.kdfparams.p", withParams({ p: SCRYPT_P_MAX + 1 })],
    ["crypto.kdfparams.p", withParams({ n: 2 ** 18, r: 8, p: 5 })],
    ["crypto.kdfparams.p", withParams({ p: -1 })],
  ];

  for (const [index, [field, content]] of CASES.entries()) {
    it(`is malformed at ${field} (${index})`, async () => {
      await using folder = await temporaryFolder();
      const path = await written(folder.path, content);
      const before = process.memoryUsage().rss;
      const error = await failure(readKeystore(path, "testpassword"), "KEYSTORE_MALFORMED");
      expect(error.details.field).to.equal(field);
      expect(error.message).to.contain(path);
      expect(process.memoryUsage().rss - before, "no memory was taken for it").to.be.lessThan(100_000_000);
    });
  }

  it("is malformed when its key is another address's", async () => {
    await using folder = await temporaryFolder();
    const json = await encryptKeystoreJson({ address: ADDRESS, privateKey: KEY }, PASSWORD, WEAK);
    const path = await written(folder.path, { ...JSON.parse(json), address: VECTOR.address });
    const error = await failure(readKeystore(path, PASSWORD), "KEYSTORE_MALFORMED");
    expect(error.details.field).to.equal("address");
  });

  it("is refused by its size before it is read", async () => {
    await using folder = await temporaryFolder();
    const path = await written(folder.path, `${JSON.stringify(VECTOR)}${" ".repeat(KEYSTORE_BYTES_MAX)}`);
    await failure(readKeystore(path, "testpassword"), "KEYSTORE_MALFORMED");
  });

  it("never opens with a changed byte of its secret parts", async () => {
    await using folder = await temporaryFolder();
    const sound = JSON.parse(
      await encryptKeystoreJson({ address: ADDRESS, privateKey: KEY }, PASSWORD, WEAK),
    );
    const flip = (hex: string) => (hex.startsWith("0") ? "1" : "0") + hex.slice(1);
    for (const change of [
      { ciphertext: flip(sound.Crypto.ciphertext) },
      { mac: flip(sound.Crypto.mac) },
      { kdfparams: { ...sound.Crypto.kdfparams, salt: flip(sound.Crypto.kdfparams.salt) } },
    ]) {
      const path = await written(folder.path, { ...sound, Crypto: { ...sound.Crypto, ...change } });
      await failure(readKeystore(path, PASSWORD), "KEYSTORE_PASSWORD_WRONG");
    }
    // The initial vector is outside the MAC; the address is what notices it.
    const iv = { ...sound.Crypto, cipherparams: { iv: flip(sound.Crypto.cipherparams.iv) } };
    await failure(
      readKeystore(await written(folder.path, { ...sound, Crypto: iv }), PASSWORD),
      "KEYSTORE_MALFORMED",
    );
  });

  it("tells nothing of its content, nor the password, in any error", async () => {
    await using folder = await temporaryFolder();
    const canary = "canary-77aa";
    const sound = JSON.parse(
      await encryptKeystoreJson({ address: ADDRESS, privateKey: KEY }, PASSWORD, WEAK),
    );
    for (const content of [canary, { [canary]: 1 }, { ...sound, version: canary }, sound]) {
      const error = await readKeystore(await written(folder.path, content), canary).catch(
        (reason: unknown) => reason,
      );
      if (!(error instanceof PleiadError)) throw error;
      const shown = JSON.stringify([
        error.message,
        error.details,
        error.hint,
        error.stack,
        String(error.cause),
      ]);
      expect(shown, error.code).not.to.contain(canary);
    }
  });
});
