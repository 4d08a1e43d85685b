import {
  CERTIFICATE_TYPES,
  CERTIFICATE_VALIDITY_MAX_SECONDS,
  type Certificate,
  certificateDomain,
} from "@pleiad/sdk/types/certificate";
import { type Address, bytesToHex, type Hex, hashTypedData, hexToBytes } from "viem";
import { z } from "zod";
import { hexOf, parseBounded, toJsonBytes, uint64, uint256 } from "./boundedJson.ts";
import { PeerInputError } from "./errors.ts";
import { CERTIFICATE_RECORD_BYTES_MAX } from "./limits.ts";
import { PEER_BYTES, peerDigest } from "./peerKey.ts";
import { isSignedBy, signerOf } from "./recover.ts";
import type { Misdeed } from "./reputation.ts";
import type { NodeDirectory } from "./types.ts";

/** A certificate with what is needed to check it. */
export interface CertificateRecord {
  readonly certificate: Certificate;
  /** EIP-712 signature by the node key, 65 bytes. */
  readonly signature: Hex;
  /** The peer id's bytes, of which the certificate holds the digest; they contain the peer's public key. */
  readonly peerBytes: Uint8Array;
}

/** Against what a certificate is checked. */
export interface CertificateContext {
  readonly directory: Pick<NodeDirectory, "keyOf">;
  readonly chainId: number;
  readonly nodeRegistry: Address;
  /** Unix seconds now. */
  readonly nowSeconds: bigint;
}

/** What a valid certificate proves. */
export interface VerifiedCertificate {
  /** EIP-712 digest: how messages name the certificate. */
  readonly digest: Hex;
  /** The node key that signed. */
  readonly signer: Address;
}

/** EIP-712 digest of a certificate in the domain of its chain and registry. */
export function certificateDigest(
  certificate: Certificate,
  domain: { readonly chainId: number; readonly nodeRegistry: Address },
): Hex {
  return hashTypedData({
    domain: certificateDomain(domain.chainId, domain.nodeRegistry),
    types: CERTIFICATE_TYPES,
    primaryType: "Certificate",
    message: certificate,
  });
}

/**
 * Checks a certificate: its length, its time, that the chain knows its node as active, and that this node's key
 * signed it for this chain and registry.
 *
 * @throws PeerInputError CERTIFICATE_TOO_LONG, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED,
 * CERTIFICATE_NODE_UNKNOWN (retryable), CERTIFICATE_NODE_INACTIVE (retryable), CERTIFICATE_SIGNATURE_INVALID
 */
export async function verifyCertificate(
  certificate: Certificate,
  signature: Hex,
  context: CertificateContext,
): Promise<VerifiedCertificate> {
  const { node, notAfter } = certificate;
  requireSpan(certificate, context.nowSeconds);
  if (context.nowSeconds > notAfter) {
    throw refusal("CERTIFICATE_EXPIRED", `it held until ${notAfter}, now is ${context.nowSeconds}`, {
      certificate,
      hint: "the peer's signer may be out of reach, or a clock is wrong",
    });
  }

  const known = await context.directory.keyOf(node);
  if (known === undefined) {
    throw refusal("CERTIFICATE_NODE_UNKNOWN", "the chain knows no such node", {
      certificate,
      retryable: true,
      misdeed: "unknownNode",
    });
  }
  if (!known.active) {
    throw refusal("CERTIFICATE_NODE_INACTIVE", "the chain says the node is not active", {
      certificate,
      retryable: true,
      misdeed: "unknownNode",
    });
  }

  const digest = certificateDigest(certificate, context);
  if (!(await isSignedBy(digest, signature, known.key))) {
    throw refusal(
      "CERTIFICATE_SIGNATURE_INVALID",
      "the node's key did not sign it for this chain and registry",
      {
        certificate,
        misdeed: "badSignature",
      },
    );
  }
  return { digest, signer: known.key };
}

/**
 * Checks a certificate of any time: its length, that it has begun, and that a key which is or was its node's signed it. The
 * chain does not say when a key was a node's: who has an old one can sign for any time until now.
 *
 * @throws PeerInputError CERTIFICATE_TOO_LONG, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_SIGNATURE_INVALID
 */
export async function verifyPastCertificate(
  certificate: Certificate,
  signature: Hex,
  context: Omit<CertificateContext, "directory"> & { readonly directory: Pick<NodeDirectory, "nodeOf"> },
): Promise<VerifiedCertificate> {
  requireSpan(certificate, context.nowSeconds);
  const digest = certificateDigest(certificate, context);
  const signer = await signerOf(digest, signature);
  if (signer === undefined || (await context.directory.nodeOf(signer)) !== certificate.node) {
    throw refusal(
      "CERTIFICATE_SIGNATURE_INVALID",
      "no key that is or was the node's signed it for this chain and registry",
      { certificate, misdeed: "badSignature" },
    );
  }
  return { digest, signer };
}

/** @throws PeerInputError CERTIFICATE_TOO_LONG, CERTIFICATE_NOT_YET_VALID */
function requireSpan(certificate: Certificate, nowSeconds: bigint): void {
  const { notBefore, notAfter } = certificate;
  const seconds = notAfter - notBefore;
  if (seconds <= 0n || seconds > CERTIFICATE_VALIDITY_MAX_SECONDS) {
    throw refusal(
      "CERTIFICATE_TOO_LONG",
      `it would hold ${seconds} s, at most ${CERTIFICATE_VALIDITY_MAX_SECONDS}`,
      { certificate, misdeed: "malformed" },
    );
  }
  if (nowSeconds < notBefore) {
    throw refusal("CERTIFICATE_NOT_YET_VALID", `it holds from ${notBefore}, now is ${nowSeconds}`, {
      certificate,
      hint: "compare the clocks of both machines",
    });
  }
}

/** `verifyCertificate`, and that the record's peer id is the one certified. @throws also CERTIFICATE_PEER_MISMATCH */
export async function verifyRecord(
  record: CertificateRecord,
  context: CertificateContext,
): Promise<VerifiedCertificate> {
  assertCertifies(record.certificate, record.peerBytes);
  return verifyCertificate(record.certificate, record.signature, context);
}

/** @throws PeerInputError CERTIFICATE_PEER_MISMATCH when the certificate is another peer's */
export function assertCertifies(certificate: Certificate, peerBytes: Uint8Array): void {
  if (peerDigest(peerBytes) === certificate.peer) return;
  throw refusal("CERTIFICATE_PEER_MISMATCH", "it certifies another peer", {
    certificate,
    misdeed: "badSignature",
  });
}

function refusal(
  code: string,
  reason: string,
  options: {
    readonly certificate: Certificate;
    readonly retryable?: boolean;
    readonly misdeed?: Misdeed;
    readonly hint?: string;
  },
): PeerInputError {
  const { certificate, misdeed, hint } = options;
  return new PeerInputError(code, `certificate of node ${certificate.node} refused: ${reason}`, {
    reaction: "reject",
    retryable: options.retryable ?? false,
    details: { node: certificate.node },
    ...(misdeed === undefined ? {} : { misdeed }),
    ...(hint === undefined ? {} : { hint }),
  });
}

const recordSchema = z.strictObject({
  v: z.literal(1),
  node: uint256,
  peer: hexOf(32),
  boxKey: hexOf(32),
  notBefore: uint64,
  notAfter: uint64,
  signature: hexOf(65),
  peerBytes: hexOf(PEER_BYTES),
});

/** A record as it travels: JSON, version 1. */
export function encodeRecord(record: CertificateRecord): Uint8Array {
  const { certificate, signature, peerBytes } = record;
  return toJsonBytes({ v: 1, ...certificate, signature, peerBytes: bytesToHex(peerBytes) });
}

/** The inverse of `encodeRecord`. @throws PeerInputError MESSAGE_MALFORMED, MESSAGE_OVERSIZED */
export function decodeRecord(bytes: Uint8Array): CertificateRecord {
  const parsed = parseBounded("the certificate", bytes, CERTIFICATE_RECORD_BYTES_MAX, recordSchema);
  const { node, peer, boxKey, notBefore, notAfter } = parsed;
  return {
    certificate: { node, peer, boxKey, notBefore, notAfter },
    signature: parsed.signature,
    peerBytes: hexToBytes(parsed.peerBytes),
  };
}
