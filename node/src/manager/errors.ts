import { PleiadError, type PleiadErrorOptions } from "@pleiad/sdk/errors";

/** An expected failure of the manager. Retryable only where it says so. */
export function managerError(
  code: string,
  message: string,
  options: Omit<PleiadErrorOptions, "code"> & { readonly hint: string },
): PleiadError {
  return new PleiadError(message, { code, ...options });
}

/** What a plan keeps of an error: what a person needs to know what to do. */
export function problemOf(error: PleiadError): { readonly code: string; readonly message: string } {
  return {
    code: error.code,
    message: error.hint === undefined ? error.message : `${error.message}. ${error.hint}`,
  };
}
