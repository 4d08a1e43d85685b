import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import type { EntryStore } from "./entryStore.ts";
import type { CertificateProof, CertificateSource } from "./ports.ts";

/** Certificates of a log's entries: in memory, beside the entries on the disk, or from the network. */
export interface CertificateCache extends Pick<CertificateSource, "find"> {
  /** One that is in memory. */
  recent(digest: Hex): CertificateProof | undefined;
  /** Takes a record that came with entries; one that proves nothing is left out. @returns why it was, if so */
  admit(record: Uint8Array): Promise<PleiadError | undefined>;
}

/** Proofs in memory, about 1 KiB each: each member's certificate is new once or twice a day. */
const PROOFS_MAX = 1_024;

export function createCertificateCache(modules: {
  readonly store: Pick<EntryStore, "certificate">;
  readonly certificates: Pick<CertificateSource, "check" | "find">;
}): CertificateCache {
  const { store, certificates } = modules;
  const proofs = new Map<Hex, CertificateProof>();

  function keep(proof: CertificateProof): CertificateProof {
    proofs.set(proof.digest, proof);
    const [oldest] = proofs.keys();
    if (proofs.size > PROOFS_MAX && oldest !== undefined) proofs.delete(oldest);
    return proof;
  }

  return {
    async admit(record) {
      try {
        keep(await certificates.check(record));
        return undefined;
      } catch (error) {
        if (error instanceof PleiadError) return error;
        throw error;
      }
    },
    recent: (digest) => proofs.get(digest),
    async find(digest, from) {
      const known = proofs.get(digest);
      if (known !== undefined) return known;
      const record = await store.certificate(digest);
      const proof =
        record === undefined ? await certificates.find(digest, from) : await certificates.check(record);
      return proof === undefined ? undefined : keep(proof);
    },
  };
}
