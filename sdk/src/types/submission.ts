import type { Completion } from "./completion.ts";
import type { Content } from "./content.ts";
import type { Deployment } from "./deployment.ts";
import type { AcceptedCompletion, ClusterResponse, SkippedCompletion } from "./execution.ts";
import type { Sent, WriteOptions } from "./sent.ts";

/** An output's bytes. */
interface OutputInline {
  /** 1 to 8,192 bytes, whose keccak-256 is the completion's `outputDigest`. */
  readonly output: Content;
  readonly outputURI?: undefined;
}

/** An output of one who answers for itself: its bytes, or where they may be had, if the requester allowed that. */
export type OutputGiven =
  | OutputInline
  | {
      readonly output?: undefined;
      /** Begins with `pleiad:` or `https:`; at most 256 bytes. */
      readonly outputURI: string;
    };

/** An output that anybody may bring: its bytes, or word that peers have them, if the requester allowed that. */
export type OutputRelayed =
  | OutputInline
  | {
      readonly output?: undefined;
      /** No signature covers it: so it says no more than the signed digest does. */
      readonly outputURI: "pleiad:";
    };

/** A completion that its submitter answers for itself. */
export type SubmitCompletionParameters = WriteOptions &
  OutputGiven & {
    readonly deployment: Deployment;
    /** Its `tip` is 0: a direct call has none. */
    readonly completion: Completion;
  };

/** What came of submitted completions. */
export interface SubmitResult extends Sent {
  readonly accepted: readonly AcceptedCompletion[];
  readonly skipped: readonly SkippedCompletion[];
  /** Responses of the executions that ended with these completions. */
  readonly responses: readonly ClusterResponse[];
}
