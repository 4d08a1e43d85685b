import { PleiadError } from "@pleiad/sdk/errors";

/** Codes of the work layer's own failures. */
export type WorkErrorCode =
  | "OUTPUT_TOO_LARGE_FOR_CHAIN"
  | "OUTPUT_MISSING"
  | "QUORUM_WITHOUT_PEERS"
  | "TASK_TOO_LATE"
  | "MODEL_QUEUE_FULL"
  | "NODE_DRAINING"
  | "JOB_STOPPED"
  | "JOB_TASK_GONE"
  | "EXECUTION_NOT_SETTLED";

/** A failure of a job. */
export class WorkError extends PleiadError {
  constructor(
    code: WorkErrorCode,
    message: string,
    options: { hint: string; retryable?: boolean; details?: Record<string, unknown>; cause?: unknown },
  ) {
    super(message, { code, ...options });
  }
}
