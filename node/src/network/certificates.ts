import type { KeyObject } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Address, type Hex, isAddressEqual } from "viem";
import { createBoundedMap } from "./boundedMap.ts";
import {
  assertCertifies,
  type CertificateRecord,
  certificateDigest,
  decodeRecord,
  encodeRecord,
  verifyPastCertificate,
} from "./certificate.ts";
import type { KnownCertificate } from "./certificateBook.ts";
import { askCertificate } from "./certificateProtocol.ts";
import { type Clock, repeat } from "./clock.ts";
import { networkError, PeerInputError, reasonOf } from "./errors.ts";
import type { NetworkIdentity } from "./identity.ts";
import {
  CERTIFICATE_ASK_TIMEOUT_MS,
  CERTIFICATE_CHECKS_MAX,
  CERTIFICATE_CHECKS_WAITING_MAX,
  CERTIFICATE_MISS_MS,
  CERTIFICATE_MISSES_MAX,
  CERTIFICATES_PROVEN_MAX,
  CERTIFIED_NODES_MAX,
  DIRECTORY_TTL_MS,
} from "./limits.ts";
import type { OwnCertificate } from "./ownCertificate.ts";
import { publicKeyOfPeer } from "./peerKey.ts";
import type { Peers } from "./peers.ts";
import type { Misdeed } from "./reputation.ts";
import { createSemaphore } from "./semaphore.ts";
import type { NodeDirectory } from "./types.ts";

/** A certificate that a key of its node signed, also if it has expired since. */
export interface ProvenCertificate {
  readonly digest: Hex;
  readonly node: bigint;
  /** Ed25519 key of the certified peer. */
  readonly peerKey: KeyObject;
  /** X25519 public key. */
  readonly boxKey: Hex;
  /** Unix seconds between which it holds. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** The record as it travels. */
  readonly record: Uint8Array;
}

/** Certificates for those who keep what was signed under them, longer than they hold. */
export interface Certificates {
  /** This daemon's newest, and its keys. @throws PleiadError NETWORK_STOPPED before `start` */
  own(): {
    readonly proof: ProvenCertificate;
    readonly signingKey: KeyObject;
    readonly boxPrivateKey: KeyObject;
  };
  /**
   * A certificate by its digest: one that is kept, or the one that a peer hands out.
   *
   * @param from libp2p id of the peer to ask
   * @returns undefined where there is none to be had now; a peer that hands out a wrong one pays for it
   */
  find(digest: Hex, from: string | undefined): Promise<ProvenCertificate | undefined>;
  /**
   * Checks a record whether it still holds or not: that it certifies its peer, its length, that it has begun, and that a key
   * which is or was its node's signed it.
   *
   * @throws PeerInputError CERTIFICATE_PEER_MISMATCH, CERTIFICATE_TOO_LONG, CERTIFICATE_NOT_YET_VALID,
   * CERTIFICATE_SIGNATURE_INVALID, MESSAGE_MALFORMED, MESSAGE_OVERSIZED; PleiadError CERTIFICATE_CHECKS_TOO_MANY (retryable);
   * whatever the directory throws
   */
  check(record: Uint8Array): Promise<ProvenCertificate>;
  /**
   * The newest certificate of a node that is known and signed by the key it has now: an old key cannot say where what is for
   * the node only should go. A node whose key changed, or that is not active, has none
   * after twice `DIRECTORY_TTL_MS` at most.
   */
  ofNode(node: bigint): ProvenCertificate | undefined;
  /** Hears that a newer certificate of a node has become known. The answer ends it. */
  onKnown(handler: (node: bigint) => void): () => void;
}

/** What the rest of the network needs of them. */
export interface KeptCertificates extends Certificates {
  start(): void;
  stop(): void;
  /** Takes one that was found valid now. */
  admitted(known: KnownCertificate): void;
  /** The record of a certificate that is kept, whether it still holds or not. */
  recordOf(digest: Hex): Uint8Array | undefined;
}

interface Newest {
  readonly proof: ProvenCertificate;
  readonly signer: Address;
}

export function createCertificates(
  options: { readonly chainId: number; readonly nodeRegistry: Address },
  modules: {
    readonly directory: NodeDirectory;
    readonly own: OwnCertificate;
    readonly identity: NetworkIdentity;
    readonly peers: () => Pick<Peers, "get">;
    readonly penalize: (peer: string, misdeed: Misdeed) => void;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): KeptCertificates {
  const { directory, own, identity, penalize, clock, logger } = modules;
  const proven = createBoundedMap<Hex, ProvenCertificate>({ entriesMax: CERTIFICATES_PROVEN_MAX }, { clock });
  const newest = createBoundedMap<bigint, Newest>({ entriesMax: CERTIFIED_NODES_MAX }, { clock });
  const missed = createBoundedMap<string, true>(
    { entriesMax: CERTIFICATE_MISSES_MAX, ttlMs: CERTIFICATE_MISS_MS },
    { clock },
  );
  const finding = new Map<string, Promise<ProvenCertificate | undefined>>();
  const handlers = new Set<(node: bigint) => void>();
  const places = createSemaphore({
    workingMax: CERTIFICATE_CHECKS_MAX,
    waitingMax: CERTIFICATE_CHECKS_WAITING_MAX,
    full: () =>
      networkError("CERTIFICATE_CHECKS_TOO_MANY", "too many certificates wait for their check", {
        retryable: true,
      }),
  });
  const never = new AbortController().signal;
  let cancelSweep: (() => void) | undefined;

  function keep(proof: ProvenCertificate, signer: Address, isPresentKey: boolean): void {
    proven.set(proof.digest, proof);
    if (!isPresentKey) return;
    const held = newest.get(proof.node);
    if (held !== undefined && held.proof.notAfter >= proof.notAfter && isAddressEqual(held.signer, signer))
      return;
    newest.set(proof.node, { proof, signer });
    for (const handler of handlers) queueMicrotask(() => handler(proof.node));
  }

  async function isPresent(node: bigint, signer: Address): Promise<boolean> {
    const known = await directory.keyOf(node);
    return known?.active === true && isAddressEqual(known.key, signer);
  }

  async function prove(record: CertificateRecord): Promise<ProvenCertificate> {
    const { certificate, signature, peerBytes } = record;
    assertCertifies(certificate, peerBytes);
    const known = proven.get(certificateDigest(certificate, options));
    if (known !== undefined) return known;
    const peerKey = publicKeyOfPeer(peerBytes);
    const context = { ...options, directory, nowSeconds: clock.wallSeconds() };
    const { digest, signer } = await verifyPastCertificate(certificate, signature, context);
    const proof = proofOf(record, digest, peerKey);
    keep(proof, signer, await isPresent(certificate.node, signer));
    return proof;
  }

  async function fetch(digest: Hex, from: string): Promise<ProvenCertificate | undefined> {
    const peer = modules.peers().get(from);
    if (peer === undefined) return undefined;
    try {
      const signal = AbortSignal.timeout(CERTIFICATE_ASK_TIMEOUT_MS);
      const record = await askCertificate(peer.connection, digest, signal);
      const proof = await places.run(never, () => prove(record));
      if (proof.digest === digest) return proof;
      throw new PeerInputError("CERTIFICATE_UNAVAILABLE", "the peer handed out another certificate", {
        reaction: "reject",
        misdeed: "wrongContent",
        details: { digest, peer: from },
      });
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.debug({ peer: from, digest, ...reasonOf(error) }, "certificate not found");
      // Not to have an old one is no misdeed: after a restart it is only in the logs.
      const isWithheld = error instanceof PeerInputError && error.reaction === "ignore";
      if (error instanceof PeerInputError && error.misdeed !== undefined && !isWithheld)
        penalize(from, error.misdeed);
      missed.set(`${digest} ${from}`, true);
      return undefined;
    }
  }

  /** Nodes whose key is another now, or that are not active, have no newest certificate. */
  async function sweep(): Promise<void> {
    for (const [node, { signer }] of [...newest.entries()]) {
      try {
        if (await isPresent(node, signer)) continue;
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        logger.debug({ node, ...reasonOf(error) }, "key of node not known now");
        continue;
      }
      if (newest.get(node)?.signer === signer) newest.delete(node);
    }
  }

  return {
    start() {
      cancelSweep = repeat(clock, DIRECTORY_TTL_MS, () => void sweep());
    },
    stop: () => cancelSweep?.(),
    admitted({ record, digest, peerKey, signer }) {
      keep(proofOf(record, digest, peerKey), signer, true);
    },
    recordOf: (digest) => proven.get(digest)?.record,
    own() {
      const record = own.current();
      return {
        proof: proofOf(record, record.digest, publicKeyOfPeer(record.peerBytes)),
        signingKey: identity.signingKey,
        boxPrivateKey: identity.boxPrivateKey,
      };
    },
    async find(digest, from) {
      const mine = own.byDigest(digest);
      if (mine !== undefined) return proofOf(mine, digest, publicKeyOfPeer(mine.peerBytes));
      const known = proven.get(digest);
      if (known !== undefined || from === undefined) return known;
      const name = `${digest} ${from}`;
      if (missed.get(name) !== undefined) return undefined;
      const pending = finding.get(name) ?? fetch(digest, from).finally(() => finding.delete(name));
      finding.set(name, pending);
      return pending;
    },
    check: (bytes) => places.run(never, () => prove(decodeRecord(bytes))),
    ofNode: (node) => newest.get(node)?.proof,
    onKnown(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
}

function proofOf(record: CertificateRecord, digest: Hex, peerKey: KeyObject): ProvenCertificate {
  const { node, boxKey, notBefore, notAfter } = record.certificate;
  return { digest, node, peerKey, boxKey, notBefore, notAfter, record: encodeRecord(record) };
}
