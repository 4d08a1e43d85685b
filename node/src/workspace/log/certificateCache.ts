import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { CERTIFICATES_SOUGHT_MAX, CERTIFICATES_SOUGHT_MS, PARCEL_CERTIFICATES_MAX } from "../limits.ts";
import type { EntryStore } from "./entryStore.ts";
import type { CertificateProof, CertificateSource } from "./ports.ts";

/** Certificates of a log's entries: in memory, beside the entries on the disk, or from the network. */
export interface CertificateCache {
  /** One that is in memory. */
  recent(digest: Hex): CertificateProof | undefined;
  /**
   * Finds what a parcel is signed under: among the records that came with it, on the disk, or at the peer that handed it in. Takes
   * at most `CERTIFICATES_SOUGHT_MS`; what is not found by then is missing.
   *
   * @param named digests under which entries that may count are signed
   */
  gather(
    records: readonly Uint8Array[],
    named: ReadonlySet<Hex>,
    from: string | undefined,
  ): Promise<FoundCertificates>;
}

export interface FoundCertificates {
  readonly proofs: ReadonlyMap<Hex, CertificateProof>;
  /** Of records that prove nothing. */
  readonly errors: readonly PleiadError[];
}

/** Proofs in memory, about 1 KiB each: each member's certificate is new once or twice a day. */
const PROOFS_MAX = 1_024;

export function createCertificateCache(modules: {
  readonly store: Pick<EntryStore, "certificate">;
  readonly certificates: Pick<CertificateSource, "check" | "find">;
}): CertificateCache {
  const { store, certificates } = modules;
  const proofs = new Map<Hex, CertificateProof>();

  function keep(proof: CertificateProof): void {
    proofs.set(proof.digest, proof);
    const [oldest] = proofs.keys();
    if (proofs.size > PROOFS_MAX && oldest !== undefined) proofs.delete(oldest);
  }

  return {
    recent: (digest) => proofs.get(digest),
    async gather(records, named, from) {
      // Kept apart from the cache: what others bring meanwhile pushes nothing out of it.
      const found = new Map<Hex, CertificateProof>();
      const errors: PleiadError[] = [];

      async function prove(find: () => Promise<CertificateProof | undefined>): Promise<void> {
        try {
          const proof = await find();
          if (proof === undefined) return;
          keep(proof);
          found.set(proof.digest, proof);
        } catch (error) {
          if (!(error instanceof PleiadError)) throw error;
          errors.push(error);
        }
      }

      async function look(): Promise<void> {
        await Promise.all(records.map((record) => prove(() => certificates.check(record))));
        const missing = [...named].filter((digest) => !found.has(digest)).slice(0, PARCEL_CERTIFICATES_MAX);
        let sought = 0;
        await Promise.all(
          missing.map(async (digest) => {
            const record = await store.certificate(digest);
            if (record !== undefined) return prove(() => certificates.check(record));
            if (++sought <= CERTIFICATES_SOUGHT_MAX) await prove(() => certificates.find(digest, from));
          }),
        );
      }

      for (const digest of named) {
        const known = proofs.get(digest);
        if (known !== undefined) found.set(digest, known);
      }
      if (records.length > 0 || found.size < named.size) await within(CERTIFICATES_SOUGHT_MS, look());
      return { proofs: new Map(found), errors: [...errors] };
    },
  };
}

/** Waits for work, or so long for it. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
