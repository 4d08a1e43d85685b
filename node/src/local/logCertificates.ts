import type { Network } from "../network/types.ts";
import type { CertificateSource } from "../workspace/log/ports.ts";

/** The network's certificates as the cluster log asks for them: what one needs the other has. */
export function logCertificatesOf({ certificates }: Pick<Network, "certificates">): CertificateSource {
  return {
    own: () => certificates.own(),
    find: (digest, from) => certificates.find(digest, from),
    check: (record) => certificates.check(record),
    ofNode: (node) => certificates.ofNode(node),
    onKnown: (handler) => certificates.onKnown(handler),
  };
}
