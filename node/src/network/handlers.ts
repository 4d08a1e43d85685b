import type { StreamHandler } from "@libp2p/interface";
import type { AnswererModules } from "./answerer.ts";
import type { Asking } from "./asking.ts";
import { BLOB_PROTOCOL, blobHandler } from "./blobProtocol.ts";
import type { PeerName } from "./carrierTypes.ts";
import type { CertificateBook } from "./certificateBook.ts";
import { CERTIFICATE_PROTOCOL, certificateHandler } from "./certificateProtocol.ts";
import type { KeptCertificates } from "./certificates.ts";
import { COMPLETION_PROTOCOL, completionHandler } from "./completionProtocol.ts";
import type { Completions } from "./completions.ts";
import { networkError } from "./errors.ts";
import { gateHandler } from "./gate.ts";
import { LOG_PROTOCOL, logHandler } from "./logProtocol.ts";
import { nameOf } from "./logTopics.ts";
import { ASK_PROTOCOL, nodeHandler } from "./nodeProtocol.ts";
import type { OwnCertificate } from "./ownCertificate.ts";
import type { Peers } from "./peers.ts";
import type { NetworkModules } from "./types.ts";

/** Who answers on each protocol; all but the exchange of certificates stand behind the gate. */
export function protocolHandlers(
  modules: AnswererModules & {
    readonly own: OwnCertificate;
    readonly book: CertificateBook;
    readonly certificates: KeptCertificates;
    readonly peers: Peers;
    readonly completions: Completions;
    readonly asking: Asking;
    readonly archive: NetworkModules["archive"];
    readonly blobs: NetworkModules["blobs"];
  },
): Readonly<Record<string, StreamHandler>> {
  const { peers, certificates, asking } = modules;

  /** Of a peer that is certified; one that was so a moment ago gets no answer. */
  function askerOf(peer: string): PeerName {
    const certified = peers.get(peer);
    if (certified !== undefined) return nameOf(certified.certificate);
    throw networkError("PEER_REFUSED", `peer ${peer} is not certified any more`, { retryable: true });
  }

  const gated: Readonly<Record<string, StreamHandler>> = {
    [COMPLETION_PROTOCOL]: completionHandler(modules),
    [BLOB_PROTOCOL]: blobHandler(modules),
    [LOG_PROTOCOL]: logHandler({ ...modules, answerer: asking.logAnswerer, nameOf: askerOf }),
    [ASK_PROTOCOL]: nodeHandler({ ...modules, answerer: asking.nodeAnswerer, nameOf: askerOf }),
  };
  return {
    [CERTIFICATE_PROTOCOL]: certificateHandler({
      ...modules,
      pastRecord: certificates.recordOf,
      isCertified: (peer) => peers.get(peer) !== undefined,
    }),
    ...Object.fromEntries(
      Object.entries(gated).map(([protocol, handler]) => [protocol, gateHandler(handler, peers)]),
    ),
  };
}
