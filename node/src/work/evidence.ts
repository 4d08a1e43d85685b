import { encodeEvidence } from "@pleiad/sdk/actions/encodeEvidence";
import { PleiadError } from "@pleiad/sdk/errors";
import { EVIDENCE_FORMAT } from "@pleiad/sdk/types/evidence";
import type { Logger } from "pino";
import { type Address, type Hex, keccak256 } from "viem";
import type { JobKey } from "../chain/journal.ts";
import { traceIdOf } from "../chain/traceId.ts";
import type { AnswerEvidence, Blobs } from "./ports.ts";

/** Whose answer it is. */
export interface EvidenceOf {
  readonly key: JobKey;
  readonly node: bigint;
  readonly chainId: number;
  readonly contract: Address;
  readonly output: Uint8Array;
}

/**
 * Writes down how an answer came, and puts it where peers and people find it.
 *
 * @returns its digest; undefined where there is nothing to say, or no room for it: the answer does not wait for that
 */
export async function storedEvidence(
  facts: AnswerEvidence | undefined,
  { key, node, chainId, contract, output }: EvidenceOf,
  { blobs, logger }: { readonly blobs: Pick<Blobs, "put">; readonly logger: Logger },
): Promise<Hex | undefined> {
  if (facts === undefined) return undefined;
  const { durationMs, ...rest } = facts;
  try {
    return await blobs.put(
      encodeEvidence({
        format: EVIDENCE_FORMAT,
        chainId,
        ...key,
        node,
        outputDigest: keccak256(output),
        traceId: traceIdOf(chainId, contract, key.execution),
        durationMs: Math.round(durationMs),
        ...rest,
      }),
    );
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    logger.warn({ ...key, code: error.code, reason: error.message }, "an answer goes without its evidence");
    return undefined;
  }
}
