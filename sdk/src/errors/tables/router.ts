import type { ContractErrorTable } from "../catalogEntry.ts";

/** Errors of `ExecutionRouter`, and of the library by which it moves tokens. */
export const ROUTER_ERRORS: ContractErrorTable = {
  RouterBusy: {
    message: "the router is in the middle of a call",
    title: "The router is busy",
    cause: "A token or wallet that the router called tried to call the router in its turn.",
    whatToDo: "Look at that token or wallet: what it did is refused for everybody's safety.",
    retryable: false,
  },
  RequestExpired: {
    message: "the request could be brought until {validUntil}",
    title: "The request has expired",
    cause: "Its requester signed it for a time that is over.",
    whatToDo: "Ask the requester to sign another.",
    retryable: false,
  },
  RequestNonceUsed: {
    message: "{requester} has used the nonce {nonce}, or made it invalid",
    title: "The request was brought or withdrawn before",
    cause: "Each nonce of a requester is good for one request.",
    whatToDo: "Look for the execution that it became; sign another request with another nonce.",
    retryable: false,
  },
  RequestSignatureInvalid: {
    message: "the request was not signed by {requester}",
    title: "The request's signature is not valid",
    cause: "The request was changed, or signed by another account, for another chain or another router.",
    whatToDo: "Bring the request exactly as it was signed.",
    retryable: false,
  },
  RequestInputMismatch: {
    message: "the input has the digest {inputDigest}, the request names {expected}",
    title: "The input is not the request's",
    cause: "What was signed is the digest of the input, and another input came along.",
    whatToDo: "Bring the input that was signed for.",
    retryable: false,
  },
  RequestQuoteMismatch: {
    message:
      "the version costs {quoteWei} in the currency {currency}, the request says {expectedWei} in {expectedCurrency}",
    title: "The quote is not the one that was signed",
    cause: "The request was made for another version or another price; what was signed is exact.",
    whatToDo: "Sign a request for what quote answers.",
    retryable: false,
  },
  RequestFeeUnpayable: {
    message: "a relayer's fee of {relayerFeeWei} cannot be paid in the chain's own currency",
    title: "The fee cannot be paid",
    cause: "In the chain's own currency whoever brings a request pays, so its requester has nothing to give.",
    whatToDo: "Leave the fee out, or ask for a version that is paid in a token.",
    retryable: false,
  },
  RouterValueMissing: {
    message: "{neededWei} are needed and {balanceWei} came along",
    title: "Too little of the chain's currency came along",
    cause: "Quotes in the chain's own currency and callbacks' budgets come with the call.",
    whatToDo: "Send the sum of what the calls cost; what is left over comes back.",
    retryable: false,
  },
  RouterRefundFailed: {
    message: "{to} did not take {amountWei} back",
    title: "The caller did not take its change",
    cause: "The caller is a contract that refuses plain transfers, and more came along than was needed.",
    whatToDo: "Send exactly what is needed.",
    retryable: false,
  },
  RequestPaymentFailed: {
    message: "{currency} did not let {payer} pay {amountWei}",
    title: "The token did not let the payer pay",
    cause: "The payer's balance or its allowance for the router is too low, or the token refuses.",
    whatToDo: "Get enough of the token, and allow the router as much as the quote and the fee (signPermit).",
    retryable: false,
  },
  SafeERC20FailedOperation: {
    message: "the token {token} refused a transfer or an allowance",
    title: "The token refused",
    cause: "The token did not move out of the router, or did not take its allowance for ClusterExecutions.",
    whatToDo:
      "Look at the token: it may be paused, or not let the receiver have it. Or execute without the router.",
    retryable: false,
  },
};
