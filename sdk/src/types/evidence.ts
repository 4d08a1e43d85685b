import type { Hex } from "viem";

/** What a document of evidence begins with; another number is another shape. */
export const EVIDENCE_FORMAT = "pleiad-evidence-1";

/** A document of evidence is a few lines; a longer one is none. Bytes. */
export const EVIDENCE_BYTES_MAX = 8_192;
/** A model's name. Characters. */
export const EVIDENCE_MODEL_CHARACTERS_MAX = 256;

/**
 * What the node that signed a completion says of how its answer came. Its digest (`evidenceDigest`) is the completion's, on chain;
 * its bytes (`encodeEvidence`) are a blob at that node, and at the peers that asked for it. It is the node's own word, bound by its signature: nobody can check that
 * a provider said so. Nodes that agree on an answer each have evidence of their own; it is no part of what must agree.
 */
export interface Evidence {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly chainId: number;
  /** What the completion is about. */
  readonly execution: bigint;
  readonly task: number;
  readonly node: bigint;
  /** keccak256 of the output. */
  readonly outputDigest: Hex;
  /** Trace of the execution, 32 hex digits: the same at every operator. */
  readonly traceId: string;
  /** From the question to the answer, in milliseconds. */
  readonly durationMs: number;
  /** The model's name as its provider reports it. @default the provider says none */
  readonly model?: string;
  /** What the provider counted. @default it counts nothing */
  readonly usage?: EvidenceUsage;
  /** What it cost. @default nobody says */
  readonly cost?: EvidenceCost;
  /** Where the answer is work on a project. @default it is none */
  readonly work?: EvidenceWork;
}

/** Tokens, as the provider counts them. */
export interface EvidenceUsage {
  /** All that was read, also what came from the provider's cache. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cachedTokens?: number;
}

/** What an answer cost, by its provider's own word or by the node's prices. */
export interface EvidenceCost {
  /** Three capital letters, as USD. */
  readonly currency: string;
  /** In millionths of the currency. */
  readonly micros: number;
  /** `provider`: it said so itself; `prices`: computed from what it counted and the prices that stand here. */
  readonly from: "provider" | "prices";
  /** For a million tokens, in millionths of the currency. @default the provider said what it cost */
  readonly prices?: {
    readonly inputMicrosPerMillion: number;
    readonly outputMicrosPerMillion: number;
    readonly cachedMicrosPerMillion: number;
  };
}

/** Work on a project. */
export interface EvidenceWork {
  /** Commit that it began with. */
  readonly base: string;
  /** keccak256 of the diff, byte for byte as it stands in the output (`decodeProjectAnswer`). */
  readonly diffDigest: Hex;
  /** SHA-256 over all changes: names, modes and the ids of both contents, as `git diff-tree --raw -z` lists them. */
  readonly changesDigest: string;
  readonly files: number;
}
