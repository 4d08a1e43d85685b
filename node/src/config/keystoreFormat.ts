import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";

/** Cost of scrypt: `n` and `r` make its memory (128 · n · r bytes), `p` repeats its work. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** A keystore file as this program writes it. */
export interface KeystoreJson {
  readonly version: 3;
  readonly id: string;
  /** Without 0x. */
  readonly address: string;
  readonly crypto: {
    readonly cipher: "aes-128-ctr";
    readonly cipherparams: { readonly iv: string };
    readonly ciphertext: string;
    readonly kdf: "scrypt";
    readonly kdfparams: ScryptCost & { readonly dklen: number; readonly salt: string };
    readonly mac: string;
  };
}

/** A keystore that was read, before its password is known. */
export interface ParsedKeystore {
  /** In lower case with 0x; undefined where the file has none. */
  readonly address: string | undefined;
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly mac: Buffer;
}

/** The cost of geth's standard keystore (n = 262144, r = 8); a file must not make a node take more. Bytes. */
export const SCRYPT_MEMORY_BYTES_MAX = 268_435_456;
/** geth's light keystores have p = 6. */
export const SCRYPT_P_MAX = 16;
/** All of it together at most four times geth's standard, so that a file cannot keep a node busy for minutes. */
export const SCRYPT_WORK_BYTES_MAX = 4 * SCRYPT_MEMORY_BYTES_MAX;

const hexOf = (bytesMin: number, bytesMax = bytesMin) =>
  z
    .string()
    .regex(
      new RegExp(`^(0x)?([0-9a-fA-F]{2}){${bytesMin},${bytesMax}}$`),
      bytesMin === bytesMax
        ? `expected ${bytesMin} bytes as hex`
        : `expected ${bytesMin} to ${bytesMax} bytes as hex`,
    )
    .transform((text) => Buffer.from(text.replace(/^0x/, ""), "hex"));

const cost = z.int().positive();

const schema = z.object({
  version: z.literal(3),
  address: hexOf(20).optional(),
  crypto: z.object({
    cipher: z.literal("aes-128-ctr"),
    cipherparams: z.object({ iv: hexOf(16) }),
    ciphertext: hexOf(32),
    kdf: z.literal("scrypt"),
    kdfparams: z.object({ dklen: z.literal(32), n: cost, r: cost, p: cost, salt: hexOf(1, 64) }),
    mac: hexOf(32),
  }),
});

/**
 * Reads a keystore's JSON. Some clients write `Crypto` and other capitals, so the case of keys does not matter.
 *
 * @param path for messages
 * @throws KEYSTORE_MALFORMED naming the field
 */
export function parseKeystore(text: string, path: string): ParsedKeystore {
  const parsed = schema.safeParse(withSmallKeys(parseJson(text, path)));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") ?? "";
    throw keystoreMalformed(
      path,
      field === "" ? "the file" : field,
      issue?.message ?? "it is not a keystore",
    );
  }
  const { address, crypto } = parsed.data;
  const { n, r, p, salt } = crypto.kdfparams;
  requireBearable({ n, r, p }, path);
  return {
    address: address === undefined ? undefined : `0x${address.toString("hex")}`,
    cost: { n, r, p },
    salt,
    iv: crypto.cipherparams.iv,
    ciphertext: crypto.ciphertext,
    mac: crypto.mac,
  };
}

/** Refuses a cost that no client writes, before any memory is taken for it. */
function requireBearable({ n, r, p }: ScryptCost, path: string): void {
  const memoryBytes = 128 * n * r;
  if (n < 2 || (n & (n - 1)) !== 0 || n > 2 ** 30) {
    throw keystoreMalformed(path, "crypto.kdfparams.n", "expected a power of two above 1");
  }
  if (memoryBytes > SCRYPT_MEMORY_BYTES_MAX) {
    const sentence = `it would take ${memoryBytes} bytes of memory, expected at most ${SCRYPT_MEMORY_BYTES_MAX}`;
    throw keystoreMalformed(path, "crypto.kdfparams.n", sentence);
  }
  if (p > SCRYPT_P_MAX || memoryBytes * p > SCRYPT_WORK_BYTES_MAX) {
    throw keystoreMalformed(
      path,
      "crypto.kdfparams.p",
      `${p} repeats the work too often, expected at most ${SCRYPT_P_MAX}`,
    );
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, which is not for any log.
    throw keystoreMalformed(path, "the file", "it is no JSON");
  }
}

function withSmallKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key.toLowerCase(), withSmallKeys(part)]),
  );
}

/** Something in a keystore is not as it should be. @param field the field's name, or what it is about */
export function keystoreMalformed(path: string, field: string, sentence: string): PleiadError {
  return new PleiadError(`the keystore at ${path} is malformed at ${field}: ${sentence}`, {
    code: "KEYSTORE_MALFORMED",
    hint: "use a keystore of Web3 Secret Storage, version 3, with scrypt and aes-128-ctr, or restore it from a backup",
    details: { path, field },
  });
}
