/**
 * The one base class of every expected failure in Pleiad.
 *
 * A failure that is not a `PleiadError` is a bug: it is not caught, and it stops the process.
 */

/** What a `PleiadError` carries beside its message. */
export interface PleiadErrorOptions {
  /** Stable name of the failure, `UPPER_SNAKE_CASE`; `pleiad explain CODE` prints its cause and its mend. */
  readonly code: string;
  /** May the same call succeed later without anybody changing anything? @default false */
  readonly retryable?: boolean;
  /** What the reader can do about it, as one sentence. */
  readonly hint?: string;
  /** The offending values, by name. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What caused it. */
  readonly cause?: unknown;
}

/**
 * Base of all expected failures: a stable `code`, a message with the offending value, what to do, and whether
 * trying again can help.
 *
 * @example
 * throw new PleiadError("model 7 does not exist", { code: "MODEL_UNKNOWN", details: { model: 7n } });
 */
export class PleiadError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: PleiadErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** The first error of the cause chain, this one included, for which `matches` answers true. */
  walk(matches: (error: unknown) => boolean): unknown {
    let current: unknown = this;
    while (current !== undefined && current !== null) {
      if (matches(current)) return current;
      current = current instanceof Error ? current.cause : undefined;
    }
    return undefined;
  }
}

/** Whether `error` is an expected failure that may go away by itself. */
export function isRetryable(error: unknown): boolean {
  return error instanceof PleiadError && error.retryable;
}
