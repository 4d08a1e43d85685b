import type { KeyObject } from "node:crypto";
import type { Certificate } from "@pleiad/sdk/types/certificate";
import { type Address, type Hex, isAddressEqual } from "viem";
import { createBoundedMap } from "./boundedMap.ts";
import { type CertificateRecord, verifyRecord } from "./certificate.ts";
import type { Clock } from "./clock.ts";
import { CERTIFICATES_MAX } from "./limits.ts";
import { peerIdOf, publicKeyOfPeer } from "./peerKey.ts";
import type { NodeDirectory } from "./types.ts";

/** A certificate that was found valid. */
export interface KnownCertificate {
  readonly digest: Hex;
  readonly certificate: Certificate;
  readonly record: CertificateRecord;
  /** libp2p id of the certified peer. */
  readonly peer: string;
  /** Ed25519 key of the certified peer. */
  readonly peerKey: KeyObject;
  /** The node key that signed. */
  readonly signer: Address;
}

/** The certificates this node has found valid, by digest. */
export interface CertificateBook {
  /** Checks a record and keeps it. @throws PeerInputError as `verifyRecord`; whatever the directory throws */
  admit(record: CertificateRecord): Promise<KnownCertificate>;
  /**
   * A kept certificate, if it still holds: neither expired nor revoked by the chain (another key, or the node not
   * active). One that does not is forgotten.
   */
  current(digest: Hex): Promise<KnownCertificate | undefined>;
}

/** @param modules.directory a cached one: it is asked for each message */
export function createCertificateBook(
  options: { readonly chainId: number; readonly nodeRegistry: Address },
  modules: {
    readonly directory: Pick<NodeDirectory, "keyOf">;
    readonly clock: Clock;
    /** Told of each certificate that is found valid. */
    readonly onAdmitted?: (known: KnownCertificate) => void;
  },
): CertificateBook {
  const { directory, clock } = modules;
  const kept = createBoundedMap<Hex, KnownCertificate>({ entriesMax: CERTIFICATES_MAX }, { clock });

  return {
    async admit(record) {
      const peerKey = publicKeyOfPeer(record.peerBytes);
      const verified = await verifyRecord(record, { ...options, directory, nowSeconds: clock.wallSeconds() });
      const peer = peerIdOf(record.peerBytes);
      const known = { ...verified, certificate: record.certificate, record, peer, peerKey };
      kept.set(known.digest, known);
      modules.onAdmitted?.(known);
      return known;
    },
    async current(digest) {
      const known = kept.get(digest);
      if (known === undefined) return undefined;
      const node = await directory.keyOf(known.certificate.node);
      const holds =
        clock.wallSeconds() <= known.certificate.notAfter &&
        node?.active === true &&
        isAddressEqual(node.key, known.signer);
      if (holds) return known;
      kept.delete(digest);
      return undefined;
    },
  };
}
