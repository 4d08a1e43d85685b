import {
  type Address,
  type Hex,
  hashTypedData,
  hexToBytes,
  isHex,
  keccak256,
  recoverAddress,
  size,
} from "viem";
import { z } from "zod";
import { getNodeOfKey } from "../actions/getNodeOfKey.ts";
import { sdkError } from "../errors/sdkError.ts";
import {
  CERTIFICATE_TYPES,
  CERTIFICATE_VALIDITY_MAX_SECONDS,
  type Certificate,
  certificateDomain,
} from "../types/certificate.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { DecodedLogEntry } from "../types/logEntry.ts";
import { LOG_EXPORT_CERTIFICATES_MAX } from "../types/logExport.ts";
import { logProblem } from "./logProblem.ts";

/** The certificates of an export. Each is checked once, when the first entry that is signed under it is there to be named. */
export interface LogCertificates {
  /** Takes a record as it travels. @throws PleiadError `LOG_EXPORT_MALFORMED` */
  add(record: Uint8Array): void;
  /**
   * The Ed25519 key that an entry must be signed with.
   *
   * @throws PleiadError `LOG_EXPORT_CERTIFICATE_MISSING`, `LOG_EXPORT_CERTIFICATE_FOREIGN`, `LOG_EXPORT_CERTIFICATE_NOT_THEN`,
   * `LOG_EXPORT_CERTIFICATE_TOO_LONG`, `LOG_EXPORT_CERTIFICATE_PEER`, `LOG_EXPORT_CERTIFICATE_UNSIGNED`; the RPC errors
   */
  peerKeyFor(entry: DecodedLogEntry): Promise<Uint8Array>;
  /** How many were added, and how many were needed. */
  counts(): { readonly added: number; readonly used: number };
}

interface Held {
  readonly certificate: Certificate;
  readonly digest: Hex;
  readonly signature: Hex;
  readonly peerBytes: Uint8Array;
  isProven: boolean;
}

/** The identity multihash (0x00, length 0x24) of an Ed25519 key's protobuf, as libp2p writes peer ids. */
const PEER_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const PEER_BYTES = PEER_PREFIX.length + 32;
/** What peers take; a record has about 600. */
const RECORD_BYTES_MAX = 2_048;

export function createLogCertificates(client: ReadClient, deployment: Deployment): LogCertificates {
  const domain = certificateDomain(deployment.chainId, deployment.nodeRegistry);
  const held = new Map<Hex, Held>();
  const nodes = new Map<Address, bigint | undefined>();
  let added = 0;

  /** Once a key's, always a key's: so the newest block is good enough, and each key is asked about once. */
  async function nodeOf(key: Address): Promise<bigint | undefined> {
    if (!nodes.has(key)) nodes.set(key, await getNodeOfKey(client, { deployment, key }));
    return nodes.get(key);
  }

  async function prove(
    entry: DecodedLogEntry,
    { certificate, digest, signature, peerBytes }: Held,
  ): Promise<void> {
    const { notBefore, notAfter, node } = certificate;
    const seconds = notAfter - notBefore;
    if (seconds <= 0n || seconds > CERTIFICATE_VALIDITY_MAX_SECONDS) {
      const reason = `is signed under a certificate of ${seconds} s, at most ${CERTIFICATE_VALIDITY_MAX_SECONDS} are allowed`;
      throw logProblem(entry, "LOG_EXPORT_CERTIFICATE_TOO_LONG", reason, { details: { seconds } });
    }
    const isPeer = PEER_PREFIX.every((byte, index) => peerBytes[index] === byte);
    if (!isPeer || keccak256(peerBytes) !== certificate.peer)
      throw logProblem(entry, "LOG_EXPORT_CERTIFICATE_PEER", "is signed under a certificate of another peer");
    const signer = await signerOf(digest, signature);
    if (signer !== undefined && (await nodeOf(signer)) === node) return;
    throw logProblem(
      entry,
      "LOG_EXPORT_CERTIFICATE_UNSIGNED",
      `is signed under a certificate that no key of node ${node} signed`,
      { details: { signer } },
    );
  }

  return {
    add(bytes) {
      added += 1;
      const record = recordOf(bytes);
      const digest = hashTypedData({
        domain,
        types: CERTIFICATE_TYPES,
        primaryType: "Certificate",
        message: record.certificate,
      });
      if (held.has(digest)) return;
      if (held.size >= LOG_EXPORT_CERTIFICATES_MAX)
        throw malformed(`it has more than ${LOG_EXPORT_CERTIFICATES_MAX} certificates`);
      held.set(digest, { ...record, digest, isProven: false });
    },
    async peerKeyFor(entry) {
      const mine = held.get(entry.certificate);
      if (mine === undefined) {
        throw logProblem(
          entry,
          "LOG_EXPORT_CERTIFICATE_MISSING",
          "is signed under a certificate that the export does not have for these contracts",
          { details: { certificate: entry.certificate } },
        );
      }
      const { certificate, peerBytes } = mine;
      const { node, notBefore, notAfter } = certificate;
      if (node !== entry.feed.node) {
        const reason = `is signed under a certificate of node ${node}`;
        throw logProblem(entry, "LOG_EXPORT_CERTIFICATE_FOREIGN", reason, { details: { certified: node } });
      }
      if (!mine.isProven) await prove(entry, mine);
      mine.isProven = true;
      const seconds = (entry.stamp >> 16n) / 1_000n;
      if (seconds < notBefore || seconds > notAfter) {
        throw logProblem(
          entry,
          "LOG_EXPORT_CERTIFICATE_NOT_THEN",
          "is dated outside the time of its certificate",
          { details: { seconds, notBefore, notAfter } },
        );
      }
      return peerBytes.subarray(PEER_PREFIX.length);
    },
    counts: () => ({ added, used: [...held.values()].filter(({ isProven }) => isProven).length }),
  };
}

async function signerOf(hash: Hex, signature: Hex): Promise<Address | undefined> {
  try {
    return await recoverAddress({ hash, signature });
  } catch {
    // A signature with no point on the curve is nobody's.
    return undefined;
  }
}

const decimal = (bits: bigint) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,77})$/)
    .transform(BigInt)
    .refine((value) => value < 2n ** bits);
const hexOf = (bytes: number) => z.custom<Hex>((value) => isHex(value) && size(value) === bytes);

const recordSchema = z.strictObject({
  v: z.literal(1),
  node: decimal(256n),
  peer: hexOf(32),
  boxKey: hexOf(32),
  notBefore: decimal(64n),
  notAfter: decimal(64n),
  signature: hexOf(65),
  peerBytes: hexOf(PEER_BYTES),
});

function recordOf(bytes: Uint8Array): Pick<Held, "certificate" | "signature" | "peerBytes"> {
  if (bytes.length > RECORD_BYTES_MAX) throw malformed(`a certificate has ${bytes.length} bytes`);
  let parsed: z.output<typeof recordSchema>;
  try {
    parsed = recordSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw malformed("a certificate is none", cause);
  }
  const { node, peer, boxKey, notBefore, notAfter, signature, peerBytes } = parsed;
  const certificate = { node, peer, boxKey, notBefore, notAfter };
  return { certificate, signature, peerBytes: hexToBytes(peerBytes) };
}

function malformed(reason: string, cause?: unknown) {
  return sdkError("LOG_EXPORT_MALFORMED", `the export is malformed: ${reason}`, { cause });
}
