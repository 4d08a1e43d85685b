import { join } from "node:path";
import { CERTIFICATE_TYPES, type Certificate, certificateDomain } from "@pleiad/sdk/types/certificate";
import type { CertificateRecord } from "../../node/src/network/certificate.ts";
import type { NetworkIdentity } from "../../node/src/network/identity.ts";
import { peerDigest } from "../../node/src/network/peerKey.ts";
import { openRoguePeer, type RoguePeer } from "../fixtures/roguePeer.ts";
import type { SimOperator } from "./operators.ts";
import { ACCOUNTS } from "./registry.ts";
import type { World } from "./world.ts";

/** Much less than a day, much more than a fault. Seconds. */
const CERTIFICATE_SECONDS = 3_600n;
let opened = 0;

/** A peer that means harm: with the certificate of a registered node, or with none. */
export async function openHostilePeer(
  world: World,
  options: { readonly isMember: boolean },
): Promise<RoguePeer> {
  const { deployment } = world.registry;
  opened += 1;
  return openRoguePeer({
    identityFolder: join(world.folder, `hostile-${opened}`),
    domain: deployment,
    makeRecord: async (identity) => (options.isMember ? certify(world, identity) : undefined),
  });
}

/** Where an operator's daemon listens; its peer id is learned by the handshake. */
export function addressOf({ listenPort }: SimOperator): string {
  return `/ip4/127.0.0.1/tcp/${listenPort}`;
}

async function certify(world: World, identity: NetworkIdentity): Promise<CertificateRecord> {
  const { deployment, hostileNode } = world.registry;
  const now = BigInt(Math.floor(Date.now() / 1_000));
  const certificate: Certificate = {
    node: hostileNode,
    peer: peerDigest(identity.peerBytes),
    boxKey: identity.boxKey,
    notBefore: now - 60n,
    notAfter: now + CERTIFICATE_SECONDS,
  };
  const signature = await ACCOUNTS.hostileKey.signTypedData({
    domain: certificateDomain(deployment.chainId, deployment.nodeRegistry),
    types: CERTIFICATE_TYPES,
    primaryType: "Certificate",
    message: certificate,
  });
  return { certificate, signature, peerBytes: identity.peerBytes };
}
