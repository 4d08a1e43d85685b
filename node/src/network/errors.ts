import { PleiadError, type PleiadErrorOptions } from "@pleiad/sdk/errors";
import type { Misdeed } from "./reputation.ts";

/** An expected failure of the network that is not about what a peer sent. */
export function networkError(
  code: string,
  message: string,
  options: Omit<PleiadErrorOptions, "code"> = {},
): PleiadError {
  return new PleiadError(message, { code, ...options });
}

/**
 * What this node does about something that came from a peer: `ignore` what may be honest (late, duplicate, over
 * budget, about something this node cannot know yet), `reject` what only a broken or hostile peer sends.
 */
export type Reaction = "ignore" | "reject";

/** Something that came from a peer and is not taken. Carries the reaction and what it costs the sender. */
export class PeerInputError extends PleiadError {
  readonly reaction: Reaction;
  readonly misdeed: Misdeed | undefined;

  constructor(
    code: string,
    message: string,
    options: Omit<PleiadErrorOptions, "code"> & { readonly reaction: Reaction; readonly misdeed?: Misdeed },
  ) {
    super(message, { code, ...options });
    this.reaction = options.reaction;
    this.misdeed = options.misdeed;
  }
}

/** `reject`: the bytes are not what the protocol says. */
export function malformed(what: string, reason: string, cause?: unknown): PeerInputError {
  return new PeerInputError("MESSAGE_MALFORMED", `${what} is malformed: ${reason}`, {
    reaction: "reject",
    misdeed: "malformed",
    hint: "the sender runs a broken or foreign version; nothing to do here",
    cause,
  });
}

/** `reject`: more bytes than the protocol allows. */
export function oversized(what: string, bytes: number, bytesMax: number): PeerInputError {
  return new PeerInputError(
    "MESSAGE_OVERSIZED",
    `${what} has ${bytes} bytes, at most ${bytesMax} are allowed`,
    {
      reaction: "reject",
      misdeed: "oversized",
      details: { bytes, bytesMax },
    },
  );
}

/** Whatever libp2p throws while bytes travel is the weather of networks: expected, and worth another try. */
export function peerIoError(peer: string, doing: string, cause: unknown): PleiadError {
  if (cause instanceof PleiadError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return networkError("PEER_IO_FAILED", `${doing} with peer ${peer} failed: ${reason}`, {
    retryable: true,
    hint: "the peer is gone, slow, or refuses; the daemon tries others and redials by itself",
    details: { peer },
    cause,
  });
}

/** The one-line reason for logs. */
export function reasonOf(error: unknown): { readonly code: string; readonly reason: string } {
  if (error instanceof PleiadError) return { code: error.code, reason: error.message };
  return { code: "UNEXPECTED", reason: error instanceof Error ? error.message : String(error) };
}

/**
 * Ends the process with a bug. libp2p catches what its listeners and handlers throw; a bug must not end there.
 * A `PleiadError` is no bug: then this does nothing.
 */
export function surfaceBug(error: unknown): void {
  if (error instanceof PleiadError) return;
  queueMicrotask(() => {
    throw error;
  });
}
