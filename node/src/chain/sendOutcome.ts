import { PleiadError } from "@pleiad/sdk/errors";

/**
 * What came of handing signed bytes to an endpoint.
 *
 * | outcome | meaning |
 * |---|---|
 * | `taken` | the endpoint has them, now or from before |
 * | `unknown` | nobody knows: they may have landed |
 * | `waiting` | not taken, and the same bytes may be taken later |
 * | `nonceUsed` | a transaction with this nonce is mined: ours or somebody else's |
 * | `funds` | the account cannot pay |
 * | `fees` | the fees are too low for the chain |
 * | `outbid` | the fees are too low to replace another transaction with this nonce |
 * | `refused` | the endpoint will never take these bytes |
 */
export type SendOutcome =
  | "taken"
  | "unknown"
  | "waiting"
  | "nonceUsed"
  | "funds"
  | "fees"
  | "outbid"
  | "refused";

/** Words of geth, reth, Erigon, Nethermind, Besu, Hardhat and anvil; there are no codes for these. */
const WORDS: readonly (readonly [RegExp, SendOutcome])[] = [
  [
    /already known|already imported|alreadyknown|known transaction|already exists|already in (the )?(mem)?pool/i,
    "taken",
  ],
  [
    /nonce.{0,12}too low|oldnonce|invalid nonce|nonce has already been used|lower than the current nonce/i,
    "nonceUsed",
  ],
  [/insufficient (funds|balance)|insufficientfunds|upfront cost|not enough funds|enough funds/i, "funds"],
  [/replacement|already pending with/i, "outbid"],
  [/underpriced|fee.{0,20}(too low|less than)|feetoolow|gas price (too low|below)|max fee per gas/i, "fees"],
  [
    /pool is full|txpool|pool limit|too many pending|future transaction|nonce.{0,12}too high|try again/i,
    "waiting",
  ],
];

/** What a failure of `sendRawTransaction` means for the bytes. */
export function sendOutcomeOf(error: PleiadError): SendOutcome {
  switch (error.code) {
    case "RPC_UNREACHABLE":
    case "RPC_TIMEOUT":
    case "RPC_INVALID_ANSWER":
    // Hardhat mines first, and then says that the transaction reverted.
    case "RPC_REVERTED":
      return "unknown";
    case "RPC_RATE_LIMITED":
    case "RPC_BLOCK_UNKNOWN":
    case "RPC_STOPPED":
      return "waiting";
    default: {
      const text = String(error.details.rpcMessage ?? "");
      return WORDS.find(([words]) => words.test(text))?.[1] ?? "refused";
    }
  }
}

/** Whether a failure says anything about the bytes at all. */
export function isSendFailure(error: unknown): error is PleiadError {
  return error instanceof PleiadError && error.code.startsWith("RPC_");
}
