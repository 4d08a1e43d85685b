import { decodeEvidence } from "@pleiad/sdk/actions/decodeEvidence";
import { evidenceDigest } from "@pleiad/sdk/actions/evidenceDigest";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Evidence, EvidenceCost } from "@pleiad/sdk/types/evidence";
import type { Hex } from "viem";
import { decimalOf } from "../../agents/money/amounts.ts";
import { printableLine } from "../printable.ts";
import { counted, durationText, grouped, listed, shortHex } from "../words.ts";

/** Whose evidence it is. */
export interface EvidenceClaim {
  readonly chainId: number;
  readonly execution: bigint;
  readonly task: number;
  readonly node: bigint;
  readonly outputDigest: Hex;
  readonly evidenceDigest: Hex;
}

/** What evidence came to: the document, or why it is none. */
export type EvidenceFound =
  | { readonly kind: "there"; readonly evidence: Evidence }
  | { readonly kind: "away" }
  | { readonly kind: "wrong"; readonly why: string };

/** Holds a document against the completion that was signed with its digest. */
export function evidenceFound(claim: EvidenceClaim, bytes: Uint8Array | undefined): EvidenceFound {
  if (bytes === undefined) return { kind: "away" };
  const digest = evidenceDigest(bytes);
  if (digest !== claim.evidenceDigest.toLowerCase())
    return { kind: "wrong", why: `it hashes to ${digest}, not to ${claim.evidenceDigest}` };
  let evidence: Evidence;
  try {
    evidence = decodeEvidence(bytes);
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return { kind: "wrong", why: error.message };
  }
  const others = (["chainId", "execution", "task", "node", "outputDigest"] as const).filter(
    (key) => String(evidence[key]).toLowerCase() !== String(claim[key]).toLowerCase(),
  );
  if (others.length === 0) return { kind: "there", evidence };
  return { kind: "wrong", why: `it is about another ${listed([...others])}` };
}

/** A document in a sentence's part. */
export function wordsOf({ model, usage, cost, durationMs, work }: Evidence): string {
  const { inputTokens, outputTokens } = usage ?? {};
  const tokens = [
    ...(inputTokens === undefined ? [] : [`${grouped(inputTokens)} tokens read`]),
    ...(outputTokens === undefined ? [] : [`${grouped(outputTokens)} written`]),
  ];
  return listed([
    model === undefined ? "a model that was not named answered" : `${printableLine(model)} answered`,
    durationMs < 1_000 ? `in ${durationMs} ms` : `in ${durationText(Math.round(durationMs / 1_000))}`,
    ...tokens,
    ...(cost === undefined ? [] : [costWords(cost)]),
    ...(work === undefined
      ? []
      : [
          `its diff of ${counted(work.files, "file")} against ${shortHex(`0x${work.base}`)} has the digest ${work.diffDigest}`,
        ]),
  ]);
}

/** Who says so is part of it. */
function costWords({ currency, micros, from }: EvidenceCost): string {
  const by = from === "provider" ? "its provider says" : "by the node's prices";
  return `for ${decimalOf(BigInt(micros))} ${printableLine(currency)} (${by})`;
}
