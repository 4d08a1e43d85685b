import { PleiadError } from "@pleiad/sdk/errors";
import { CLI_ERRORS, type CliErrorCode } from "./errorTables/cli.ts";

/** What goes with an error beside its code and message. */
export interface CliErrorOptions {
  /** What the reader can do about this very case. @default what the table says */
  readonly hint?: string;
  /** The offending values, by name. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Whether this very case may be over by itself. @default what the table says */
  readonly retryable?: boolean;
}

/** A failure that the command line finds itself; what the table says of its code goes with it. */
export function cliError(code: CliErrorCode, message: string, options: CliErrorOptions = {}): PleiadError {
  const { whatToDo, retryable } = CLI_ERRORS[code];
  return new PleiadError(message, { code, hint: whatToDo, retryable, ...options });
}
