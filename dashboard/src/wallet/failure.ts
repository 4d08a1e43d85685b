import { PleiadError } from "@pleiad/sdk/errors";
import { chainError } from "@pleiad/sdk/errors/chainError";
import { ApiFailure } from "../api/client.ts";
import { SAID_NO } from "./client.ts";

/** Why something could not be signed or sent, and what to do. */
export interface WalletFailure {
  readonly title: string;
  readonly text: string;
  readonly hint: string | undefined;
  /** For `pleiad explain`; undefined where there is none. */
  readonly code: string | undefined;
  /** The person said no: nothing is wrong. */
  readonly isRefusal: boolean;
}

/** Deeper chains of causes are circles. */
const CAUSES_MAX = 16;

export function walletFailure(given: unknown): WalletFailure {
  const daemon = causeOf(given, (cause) => cause instanceof ApiFailure) as ApiFailure | undefined;
  if (daemon !== undefined) {
    return {
      title: daemon.kind === "gone" ? "The daemon does not answer" : "The daemon refused",
      text: daemon.message,
      hint: daemon.hint,
      code: daemon.kind === "gone" ? undefined : daemon.code,
      isRefusal: false,
    };
  }
  if (causeOf(given, (cause) => (cause as { code?: unknown }).code === SAID_NO) !== undefined) {
    return {
      title: "You said no in the wallet",
      text: "Nothing was sent, and all is as it was.",
      hint: undefined,
      code: undefined,
      isRefusal: true,
    };
  }
  const error = chainError(given);
  if (error instanceof PleiadError) {
    const { message, hint, code } = error;
    return { title: "That cannot be done now", text: message, hint, code, isRefusal: false };
  }
  const text =
    error instanceof Error ? ((error as { shortMessage?: string }).shortMessage ?? error.message) : "";
  return { title: "That did not work", text, hint: undefined, code: undefined, isRefusal: false };
}

function causeOf(error: unknown, is: (cause: Error) => boolean): Error | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < CAUSES_MAX; depth++) {
    if (is(current)) return current;
    current = current.cause;
  }
  return undefined;
}
