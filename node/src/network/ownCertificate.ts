import {
  CERTIFICATE_TYPES,
  CERTIFICATE_VALIDITY_MAX_SECONDS,
  certificateDomain,
} from "@pleiad/sdk/types/certificate";
import type { Logger } from "pino";
import type { Address, Hex } from "viem";
import type { Signer } from "../chain/signer.ts";
import { type CertificateRecord, certificateDigest } from "./certificate.ts";
import { type Clock, repeat } from "./clock.ts";
import { networkError, reasonOf } from "./errors.ts";
import type { NetworkIdentity } from "./identity.ts";
import {
  CERTIFICATE_BACKDATE_SECONDS,
  CERTIFICATE_CHECK_MS,
  CERTIFICATE_RENEW_BEFORE_SECONDS,
} from "./limits.ts";
import { peerDigest } from "./peerKey.ts";

/** One certificate of this daemon. */
export interface OwnCertificateRecord extends CertificateRecord {
  readonly digest: Hex;
}

/** This daemon's certificate: signed at the start, renewed by itself long before it ends. */
export interface OwnCertificate {
  /** Signs the first. @throws PleiadError CERTIFICATE_UNSIGNED (retryable) */
  start(): Promise<void>;
  stop(): void;
  /** The newest. @throws PleiadError NETWORK_STOPPED before `start` */
  current(): OwnCertificateRecord;
  /** The newest or the one before it: messages that name that one may still be on their way. */
  byDigest(digest: Hex): OwnCertificateRecord | undefined;
}

export function createOwnCertificate(
  options: { readonly chainId: number; readonly nodeRegistry: Address; readonly node: bigint },
  modules: {
    readonly signer: Signer;
    readonly identity: NetworkIdentity;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): OwnCertificate {
  const { signer, identity, clock, logger } = modules;
  const { chainId, nodeRegistry, node } = options;
  let newest: OwnCertificateRecord | undefined;
  let previous: OwnCertificateRecord | undefined;
  let cancelCheck: (() => void) | undefined;
  let signing = false;

  async function issue(): Promise<void> {
    const notBefore = clock.wallSeconds() - CERTIFICATE_BACKDATE_SECONDS;
    const certificate = {
      node,
      peer: peerDigest(identity.peerBytes),
      boxKey: identity.boxKey,
      notBefore,
      notAfter: notBefore + CERTIFICATE_VALIDITY_MAX_SECONDS,
    };
    const signature = await signer.signTypedData({
      domain: certificateDomain(chainId, nodeRegistry),
      types: CERTIFICATE_TYPES,
      primaryType: "Certificate",
      message: certificate,
    });
    previous = newest;
    newest = {
      certificate,
      signature: signature.toLowerCase() as Hex,
      peerBytes: identity.peerBytes,
      digest: certificateDigest(certificate, { chainId, nodeRegistry }),
    };
    logger.debug(
      { node, notAfter: certificate.notAfter, digest: newest.digest },
      "signed a network certificate",
    );
  }

  function isDue(): boolean {
    if (newest === undefined) return true;
    const nowSeconds = clock.wallSeconds();
    const { notBefore, notAfter } = newest.certificate;
    // The second case is a clock that was set back: to others the certificate still holds, to a restart it would not.
    return notAfter - nowSeconds < CERTIFICATE_RENEW_BEFORE_SECONDS || nowSeconds < notBefore;
  }

  async function renewIfDue(): Promise<void> {
    if (signing || !isDue()) return;
    signing = true;
    try {
      await issue();
    } catch (error) {
      // The signer may be a remote one that is away; the next check tries again, with half a day to go.
      logger.warn(
        { node, notAfter: newest?.certificate.notAfter, ...reasonOf(error) },
        "certificate not renewed",
      );
    } finally {
      signing = false;
    }
  }

  return {
    async start() {
      try {
        await issue();
      } catch (cause) {
        throw networkError("CERTIFICATE_UNSIGNED", `the signer did not sign a certificate for node ${node}`, {
          retryable: true,
          hint: "check that the signer is reachable and unlocked; without peers the daemon can run with the network off",
          details: { node, signer: signer.address },
          cause,
        });
      }
      cancelCheck = repeat(clock, CERTIFICATE_CHECK_MS, () => void renewIfDue());
    },
    stop: () => cancelCheck?.(),
    current() {
      if (newest === undefined)
        throw networkError("NETWORK_STOPPED", "the network has no certificate: it is not started");
      return newest;
    },
    byDigest: (digest) => [newest, previous].find((own) => own?.digest === digest),
  };
}
