import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { bytesToHex, type Hex, hashTypedData, keccak256 } from "viem";
import { signTypedData } from "viem/actions";
import { encodeRecord } from "../../../node/src/network/certificate.ts";
import { encodeLogExportLine } from "../../../sdk/src/log/encodeLogExportLine.ts";
import { encodeLogHeader } from "../../../sdk/src/log/encodeLogHeader.ts";
import { logSpaceDigest } from "../../../sdk/src/log/logSpaceDigest.ts";
import { CERTIFICATE_TYPES, certificateDomain } from "../../../sdk/src/types/certificate.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import type { Deployment } from "../../../sdk/src/types/deployment.ts";
import {
  LOG_ENTRY_TAG,
  LOG_NO_HASH,
  type LogEntryHeader,
  type LogFeed,
} from "../../../sdk/src/types/logEntry.ts";
import type {
  LogExportFeed,
  LogExportHeader,
  LogExportKey,
  LogPlace,
} from "../../../sdk/src/types/logExport.ts";

/** A Tuesday. */
export const AT_MS = 1_790_000_000_000;
const HOUR_SECONDS = 3_600n;
export const START: LogPlace = { sequence: 0, hash: LOG_NO_HASH, stamp: 0n };

export interface ForgedEntry extends LogPlace {
  readonly feed: LogFeed;
  readonly bytes: Uint8Array;
}

/** A certificate, and the key that it names. */
export interface ForgedPeer {
  readonly digest: Hex;
  readonly record: Uint8Array;
  readonly signingKey: KeyObject;
}

/** What a test changes of a certificate. */
export interface CertificateChanges {
  readonly node?: bigint;
  /** Seconds before and after `AT_MS`. */
  readonly notBefore?: bigint;
  readonly notAfter?: bigint;
  readonly peer?: Hex;
}

/** Makes a certificate for a fresh peer, signed by a node's key. */
export async function forgePeer(
  deployment: Deployment,
  { node, key }: { readonly node: bigint; readonly key: WriteClient },
  changes: CertificateChanges = {},
): Promise<ForgedPeer> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const peerBytes = new Uint8Array(Buffer.concat([Buffer.from("002408011220", "hex"), raw]));
  const certificate = {
    node: changes.node ?? node,
    peer: changes.peer ?? keccak256(peerBytes),
    boxKey: bytesToHex(randomBytes(32)),
    notBefore: BigInt(AT_MS / 1_000) - (changes.notBefore ?? HOUR_SECONDS),
    notAfter: BigInt(AT_MS / 1_000) + (changes.notAfter ?? 20n * HOUR_SECONDS),
  };
  const typed = {
    domain: certificateDomain(deployment.chainId, deployment.nodeRegistry),
    types: CERTIFICATE_TYPES,
    primaryType: "Certificate",
    message: certificate,
  } as const;
  const signature = await signTypedData(key, { account: key.account, ...typed });
  // As a daemon writes it, so that what it writes is what the SDK reads.
  const record = encodeRecord({ certificate, signature, peerBytes });
  return { digest: hashTypedData(typed), record, signingKey: privateKey };
}

export interface FeedForgeOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  readonly feed: LogFeed;
  readonly peer: ForgedPeer;
  readonly base?: LogPlace;
}

/** Signs entries of a feed, one after the other or as a test bends them. */
export class FeedForge {
  readonly entries: ForgedEntry[] = [];
  readonly key = new Uint8Array(randomBytes(32));
  readonly #options: FeedForgeOptions;

  constructor(options: FeedForgeOptions) {
    this.#options = options;
  }

  get feed(): LogFeed {
    return this.#options.feed;
  }
  get base(): LogPlace {
    return this.#options.base ?? START;
  }
  get head(): LogPlace {
    const { sequence, hash, stamp } = this.entries.at(-1) ?? this.base;
    return { sequence, hash, stamp };
  }
  get says(): LogExportFeed {
    return { feed: this.feed, base: this.base, head: this.head };
  }
  get exportKey(): LogExportKey {
    return { feed: this.feed, epoch: 1, key: this.key };
  }

  /** An entry after the last one, not added. */
  make(text: string, changes: Partial<LogEntryHeader> = {}, peer = this.#options.peer): ForgedEntry {
    const { chainId, clusterRegistry } = this.#options.deployment;
    const last = this.head;
    const header: LogEntryHeader = {
      kind: "sealed",
      space: logSpaceDigest({ chainId, clusterRegistry, cluster: this.#options.cluster }),
      feed: this.feed,
      sequence: last.sequence + 1,
      stamp: (BigInt(AT_MS) << 16n) + BigInt(last.sequence + 1),
      previous: last.hash,
      certificate: peer.digest,
      epoch: 1,
      ...changes,
    };
    const head = encodeLogHeader(header);
    const nonce = randomBytes(24);
    const said = new TextEncoder().encode(JSON.stringify(["test.said", "agent:12", { text }]));
    const body = Buffer.concat([nonce, xchacha20poly1305(this.key, nonce, head).encrypt(said)]);
    const unsigned = Buffer.concat([head, body]);
    const signature = sign(null, Buffer.concat([LOG_ENTRY_TAG, unsigned]), peer.signingKey);
    const bytes = new Uint8Array(Buffer.concat([unsigned, signature]));
    const { feed, sequence, stamp } = header;
    return { feed, sequence, stamp, bytes, hash: hashOf(bytes) };
  }

  /** Adds an entry. */
  say(text: string, changes: Partial<LogEntryHeader> = {}, peer = this.#options.peer): ForgedEntry {
    const entry = this.make(text, changes, peer);
    this.entries.push(entry);
    return entry;
  }
}

export function hashOf(bytes: Uint8Array): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What an export consists of; a test bends it before it is written. */
export interface ForgedExport {
  readonly header: LogExportHeader;
  readonly keys?: readonly LogExportKey[];
  readonly certificates: readonly Uint8Array[];
  readonly forks?: readonly (readonly [Uint8Array, Uint8Array])[];
  readonly kept?: readonly Uint8Array[];
  readonly entries: readonly Uint8Array[];
}

/** The lines of an export. */
export function linesOf(forged: ForgedExport): string[] {
  const { header, keys = [], certificates, forks = [], kept = [], entries } = forged;
  const counts = {
    keys: keys.length,
    certificates: certificates.length,
    forks: forks.length,
    kept: kept.length,
    entries: entries.length,
  };
  return [
    encodeLogExportLine({ kind: "header", header }),
    ...keys.map((key) => encodeLogExportLine({ kind: "key", key })),
    ...certificates.map((bytes) => encodeLogExportLine({ kind: "certificate", bytes })),
    ...forks.map((pair) => encodeLogExportLine({ kind: "fork", entries: pair })),
    ...kept.map((bytes) => encodeLogExportLine({ kind: "kept", bytes })),
    ...entries.map((bytes) => encodeLogExportLine({ kind: "entry", bytes })),
    encodeLogExportLine({ kind: "end", counts }),
  ];
}
