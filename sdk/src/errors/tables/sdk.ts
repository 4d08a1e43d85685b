import type { CatalogEntry } from "../catalogEntry.ts";
import { ERC8004_ERRORS } from "./erc8004.ts";
import { LOG_ERRORS } from "./logs.ts";

/** Failures that the SDK finds itself, by code. */
export const SDK_ERRORS = {
  RPC_UNREACHABLE: {
    title: "The RPC endpoint does not answer",
    cause: "Nothing listens at the URL, the network is down, or the connection was cut.",
    whatToDo: "Check the URL and that the chain's node runs; then try again.",
    retryable: true,
  },
  RPC_TIMEOUT: {
    title: "The RPC endpoint is too slow",
    cause:
      "No answer came within the transport's time limit. A transaction that was sent may have landed all the same.",
    whatToDo: "Try again, or use another endpoint; look for a sent transaction by its hash first.",
    retryable: true,
  },
  RPC_RATE_LIMITED: {
    title: "The RPC endpoint limits requests",
    cause: "The endpoint takes no more requests for now.",
    whatToDo: "Wait and try again, or use an endpoint with a higher limit.",
    retryable: true,
  },
  RPC_FAILED: {
    title: "The RPC endpoint refused a request",
    cause: "The endpoint answered with an error of its own.",
    whatToDo: "Read the message and the cause; another endpoint may answer.",
    retryable: false,
  },
  RPC_INCONSISTENT: {
    title: "The RPC endpoint contradicts itself",
    cause:
      "Two answers of the endpoint do not fit together: it lags, lies, or its chain was reorganised meanwhile.",
    whatToDo: "Try again; if it stays, use another endpoint.",
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
  CONTRACT_UNEXPECTED: {
    title: "There is another contract at the address",
    cause:
      "What the address answers, or its code, is not that of the contract of that name: it is another contract, one " +
      "made with other addresses, or of another version.",
    whatToDo:
      "Check the addresses of the deployment, and that this version of Pleiad is the one that deployed them.",
    retryable: false,
  },
  CONTRACT_REVERTED: {
    title: "The contract refused the call",
    cause: "The call reverted without one of the contracts' own errors.",
    whatToDo: "Read the message; check that the deployment's addresses are right.",
    retryable: false,
  },
  ARGUMENT_INVALID: {
    title: "An argument is not valid",
    cause: "A number does not fit its type, or an address or a digest has the wrong length or letters.",
    whatToDo: "Check the argument that the message names.",
    retryable: false,
  },
  ...ERC8004_ERRORS,
  ...LOG_ERRORS,
  DEPLOYMENT_INVALID: {
    title: "The deployment is not valid",
    cause: "A deployment is JSON with a chain id, the contracts' addresses and the block to start from.",
    whatToDo: "Write it with serializeDeployment, or mend the keys that the message names.",
    retryable: false,
  },
  DEPLOYMENT_UNKNOWN: {
    title: "No deployment is known on the chain",
    cause: "The SDK knows the public deployments only.",
    whatToDo: "Read the deployment from a file with parseDeployment.",
    retryable: false,
  },
  DEPLOYMENT_BLOCK_WRONG: {
    title: "The deployment begins too late",
    cause:
      "A contract is older than the block that the deployment starts from, or the chain has not come to that block: " +
      "the file is of another chain of the same id, such as a local chain before it was started afresh.",
    whatToDo:
      "Write the file again with `pleiad deploy`, which finds what is there and sends nothing for it.",
    retryable: false,
  },
  DEPLOYMENT_BLOCK_UNKNOWN: {
    title: "Nobody knows since when the contracts are there",
    cause:
      "Contracts were there already, and the endpoint keeps no state of old blocks in which their first block could be found.",
    whatToDo:
      "Use an endpoint with the state of old blocks, or name a block that is not after the first contract: --from-block.",
    retryable: false,
  },
  DEPLOY_CODE_FOREIGN: {
    title: "Other code is where a contract belongs",
    cause:
      "On a chain that follows Ethereum's rules for CREATE2 nothing else can come to the address: this chain has other " +
      "rules, or its code was set by hand, as a development chain allows.",
    whatToDo: "Use another chain, or start the development chain afresh.",
    retryable: false,
  },
  CODE_UNCHECKED: {
    title: "The endpoint cannot say whether the code is right",
    cause:
      "A contract's code is compared with what its constructor returns at its address. The endpoint did not run that: " +
      "it does not take state overrides in eth_call.",
    whatToDo: "Use another endpoint of the chain.",
    retryable: false,
  },
  CREATE2_FACTORY_REFUSED: {
    title: "The chain has no CREATE2 factory and does not take it",
    cause:
      "Contracts are created by the deterministic deployment proxy, which a presigned transaction puts on any chain. " +
      "The chain refuses it: many take no transaction without a chain id, and on some its gas does not suffice.",
    whatToDo:
      "Where it is refused for the lack of a chain id, send it by an endpoint that allows it; else ask the chain's " +
      "operators for the factory. docs/operations.md has transaction, sender and code.",
    retryable: false,
  },
  CREATE2_FACTORY_FOREIGN: {
    title: "Other code is where the CREATE2 factory belongs",
    cause:
      "The code at the factory's address is not the factory's, so nothing can be said of what it creates.",
    whatToDo: "Do not deploy to this chain by this address; ask its operators.",
    retryable: false,
  },
  INSUFFICIENT_FUNDS: {
    title: "The account has too little money",
    cause: "The account cannot pay the value and the gas of the transaction.",
    whatToDo: "Fund the account.",
    retryable: false,
  },
  REQUEST_REJECTED: {
    title: "The wallet's owner said no",
    cause: "The signature or transaction was rejected in the wallet.",
    whatToDo: "Ask again and accept it in the wallet.",
    retryable: false,
  },
  SIGNER_UNSUPPORTED: {
    title: "The signer cannot do this",
    cause: "The signer or provider lacks a call that is needed: send, sendTransaction or signTypedData.",
    whatToDo: "Use a JSON-RPC provider and a signer that is connected to it.",
    retryable: false,
  },
  WORKSPACE_ANSWER_INVALID: {
    title: "The daemon answered something else than expected",
    cause: "A daemon of another version listens there, or something that is no daemon.",
    whatToDo: "Use the same version as the daemon; see that nothing else listens there.",
    retryable: false,
  },
  WORKSPACE_EVENTS_LOST: {
    title: "Events were lost",
    cause: "More changed at once than was read in time, so the stream was ended.",
    whatToDo: "Read anew what is shown, and watch again.",
    retryable: true,
  },
  WORKSPACE_INPUT_INVALID: {
    title: "The workspace cannot be asked so",
    cause: "A parameter is missing, unknown or of another form; the message names it. Nothing was done.",
    whatToDo:
      "Correct what the message names; the hint shows the right form, and docs/openapi.json has all of them.",
    retryable: false,
  },
  WORKSPACE_UNREACHABLE: {
    title: "The daemon does not answer",
    cause:
      "Nothing listens at the URL, or the answer took too long. What was asked may be done all the same.",
    whatToDo: "Check that the daemon runs; try again with the same `requestId`, so that it is done once.",
    retryable: true,
  },
  NONCE_CONFLICT: {
    title: "Another transaction has the nonce",
    cause: "Somebody else sends transactions from the same account, or the endpoint lags.",
    whatToDo: "Send from one place only; try again once the other transaction is mined.",
    retryable: true,
  },
  TRANSACTION_TIMEOUT: {
    title: "The transaction was not mined in time",
    cause: "The transaction was sent, but no block took it within the time limit. It may still be mined.",
    whatToDo: "Look for it by its hash before you send anything again.",
    retryable: true,
  },
  TRANSACTION_REPLACED: {
    title: "The transaction was replaced",
    cause: "Another transaction of the same account and nonce was mined instead.",
    whatToDo: "Check what the account sent, then decide whether to send again.",
    retryable: false,
  },
  TRANSACTION_REVERTED: {
    title: "The transaction reverted",
    cause:
      "The transaction was mined without effect: the state had changed between simulation and mining, or the gas ran out.",
    whatToDo: "Read the state again and decide whether to send again.",
    retryable: false,
  },
  CLUSTER_SLUG_UNKNOWN: {
    title: "No cluster has the slug",
    cause: "The slug was never taken on this deployment.",
    whatToDo: "Check the spelling and the chain.",
    retryable: false,
  },
  ALLOWANCE_TOO_LOW: {
    title: "The allowance is too low",
    cause:
      "The version is paid in an ERC-20 token, of which ClusterExecutions may not take as much as the quote.",
    whatToDo: "Call approveCurrency with the quote's amount, then execute again.",
    retryable: false,
  },
  CLUSTER_UNPUBLISHED: {
    title: "The cluster has no version",
    cause: "The cluster exists, but its draft was never published.",
    whatToDo: "Publish it, then execute it.",
    retryable: false,
  },
  VERSION_INVALID: {
    title: "The bytes are not a version",
    cause: "The code that should hold a version does not have the layout that was agreed.",
    whatToDo: "Check the addresses of the deployment, and that the SDK is as new as the contracts.",
    retryable: false,
  },
  RESPONSE_TIMEOUT: {
    title: "No response yet",
    cause: "The execution was still running when the caller's patience ended.",
    whatToDo: "Wait again: the execution goes on until its deadline.",
    retryable: true,
  },
  RESPONSE_ABORTED: {
    title: "The waiting was stopped",
    cause: "The caller's signal said stop. The execution goes on.",
    whatToDo: "Nothing; wait again whenever you like.",
    retryable: false,
  },
  EXECUTION_EXPIRED: {
    title: "The execution expired",
    cause:
      "Not every task was answered before the deadline; the unspent escrow went back to the requester's credit.",
    whatToDo: "Withdraw the refund; see why no node answered before you execute again.",
    retryable: false,
  },
  EXECUTION_FAILED: {
    title: "The execution failed",
    cause:
      "The eligible nodes reported failure until the attempts were used up; the unspent escrow went back.",
    whatToDo: "Withdraw the refund; read the nodes' reasons before you execute again.",
    retryable: false,
  },
  EXECUTION_CANCELLED: {
    title: "The execution was cancelled",
    cause: "The requester ended it; the unspent escrow went back.",
    whatToDo: "Withdraw the refund; execute again whenever you like.",
    retryable: false,
  },
  BLOB_MISSING: {
    title: "The bytes are not to be had",
    cause: "The chain holds a digest and a URI, and the bytes behind them could not be fetched.",
    whatToDo: "Give a fetchBlob that can reach the URI, and try again.",
    retryable: true,
  },
  BLOB_MISMATCH: {
    title: "The bytes are not those of the digest",
    cause: "What was fetched has another keccak-256 than the chain says.",
    whatToDo: "Fetch the bytes from somebody else.",
    retryable: true,
  },
  SIGNATURE_INVALID: {
    title: "The signature is malformed",
    cause: "A signer answered something that is not a signature of 64 or 65 bytes.",
    whatToDo: "Check the wallet or the remote signer.",
    retryable: false,
  },
  PERMIT_UNSUPPORTED: {
    title: "The token takes no permit",
    cause: "The token has no ERC-2612, or checks signatures in a domain that it does not tell.",
    whatToDo: "Allow the router by a transaction of the token's own, or pay through Permit2.",
    retryable: false,
  },
  CURRENCY_IS_NATIVE: {
    title: "The version is paid in the chain's own currency",
    cause: "Permit2 moves ERC-20 tokens alone.",
    whatToDo: "Sign a request (signExecutionRequest); whoever brings it pays.",
    retryable: false,
  },
  BLUEPRINT_INVALID: {
    title: "The blueprint has mistakes",
    cause: "The file does not say what a cluster needs; each mistake is listed with line, column and key.",
    whatToDo: "Mend the lines that are named.",
    retryable: false,
  },
  EVIDENCE_MALFORMED: {
    title: "The bytes are no evidence",
    cause:
      "A document of evidence is one of a few lines, in the shape and the spelling that encodeEvidence gives it.",
    whatToDo:
      "Take the bytes as a node's word that nobody can read; the completion and its output stand without them.",
    retryable: false,
  },
  INPUTS_INVALID: {
    title: "The inputs do not fit the version",
    cause: "A version that names input variables takes a text for each of them, and no other.",
    whatToDo: "Give a text for each name; getVersion lists them. A version that names none takes one text.",
    retryable: false,
  },
  BLUEPRINT_FEE_UNIT: {
    title: "The fee is not in the models' currency",
    cause:
      "A cluster's fee is paid in the currency of its models, and its unit is of another one, or too fine or too large for it.",
    whatToDo:
      'Write it as "0.5 token" for models paid in a token, in wei, gwei or ether for others; wei is the smallest unit of both.',
    retryable: false,
  },
  BLUEPRINT_PRICE_UNIT: {
    title: "The token cannot be counted so",
    cause:
      "A model's price has more digits behind the point than its token, or is larger than a price can be.",
    whatToDo: "Write the price with no more digits than the token has; wei is its smallest unit.",
    retryable: false,
  },
  BLUEPRINT_UNRESOLVED: {
    title: "A name of the blueprint has no id",
    cause: "An agent or model of the blueprint is not registered yet, and nobody said under which id it is.",
    whatToDo: "Register it first, or give its id.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, CatalogEntry>>;

/** Codes of the failures that the SDK finds itself. */
export type SdkErrorCode = keyof typeof SDK_ERRORS;
