import { PleiadError } from "./base.ts";
import type { CatalogEntry } from "./catalogEntry.ts";
import { SDK_ERRORS, type SdkErrorCode } from "./tables/sdk.ts";

/** What goes with an error beside its code and message. */
export interface SdkErrorOptions {
  /** The offending values, by name. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** In place of the catalog's, where the error knows better what to do. */
  readonly hint?: string;
}

/** An error that the SDK finds itself; hint and retryability come from the catalog. */
export function sdkError(code: SdkErrorCode, message: string, options: SdkErrorOptions = {}): PleiadError {
  const entry: CatalogEntry = SDK_ERRORS[code];
  return new PleiadError(message, { code, hint: entry.whatToDo, retryable: entry.retryable, ...options });
}
