import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { bytesToHex, type Hex } from "viem";
import { errnoOf, makeFolder, writeFileNew } from "../config/files.ts";
import { networkError } from "./errors.ts";

/** Protobuf of the Ed25519 key behind the peer id. */
export const PEER_KEY_FILE = "peer.key";
/** PKCS #8 of the X25519 key to which bodies for this node are encrypted. */
export const BOX_KEY_FILE = "box.key";

/** The network's own keys. They can impersonate this daemon until its certificate ends; they move no money. */
export interface NetworkIdentity {
  /** For libp2p: the Noise handshake. */
  readonly peerKey: Ed25519PrivateKey;
  /** The same key for node:crypto: signs envelopes. */
  readonly signingKey: KeyObject;
  /** The peer id's bytes: the identity multihash of the public key. */
  readonly peerBytes: Uint8Array;
  readonly boxKey: Hex;
  readonly boxPrivateKey: KeyObject;
}

/**
 * Reads both keys, or makes those that are not there (mode 0600), so that the peer id stays the same.
 *
 * @param folder made when it is not there
 * @throws PleiadError IDENTITY_FILE_DAMAGED, IDENTITY_FILE_EXPOSED
 */
export async function loadIdentity(folder: string): Promise<NetworkIdentity> {
  await makeFolder(folder);
  const peerPath = join(folder, PEER_KEY_FILE);
  const boxPath = join(folder, BOX_KEY_FILE);
  const peerBytes = await readOrMake(peerPath, async () =>
    privateKeyToProtobuf(await generateKeyPair("Ed25519")),
  );
  const boxBytes = await readOrMake(boxPath, async () =>
    generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "der" }),
  );

  const peerKey = parsePeerKey(peerPath, peerBytes);
  const boxPrivateKey = parseBoxKey(boxPath, boxBytes);
  // X25519 has one fixed public form: the last 32 bytes of its DER are the key.
  const boxPublic = boxPrivateKey.export({ format: "jwk" }).x ?? "";
  return {
    peerKey,
    signingKey: createPrivateKey({
      format: "jwk",
      key: {
        kty: "OKP",
        crv: "Ed25519",
        d: base64url(peerKey.raw.subarray(0, 32)),
        x: base64url(peerKey.publicKey.raw),
      },
    }),
    peerBytes: peerKey.publicKey.toMultihash().bytes,
    boxKey: bytesToHex(Buffer.from(boxPublic, "base64url")),
    boxPrivateKey,
  };
}

async function readOrMake(path: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw exposed(path, mode);
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  const bytes = await make();
  await writeFileNew(path, bytes);
  return bytes;
}

function parsePeerKey(path: string, bytes: Uint8Array): Ed25519PrivateKey {
  try {
    const key = privateKeyFromProtobuf(bytes);
    if (key.type === "Ed25519") return key;
  } catch (error) {
    throw damaged(path, error);
  }
  throw damaged(path, undefined);
}

function parseBoxKey(path: string, bytes: Uint8Array): KeyObject {
  try {
    const key = createPrivateKey({ key: Buffer.from(bytes), format: "der", type: "pkcs8" });
    if (key.asymmetricKeyType === "x25519") return key;
  } catch (error) {
    throw damaged(path, error);
  }
  throw damaged(path, undefined);
}

function damaged(path: string, cause: unknown) {
  return networkError("IDENTITY_FILE_DAMAGED", `${path} holds no key of this network`, {
    hint: "move the file away; the daemon makes a new one and gets a new peer id",
    details: { path },
    cause,
  });
}

function exposed(path: string, mode: number) {
  const shown = (mode & 0o777).toString(8);
  return networkError(
    "IDENTITY_FILE_EXPOSED",
    `${path} can be read by others (mode ${shown}, expected 600)`,
    {
      hint: `run chmod 600 ${path}, or move it away to get a new key`,
      details: { path, mode: shown },
    },
  );
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
