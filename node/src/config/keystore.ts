import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  randomUUID,
  scrypt,
  timingSafeEqual,
} from "node:crypto";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, bytesToHex, getAddress, type Hex, keccak256 } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { errnoOf, writeFileNew } from "./files.ts";
import { type KeystoreJson, keystoreMalformed, parseKeystore, type ScryptCost } from "./keystoreFormat.ts";
import { readPrivateFile } from "./privateFile.ts";

/** What a new keystore costs to try a password on. `light` is for keys that are thrown away. */
export const SCRYPT_COSTS = {
  /** 128 MiB and some tenths of a second: the cost that ethers uses. */
  standard: { n: 131_072, r: 8, p: 1 },
  /** 4 MiB and some hundredths of a second: the light cost of geth. */
  light: { n: 4_096, r: 8, p: 6 },
} as const satisfies Record<string, ScryptCost>;

const KEY_BYTES = 32;
const SALT_BYTES = 32;
const IV_BYTES = 16;
/** OpenSSL wants some room beside the table of 128 · n · r bytes. */
const SCRYPT_ROOM_BYTES = 33_554_432;
/** The longest keystore of a known client, with room. Bytes. */
export const KEYSTORE_BYTES_MAX = 16_384;

export interface CreateKeystoreOptions {
  /** Where to write it; must not be there yet. */
  readonly path: string;
  /** Must not be empty. */
  readonly password: string;
  /** The key to keep. @default a new random one */
  readonly privateKey?: Hex;
  /** @default "standard" */
  readonly cost?: keyof typeof SCRYPT_COSTS;
}

/**
 * Writes a key into a new encrypted keystore (Web3 Secret Storage, version 3; scrypt, AES-128-CTR, keccak MAC), mode
 * 0600, whole and flushed or not at all.
 *
 * @returns the key's address
 * @throws KEYSTORE_EXISTS (nothing was changed), KEYSTORE_PASSWORD_EMPTY, KEYSTORE_KEY_INVALID, KEYSTORE_UNWRITABLE
 */
export async function createKeystore(options: CreateKeystoreOptions): Promise<Address> {
  const { path, password, cost = "standard" } = options;
  if (password === "") {
    throw new PleiadError("a keystore needs a password", {
      code: "KEYSTORE_PASSWORD_EMPTY",
      hint: "choose one, and keep it where the keystore is not",
    });
  }
  const privateKey = options.privateKey ?? newPrivateKey();
  const address = addressOf(privateKey);
  if (address === undefined) {
    throw new PleiadError("the private key to keep is not one", {
      code: "KEYSTORE_KEY_INVALID",
      hint: "a private key is 0x and 64 hex digits, above zero and below the order of secp256k1",
    });
  }
  const json = await encrypt(privateKey, address, password, SCRYPT_COSTS[cost]);
  try {
    await writeFileNew(path, `${JSON.stringify(json, undefined, 2)}\n`);
  } catch (error) {
    throw writeError(path, error);
  }
  return address;
}

/** A key out of its keystore. Whoever holds this holds the key: see `createKeystoreSigner`. */
export interface OpenedKeystore {
  readonly address: Address;
  readonly privateKey: Hex;
}

/**
 * Reads and decrypts a keystore.
 *
 * @throws KEYSTORE_MISSING, KEYSTORE_UNREADABLE, KEYSTORE_MODE (others may read it; the hint has the command),
 * KEYSTORE_MALFORMED (names the field), KEYSTORE_PASSWORD_WRONG. None of them holds the password or key material.
 */
export async function readKeystore(path: string, password: string): Promise<OpenedKeystore> {
  const keystore = await readEncrypted(path);
  for (const candidate of spellingsOf(password)) {
    const derived = await deriveKey(candidate, keystore.salt, keystore.cost);
    if (!timingSafeEqual(macOf(derived, keystore.ciphertext), keystore.mac)) continue;
    const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), keystore.iv);
    const privateKey = bytesToHex(Buffer.concat([decipher.update(keystore.ciphertext), decipher.final()]));
    const address = addressOf(privateKey);
    if (address === undefined) throw keystoreMalformed(path, "crypto.ciphertext", "it holds no private key");
    if (keystore.address !== undefined && keystore.address !== address.toLowerCase()) {
      throw keystoreMalformed(path, "address", `the key inside is ${address}'s`);
    }
    return { address, privateKey };
  }
  throw new PleiadError(`the password does not open the keystore at ${path}`, {
    code: "KEYSTORE_PASSWORD_WRONG",
    hint: "check the password, and that the keystore is the one meant",
    details: { path },
  });
}

/**
 * The address that a keystore says is its key's, without its password: for telling, not for trusting.
 *
 * @returns undefined where the keystore does not say
 * @throws the errors of `readKeystore` but for the password's
 */
export async function readKeystoreAddress(path: string): Promise<Address | undefined> {
  const { address } = await readEncrypted(path);
  return address === undefined ? undefined : getAddress(address);
}

async function readEncrypted(path: string) {
  const text = await readPrivateFile(path, {
    what: "the keystore",
    bytesMax: KEYSTORE_BYTES_MAX,
    codes: {
      missing: "KEYSTORE_MISSING",
      unreadable: "KEYSTORE_UNREADABLE",
      mode: "KEYSTORE_MODE",
      tooLarge: "KEYSTORE_MALFORMED",
    },
  });
  return parseKeystore(text, path);
}

/**
 * The bytes that a password may mean. Programs normalise text to NFKC or not; for a password of plain ASCII there is
 * one, so that only unusual ones cost a second try.
 */
function spellingsOf(password: string): readonly Buffer[] {
  const normalised = password.normalize("NFKC");
  const spellings = normalised === password ? [password] : [normalised, password];
  return spellings.map((spelling) => Buffer.from(spelling, "utf8"));
}

async function encrypt(
  privateKey: Hex,
  address: Address,
  password: string,
  cost: ScryptCost,
): Promise<KeystoreJson> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const derived = await deriveKey(Buffer.from(password.normalize("NFKC"), "utf8"), salt, cost);
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(privateKey.slice(2), "hex")), cipher.final()]);
  return {
    version: 3,
    id: randomUUID(),
    address: address.slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: iv.toString("hex") },
      ciphertext: ciphertext.toString("hex"),
      kdf: "scrypt",
      kdfparams: { dklen: KEY_BYTES, ...cost, salt: salt.toString("hex") },
      mac: macOf(derived, ciphertext).toString("hex"),
    },
  };
}

async function deriveKey(password: Buffer, salt: Buffer, { n, r, p }: ScryptCost): Promise<Buffer> {
  // RFC 7914 wants n < 2^(16 r), and OpenSSL insists; the storage definition's own example (r = 1) does not keep it.
  if (n >= 2 ** (16 * r)) {
    return Buffer.from(await scryptAsync(password, salt, { N: n, r, p, dkLen: KEY_BYTES }));
  }
  return new Promise((resolve, reject) => {
    const maxmem = 128 * n * r + 128 * r * p + SCRYPT_ROOM_BYTES;
    scrypt(password, salt, KEY_BYTES, { N: n, r, p, maxmem }, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}

function macOf(derived: Buffer, ciphertext: Buffer): Buffer {
  return Buffer.from(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]), "bytes"));
}

function newPrivateKey(): Hex {
  for (;;) {
    const privateKey = bytesToHex(randomBytes(KEY_BYTES));
    if (addressOf(privateKey) !== undefined) return privateKey;
  }
}

/** The address of a private key; undefined when it is none. What was wrong is not passed on: it could quote the key. */
function addressOf(privateKey: Hex): Address | undefined {
  if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) return undefined;
  try {
    return privateKeyToAddress(privateKey);
  } catch {
    return undefined;
  }
}

function writeError(path: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  if (errno === "EEXIST") {
    return new PleiadError(`there is a file at ${path} already`, {
      code: "KEYSTORE_EXISTS",
      hint: "use it, or choose another path; a keystore is never overwritten",
      details: { path },
    });
  }
  return new PleiadError(`cannot write a keystore to ${path}: ${errno}`, {
    code: "KEYSTORE_UNWRITABLE",
    hint: "check the folder, its rights and the room on the disk",
    details: { path, errno },
    cause: error,
  });
}
