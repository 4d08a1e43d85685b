import type { Connection, StreamHandler } from "@libp2p/interface";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { type AnswererModules, createAnswerer } from "./answerer.ts";
import { type CertificateRecord, decodeRecord, encodeRecord } from "./certificate.ts";
import type { CertificateBook } from "./certificateBook.ts";
import { malformed, PeerInputError } from "./errors.ts";
import { CERTIFICATE_ASK_TIMEOUT_MS, CERTIFICATE_RECORD_BYTES_MAX } from "./limits.ts";
import type { OwnCertificate } from "./ownCertificate.ts";
import { askWhole } from "./streams.ts";

/**
 * The certificate exchange, the only protocol that answers everybody.
 *
 * Question: nothing, for the certificate of the peer that is asked; or 32 bytes, the digest of any certificate it may
 * know (answered to certified peers only). Answer: the record as JSON, or nothing when there is none.
 */
export const CERTIFICATE_PROTOCOL = "/pleiad/certificate/1";
const DIGEST_BYTES = 32;
const NOTHING = new Uint8Array(0);

export function certificateHandler(
  modules: AnswererModules & {
    readonly own: OwnCertificate;
    readonly book: CertificateBook;
    /** The record of one that need not hold any more: logs name it. */
    readonly pastRecord: (digest: Hex) => Uint8Array | undefined;
    readonly isCertified: (peer: string) => boolean;
  },
): StreamHandler {
  const { own, book } = modules;
  return createAnswerer(
    {
      what: "the question for a certificate",
      questionBytesMax: DIGEST_BYTES,
      timeoutMs: CERTIFICATE_ASK_TIMEOUT_MS,
      budget: (budgets) => budgets.certificateAsks,
      async answer(question, peer) {
        if (question.length === 0) return encodeRecord(own.current());
        if (question.length !== DIGEST_BYTES)
          throw malformed("the question for a certificate", "it is no digest");
        if (!modules.isCertified(peer)) return NOTHING;
        const digest = bytesToHex(question);
        const record = own.byDigest(digest) ?? (await book.current(digest))?.record;
        if (record !== undefined) return encodeRecord(record);
        return modules.pastRecord(digest) ?? NOTHING;
      },
    },
    modules,
  );
}

/**
 * Asks a peer for its own certificate, or for the one with `digest`.
 *
 * @throws PleiadError CERTIFICATE_UNAVAILABLE (retryable), MESSAGE_MALFORMED, MESSAGE_OVERSIZED, PEER_IO_FAILED
 * (retryable)
 */
export async function askCertificate(
  connection: Connection,
  digest: Hex | undefined,
  signal: AbortSignal,
): Promise<CertificateRecord> {
  const question = digest === undefined ? NOTHING : hexToBytes(digest);
  const answer = await askWhole(connection, CERTIFICATE_PROTOCOL, question, {
    what: "the certificate",
    bytesMax: CERTIFICATE_RECORD_BYTES_MAX,
    signal,
  });
  if (answer.length > 0) return decodeRecord(answer);
  throw new PeerInputError("CERTIFICATE_UNAVAILABLE", "the peer does not hand out the certificate", {
    reaction: "ignore",
    misdeed: "certificateWithheld",
    retryable: true,
    details: { peer: connection.remotePeer.toString(), digest },
  });
}
