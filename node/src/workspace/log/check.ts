import { EntryError } from "../errors.ts";
import { CLOCK_AHEAD_MAX_MS } from "../limits.ts";
import { type Entry, feedName, isSignedBy } from "./entry.ts";
import type { FeedHead } from "./entryStore.ts";
import type { CertificateProof, CertificateSource } from "./ports.ts";
import { wallMsOf } from "./stamp.ts";

/** Against what an entry is checked. */
export interface CheckModules {
  readonly space: Uint8Array;
  /** Whether a feed counts up to this entry: its node is a member, or was one when it wrote it. */
  readonly isAdmitted: (entry: Entry) => boolean;
  readonly certificates: Pick<CertificateSource, "find">;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** @throws EntryError ENTRY_OTHER_LOG (reject), AUTHOR_NOT_ADMITTED (wait), ENTRY_FROM_FUTURE (wait) */
export function requireAdmitted(entry: Entry, { space, isAdmitted, now }: CheckModules): void {
  if (Buffer.compare(entry.space, space) !== 0)
    throw refused(entry, "ENTRY_OTHER_LOG", "reject", "belongs to another log");
  if (!isAdmitted(entry)) {
    throw refused(entry, "AUTHOR_NOT_ADMITTED", "wait", "is by a node that is no member", {
      hint: "the chain, as seen here, does not let that node speak in the cluster; it may have left, or joined a moment ago",
    });
  }
  const aheadMs = wallMsOf(entry.stamp) - now();
  if (aheadMs > CLOCK_AHEAD_MAX_MS) {
    throw refused(entry, "ENTRY_FROM_FUTURE", "wait", `is dated ${Math.round(aheadMs / 1_000)} s ahead`, {
      hint: "compare the clocks of both machines",
      details: { aheadMs },
    });
  }
}

/**
 * Whether an entry is the next of its feed.
 *
 * @throws EntryError ENTRY_GAP (wait): earlier ones are missing here; ENTRY_UNLINKED (wait): it follows another entry than
 * the one that is here, so its node has said two things; ENTRY_BACKWARDS (reject)
 */
export function requireNext(entry: Entry, head: FeedHead): void {
  if (entry.sequence > head.sequence + 1)
    throw refused(entry, "ENTRY_GAP", "wait", `comes after ${head.sequence}, what is between is not here`);
  if (entry.previous !== head.hash)
    throw refused(entry, "ENTRY_UNLINKED", "wait", "follows another entry than the one that is here");
  if (entry.stamp <= head.stamp)
    throw refused(entry, "ENTRY_BACKWARDS", "reject", "is dated before the one it follows");
}

/** Checks of signatures that are under way, so that what was begun early is not done again. */
const underWay = new WeakMap<Entry, Promise<boolean>>();

/** Begins to check a signature that will be asked for; the checks of a batch run side by side. */
export function checkEarly(entry: Entry, proof: CertificateProof): void {
  void signatureOf(entry, proof);
}

function signatureOf(entry: Entry, { peerKey }: CertificateProof): Promise<boolean> {
  const begun = underWay.get(entry) ?? isSignedBy(entry, peerKey);
  underWay.set(entry, begun);
  return begun;
}

/**
 * Whether the certified peer of the entry's node signed it, at a time when the certificate held.
 *
 * @param from libp2p id of the peer that handed it on, which can be asked for the certificate
 * @throws EntryError CERTIFICATE_MISSING (wait), CERTIFICATE_FOREIGN, CERTIFICATE_NOT_THEN, ENTRY_SIGNATURE_INVALID (reject)
 */
export async function requireSigned(
  entry: Entry,
  from: string | undefined,
  { certificates }: CheckModules,
): Promise<CertificateProof> {
  const proof = await certificates.find(entry.certificate, from);
  if (proof === undefined) {
    throw refused(entry, "CERTIFICATE_MISSING", "wait", "is signed under a certificate that nobody here has");
  }
  if (proof.node !== entry.feed.node) {
    throw refused(
      entry,
      "CERTIFICATE_FOREIGN",
      "reject",
      `is signed under a certificate of node ${proof.node}`,
    );
  }
  const seconds = BigInt(Math.floor(wallMsOf(entry.stamp) / 1_000));
  if (seconds < proof.notBefore || seconds > proof.notAfter) {
    throw refused(entry, "CERTIFICATE_NOT_THEN", "reject", "is dated outside the time of its certificate", {
      details: { seconds, notBefore: proof.notBefore, notAfter: proof.notAfter },
    });
  }
  if (!(await signatureOf(entry, proof)))
    throw refused(entry, "ENTRY_SIGNATURE_INVALID", "reject", "is not signed by the certified peer");
  return proof;
}

/** Says of an entry why it is not taken. */
export function refused(
  entry: Entry,
  code: string,
  reaction: "wait" | "ignore" | "reject",
  reason: string,
  options: { readonly hint?: string; readonly details?: Readonly<Record<string, unknown>> } = {},
): EntryError {
  const { feed, sequence } = entry;
  return new EntryError(code, `entry ${sequence} of feed ${feedName(feed)} ${reason}`, {
    reaction,
    ...(options.hint === undefined ? {} : { hint: options.hint }),
    details: { node: feed.node, generation: feed.generation, sequence, ...options.details },
  });
}
