import { createPublicKey, type KeyObject } from "node:crypto";
import { publicKeyFromRaw } from "@libp2p/crypto/keys";
import { bytesToHex, type Hex, keccak256 } from "viem";
import { malformed } from "./errors.ts";

/**
 * An Ed25519 peer id's bytes are the identity multihash (0x00, length 0x24) of the key's protobuf (type 1: Ed25519,
 * 32 bytes of key), as the libp2p peer id specification says.
 */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
/** Length of such a peer id, in bytes. */
export const PEER_BYTES = PREFIX.length + 32;

/** How a certificate names a peer: keccak256 of the peer id's bytes. */
export function peerDigest(peerBytes: Uint8Array): Hex {
  return keccak256(bytesToHex(peerBytes));
}

/** A libp2p peer id as text, of an Ed25519 peer id's bytes that `publicKeyOfPeer` takes. */
export function peerIdOf(peerBytes: Uint8Array): string {
  return publicKeyFromRaw(peerBytes.subarray(PREFIX.length)).toString();
}

/** The public key inside an Ed25519 peer id's bytes. @throws PeerInputError when they are anything else */
export function publicKeyOfPeer(peerBytes: Uint8Array): KeyObject {
  if (peerBytes.length !== PEER_BYTES || PREFIX.some((byte, index) => peerBytes[index] !== byte)) {
    throw malformed("the peer id", "it is not an Ed25519 identity multihash");
  }
  const x = Buffer.from(peerBytes.subarray(PREFIX.length)).toString("base64url");
  return createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
}
