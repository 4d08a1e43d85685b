import { PleiadError, type PleiadErrorOptions } from "@pleiad/sdk/errors";

/** An expected failure of the workspace. Retryable only where it says so. */
export function workspaceError(
  code: string,
  message: string,
  options: Omit<PleiadErrorOptions, "code"> = {},
): PleiadError {
  return new PleiadError(message, { code, ...options });
}

/**
 * What this node does about an entry that it does not take: `wait` when it may be right and something is missing here (an
 * earlier entry, a certificate, a block), `ignore` when it is late or long known, `reject` what only a broken or hostile
 * peer hands on.
 */
export type EntryReaction = "wait" | "ignore" | "reject";

/** An entry of a cluster log that is not taken, with what follows from that for whoever handed it on. */
export class EntryError extends PleiadError {
  readonly reaction: EntryReaction;

  constructor(
    code: string,
    message: string,
    options: Omit<PleiadErrorOptions, "code" | "retryable"> & { readonly reaction: EntryReaction },
  ) {
    super(message, { code, retryable: options.reaction === "wait", ...options });
    this.reaction = options.reaction;
  }
}
