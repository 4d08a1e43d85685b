import type { Hex } from "viem";
import { decodeEntry, type EntryKind, signEntry } from "../../../../node/src/workspace/log/entry.ts";
import { spaceOf } from "../../../../node/src/workspace/log/space.ts";
import { type Member, SPACE } from "./support.ts";

/** Signs an entry after those given, as a node with that identity could. */
export function forge(
  member: Member,
  after: Uint8Array,
  changes: {
    readonly stampMs?: number;
    readonly sequence?: number;
    readonly space?: Uint8Array;
    readonly body?: string | Uint8Array;
    readonly kind?: EntryKind;
    readonly epoch?: number;
    readonly certificate?: Hex;
  } = {},
): Uint8Array {
  const last = decodeEntry(after);
  const header = {
    kind: changes.kind ?? ("sealed" as const),
    space: changes.space ?? spaceOf(SPACE),
    feed: last.feed,
    sequence: changes.sequence ?? last.sequence + 1,
    stamp: changes.stampMs === undefined ? last.stamp + 1n : BigInt(changes.stampMs) << 16n,
    previous: changes.sequence === last.sequence ? last.previous : last.hash,
    certificate: changes.certificate ?? member.identity.proof.digest,
    epoch: changes.epoch ?? 1,
  };
  return signEntry(
    header,
    Buffer.from(changes.body ?? "noise that no key opens, of some length"),
    member.identity.signingKey,
  ).bytes;
}
