import type { KeyObject } from "node:crypto";
import type { Hex } from "viem";

/** What the log needs of the chain: who belongs to a cluster. Implemented from the chain's state, as this node sees it. */
export interface ClusterMembership {
  /**
   * Nodes whose feeds are taken and to which keys are given: the active nodes that serve a model of the cluster's current
   * version, and those that the cluster's owner named. By id, at most `MEMBERS_MAX`.
   */
  members(cluster: bigint): readonly bigint[];
  /** The node that decides versions: named by the owner, else the lowest member of the version; undefined without members. */
  home(cluster: bigint): bigint | undefined;
  /**
   * Whether a node may speak for an agent of the cluster: it serves, or once served, the agent's model in one of the
   * versions, or the owner named it. Once true it stays so: else entries would come and go with the chain.
   */
  mayVoice(cluster: bigint, node: bigint, agent: bigint): boolean;
  /** Hears that one of the answers above may have changed. The answer ends it. */
  onChange(handler: (cluster: bigint) => void): () => void;
}

/** A certificate that was found to be signed by a key of its node, also if it has expired since. */
export interface CertificateProof {
  readonly digest: Hex;
  readonly node: bigint;
  /** Ed25519 key of the certified peer. */
  readonly peerKey: KeyObject;
  /** X25519 public key. */
  readonly boxKey: Hex;
  /** Unix seconds between which it holds. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** The record as it travels, for whoever does not have it. */
  readonly record: Uint8Array;
}

/** What the log needs of the network: who signs, and with which keys. */
export interface CertificateSource {
  /** This node's certificate and the key it certifies. */
  own(): {
    readonly proof: CertificateProof;
    readonly signingKey: KeyObject;
    readonly boxPrivateKey: KeyObject;
  };
  /**
   * A certificate by its digest: kept, or fetched from the peer that named it.
   *
   * @param from libp2p id of that peer
   * @returns undefined where nobody has it now
   */
  find(digest: Hex, from: string | undefined): Promise<CertificateProof | undefined>;
  /**
   * Checks a record that came with a log, whether it still holds or not: its peer, its length, and that a key which is or
   * was its node's signed it.
   *
   * @throws PleiadError CERTIFICATE_… as the network gives them
   */
  check(record: Uint8Array): Promise<CertificateProof>;
  /** The newest certificate of a node that is known here; its box key outlives it. */
  ofNode(node: bigint): CertificateProof | undefined;
  /** Hears that a node's certificate has become known. The answer ends it. */
  onKnown(handler: (node: bigint) => void): () => void;
}
