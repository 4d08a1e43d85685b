import { PleiadError } from "@pleiad/sdk/errors";
import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Every expected failure of this folder, in one table: what `pleiad explain CODE` and the documents say of it. */
export const CHAIN_ERRORS = {
  RPC_UNREACHABLE: {
    title: "The RPC endpoint does not answer",
    cause:
      "Nothing listens at the URL, the network is down, the connection was cut, or the server is overloaded.",
    whatToDo: "Check the URL and that the chain's node runs; the daemon goes on trying.",
    retryable: true,
  },
  RPC_TIMEOUT: {
    title: "The RPC endpoint is too slow",
    cause: "No answer came within the time limit. A transaction that was sent may have landed all the same.",
    whatToDo:
      "Nothing if it passes; else use another endpoint. The daemon looks for a sent transaction by its hash.",
    retryable: true,
  },
  RPC_RATE_LIMITED: {
    title: "The RPC endpoint limits requests",
    cause: "The endpoint takes no more requests for now; how long is in `retryAfterMs` where it said so.",
    whatToDo: "Raise the poll interval or the plan of the endpoint, or name a second endpoint.",
    retryable: true,
  },
  RPC_RANGE_TOO_LARGE: {
    title: "The RPC endpoint refuses so many blocks or logs at once",
    cause: "Endpoints limit how much of the log one request may ask for.",
    whatToDo: "Nothing: the daemon asks for half as much.",
    retryable: true,
  },
  RPC_BLOCK_UNKNOWN: {
    title: "The RPC endpoint does not know a block",
    cause: "The block was removed by a reorganisation a moment ago, or the endpoint lags behind another one.",
    whatToDo: "Nothing: the daemon looks at the chain again.",
    retryable: true,
  },
  RPC_INVALID_ANSWER: {
    title: "The RPC endpoint answered something impossible",
    cause: "The answer is not JSON-RPC, lacks a field, or contradicts what the endpoint said before.",
    whatToDo: "If it stays, use another endpoint: this one is broken or lies.",
    retryable: true,
  },
  RPC_LAGS: {
    title: "The RPC endpoint lags behind the others",
    cause:
      "Its newest block is older than that of another endpoint, by blocks and by seconds, twice in a row.",
    whatToDo: "Nothing if it passes: the daemon asks the other endpoints meanwhile. Else use another one.",
    retryable: true,
  },
  RPC_DISAGREEMENT: {
    title: "RPC endpoints contradict each other",
    cause:
      "Endpoints tell different blocks of one number, different logs of one block, or different numbers of the account's transactions: one of them lies or follows another branch. Or one alone tells of a transaction that is not ours, while no other answers. Or, after a restore, they do not agree on how far the chain has come.",
    whatToDo:
      "Find out which is right and remove the other from `chain.rpcUrls`; with three or more the daemon leaves the minority out by itself. Until then the node signs nothing that rests on that block, and sends nothing where it is the account's number.",
    retryable: true,
  },
  FINALITY_UNSUPPORTED: {
    title: "The chain knows no such finality",
    cause:
      "`chain.finality` is `safe` or `finalized`, and the endpoint names no such block: the chain has none, or does not finalise yet.",
    whatToDo: "Set `chain.finality` to a number of blocks, or use an endpoint that knows the tag.",
    retryable: false,
  },
  RPC_FAILED: {
    title: "The RPC endpoint refused a request",
    cause:
      "The endpoint answered with an error of its own: a wrong key or path in the URL, or a method it lacks.",
    whatToDo: "Read the message; check the URL, or use another endpoint.",
    retryable: false,
  },
  RPC_REVERTED: {
    title: "The call reverted",
    cause: "A contract refused the call.",
    whatToDo: "Read what it reverted with.",
    retryable: false,
  },
  RPC_STOPPED: {
    title: "The request was stopped",
    cause: "The daemon ends.",
    whatToDo: "Nothing.",
    retryable: false,
  },
  HEADS_UNREACHABLE: {
    title: "The WebSocket for new blocks is down",
    cause:
      "Nothing listens at `chain.wsUrl`, it refused the connection, or the connection ended or fell silent.",
    whatToDo:
      "Nothing if it passes: blocks are found by polling meanwhile, and the daemon connects again. Else check the URL.",
    retryable: true,
  },
  HEADS_INVALID: {
    title: "The WebSocket for new blocks breaks its rules",
    cause:
      "The endpoint refuses the subscription, is no WebSocket of a chain, or sends messages that are too large or too many.",
    whatToDo: "Use another endpoint, or leave `chain.wsUrl` out: blocks are found by polling meanwhile.",
    retryable: true,
  },
  CHAIN_ID_MISMATCH: {
    title: "The RPC endpoint is on another chain",
    cause: "The deployment names one chain id, the endpoint answers another.",
    whatToDo: "Use an endpoint of the deployment's chain, or the deployment of the endpoint's chain.",
    retryable: false,
  },
  CONTRACT_MISSING: {
    title: "There is no contract at the address",
    cause:
      "The deployment's address holds no code on this chain; a local chain may have been started afresh.",
    whatToDo: "Check the deployment, or deploy the contracts again.",
    retryable: false,
  },
  CHAIN_REPLACED: {
    title: "The chain is not the one the node has followed",
    cause: "Its first block is another one: a local chain was started afresh under the same chain id.",
    whatToDo: "Reset the node's data folder, or start the chain that belongs to it.",
    retryable: false,
  },
  CHAIN_RESTORED_OLDER: {
    title: "The chain is older than what the node remembers",
    cause:
      "The chain was restored to an earlier state, so blocks that the node has followed are gone for good.",
    whatToDo: "Restore the chain's newer state, or reset the chain and the node's data folder together.",
    retryable: false,
  },
  FOLLOWER_REORG_TOO_DEEP: {
    title: "The chain was reorganised deeper than the node accepts",
    cause: "More blocks were removed than `finalDepth` allows, so what counted as final is gone.",
    whatToDo: "Compare the endpoint with another one; if the chain did this, reset the node's data folder.",
    retryable: false,
  },
  PROJECTION_UNLINKED: {
    title: "A block does not follow the one before",
    cause: "Blocks were handed to the projection out of order.",
    whatToDo: "Report it: this is a mistake of the program.",
    retryable: false,
  },
  VERSION_UNKNOWN: {
    title: "The version was never published",
    cause: "The log knows no such version of the cluster.",
    whatToDo: "Check the cluster's id and the version.",
    retryable: false,
  },
  VERSION_UNAVAILABLE: {
    title: "The version's code cannot be read",
    cause: "The endpoint answers no code for the version's address: it lags, or prunes.",
    whatToDo: "Nothing if it passes; else use another endpoint.",
    retryable: true,
  },
  SUBMISSION_NOT_YET: {
    title: "The transaction would be refused now",
    cause: "The simulation says that it comes too early: a window is not open, a task not ready.",
    whatToDo: "Send it again later.",
    retryable: true,
  },
  SUBMISSION_REFUSED: {
    title: "The transaction would be refused",
    cause: "The simulation says that the contract does not take it, or every endpoint refuses to relay it.",
    whatToDo: "Read the cause; nothing was sent.",
    retryable: false,
  },
  SUBMITTER_BUSY: {
    title: "Too many transactions wait",
    cause: "Transactions are made faster than the chain takes them.",
    whatToDo: "Wait; the daemon sends them in order.",
    retryable: true,
  },
  SUBMITTER_STOPPED: {
    title: "The submitter has stopped",
    cause: "The daemon ends, or the submitter met an error after which it sends nothing.",
    whatToDo: "Read the error it stopped with; what was journaled is carried on at the next start.",
    retryable: false,
  },
  NONCE_FOREIGN: {
    title: "Somebody else uses the account",
    cause: "The chain holds a transaction of this account that this daemon never made.",
    whatToDo:
      "Make sure that no second daemon runs with this key; then start once with `submitter.foreignNonces: adopt`, and give the daemon an account of its own.",
    retryable: false,
  },
  INSUFFICIENT_FUNDS: {
    title: "The account has too little money",
    cause: "The account cannot pay the gas of the transaction.",
    whatToDo: "Fund the account; the daemon then goes on.",
    retryable: true,
  },
  FEE_ABOVE_CEILING: {
    title: "Gas costs more than the ceiling allows",
    cause: "The base fee of the chain is above `feeGweiMax`.",
    whatToDo: "Wait until fees fall, or raise `feeGweiMax`.",
    retryable: true,
  },
  SPENDING_LIMIT_REACHED: {
    title: "The day's spending limit is reached",
    cause:
      "Transactions begun within the last day of the chain cost so much, or may, that the next one could exceed `submitter.etherPerDayMax`.",
    whatToDo:
      "Nothing, if the limit is right: sending goes on by itself when what was spent is a day old. Else raise the limit and restart.",
    retryable: true,
  },
  SIGNER_MISMATCH: {
    title: "The signer signed something else",
    cause:
      "What the signer answered is not what it was given to sign, or not by its key: it works for another chain, is broken, or is not who it should be.",
    whatToDo:
      "Nothing wrong was used. Check the remote signer's chain id, its key and its address, and who can reach it.",
    retryable: false,
  },
  SIGNER_UNREACHABLE: {
    title: "The remote signer does not answer",
    cause:
      "Nothing listens at `keys.remoteSignerUrl`, TLS does not agree, or the server has trouble of its own.",
    whatToDo: "Start the signer, or correct the URL and the certificates; the daemon goes on trying.",
    retryable: true,
  },
  SIGNER_TIMEOUT: {
    title: "The remote signer is too slow",
    cause: "No answer came within `keys.remoteSignerTimeoutMs`.",
    whatToDo: "Look at the signer's load; the daemon goes on trying.",
    retryable: true,
  },
  SIGNER_REFUSED: {
    title: "The remote signer refuses",
    cause: "It does not know the key any more, does not take this client's credentials, or lacks the method.",
    whatToDo:
      "Read the signer's own message; load the key there, or correct the credentials. The daemon goes on trying.",
    retryable: true,
  },
  SIGNER_INVALID_ANSWER: {
    title: "The remote signer answered something impossible",
    cause: "The answer is not JSON-RPC, no signature, or too large: something else may listen at the URL.",
    whatToDo: "Check what listens at `keys.remoteSignerUrl`; the daemon goes on trying.",
    retryable: true,
  },
  SIGNER_KEY_MISSING: {
    title: "The remote signer does not have the key",
    cause: "`eth_accounts` of the signer does not name `keys.remoteSignerAddress`.",
    whatToDo: "Load the key at the signer, or correct the address; after a rotation it is the new key's.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, CatalogEntry>>;

/** A failure of this folder. */
export type ChainErrorCode = keyof typeof CHAIN_ERRORS;

/** What goes with a failure beside its code and message. */
export interface ChainFailureOptions {
  /** The offending values, by name. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Where one case of a code differs from its entry. */
  readonly retryable?: boolean;
}

/** The error for a code of `CHAIN_ERRORS`; hint and retryability come from its entry. */
export function chainFailure(
  code: ChainErrorCode,
  message: string,
  options: ChainFailureOptions = {},
): PleiadError {
  const { whatToDo, retryable } = CHAIN_ERRORS[code];
  return new PleiadError(message, { code, hint: whatToDo, retryable, ...options });
}

/** Whether `error` is an expected failure with one of `codes`. */
export function hasCode(error: unknown, ...codes: readonly ChainErrorCode[]): error is PleiadError {
  return error instanceof PleiadError && codes.some((code) => code === error.code);
}
