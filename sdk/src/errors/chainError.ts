import type { Hex } from "viem";
import {
  AbiEncodingBytesSizeMismatchError,
  AbiEncodingLengthMismatchError,
  BaseError,
  BlockNotFoundError,
  BytesSizeMismatchError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  InsufficientFundsError,
  IntegerOutOfRangeError,
  InvalidAddressError,
  isHex,
  LimitExceededRpcError,
  NonceTooLowError,
  SocketClosedError,
  TimeoutError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  UserRejectedRequestError,
  WaitForTransactionReceiptTimeoutError,
  WebSocketRequestError,
} from "viem";
import { PleiadError } from "./base.ts";
import { decodeRevert } from "./decodeRevert.ts";
import { sdkError } from "./sdkError.ts";
import type { SdkErrorCode } from "./tables/sdk.ts";

/** HTTP status "too many requests". */
const HTTP_TOO_MANY_REQUESTS = 429;

/** JSON-RPC codes by which nodes say that a call reverted: geth and anvil 3, Hardhat and others the rest. */
const REVERT_CODES: readonly unknown[] = [3, -32000, -32603, -32015];

/**
 * The typed error for what viem threw: a `ContractError` where the contract reverted with one, else an RPC error.
 * What viem did not throw is a bug, and comes back as it is.
 *
 * @example
 * try { await simulateContract(client, request) } catch (error) { throw chainError(error) }
 */
export function chainError(error: unknown): unknown {
  if (error instanceof PleiadError || !(error instanceof BaseError)) return error;
  hideAbi(error);
  const data = revertDataOf(error);
  if (data !== undefined) return decodeRevert(data, error);
  const [code, what] = kindOf(error);
  return sdkError(code, `${what}: ${shortTextOf(error)}`, { cause: error });
}

/**
 * viem's errors carry the contract's whole ABI. It stays there for programs, but in a terminal, where an error that
 * nobody caught is printed with its causes, its thousand lines would push the message out of sight.
 */
function hideAbi(error: unknown): void {
  for (let current = error, depth = 0; current instanceof Error && depth < CAUSES_MAX; depth++) {
    if (Object.hasOwn(current, "abi")) Object.defineProperty(current, "abi", { enumerable: false });
    current = current.cause;
  }
}

/** The bytes that a call reverted with, from anywhere in the chain of causes; undefined where it did not revert. */
export function revertDataOf(error: unknown): Hex | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < CAUSES_MAX; depth++) {
    const { code, data, raw } = current as Error & { code?: unknown; data?: unknown; raw?: unknown };
    if (isHex(raw)) return raw;
    if (REVERT_CODES.includes(code) && data !== undefined) {
      const inner = typeof data === "object" && data !== null ? (data as { data?: unknown }).data : data;
      if (isHex(inner)) return inner;
    }
    current = current.cause as Error;
  }
  return undefined;
}

/** Longer chains of causes are circles. */
const CAUSES_MAX = 16;

type ErrorClass = abstract new (...args: never[]) => Error;

/** What viem says of arguments that the ABI cannot hold. */
const ARGUMENT_ERRORS: readonly ErrorClass[] = [
  AbiEncodingBytesSizeMismatchError,
  AbiEncodingLengthMismatchError,
  BytesSizeMismatchError,
  IntegerOutOfRangeError,
  InvalidAddressError,
];

/** What viem says where the endpoint does not have something that it named itself. */
const LOST_ERRORS: readonly ErrorClass[] = [
  BlockNotFoundError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
];

function isOneOf(classes: readonly ErrorClass[], cause: unknown): boolean {
  return classes.some((errorClass) => cause instanceof errorClass);
}

function kindOf(error: BaseError): [SdkErrorCode, string] {
  const has = (test: (cause: unknown) => boolean): boolean => error.walk(test) !== null;
  if (has((cause) => cause instanceof UserRejectedRequestError))
    return ["REQUEST_REJECTED", "the wallet said no"];
  if (has((cause) => cause instanceof InsufficientFundsError))
    return ["INSUFFICIENT_FUNDS", "too little money"];
  if (has((cause) => cause instanceof NonceTooLowError)) return ["NONCE_CONFLICT", "the nonce is taken"];
  if (has((cause) => cause instanceof WaitForTransactionReceiptTimeoutError)) {
    return ["TRANSACTION_TIMEOUT", "the transaction was not mined in time"];
  }
  if (has((cause) => cause instanceof LimitExceededRpcError || isTooManyRequests(cause))) {
    return ["RPC_RATE_LIMITED", "the RPC endpoint takes no more requests"];
  }
  if (has((cause) => cause instanceof TimeoutError))
    return ["RPC_TIMEOUT", "the RPC endpoint did not answer in time"];
  if (has(isConnectionError)) return ["RPC_UNREACHABLE", "the RPC endpoint does not answer"];
  if (has((cause) => cause instanceof ContractFunctionZeroDataError)) {
    return ["CONTRACT_MISSING", "the contract answered nothing"];
  }
  if (has((cause) => isOneOf(ARGUMENT_ERRORS, cause)))
    return ["ARGUMENT_INVALID", "an argument is not valid"];
  if (has((cause) => isOneOf(LOST_ERRORS, cause))) {
    return ["RPC_INCONSISTENT", "the RPC endpoint does not have what it named"];
  }
  return ["RPC_FAILED", "the RPC endpoint refused the request"];
}

function isTooManyRequests(cause: unknown): boolean {
  if (cause instanceof HttpRequestError) return cause.status === HTTP_TOO_MANY_REQUESTS;
  return cause instanceof Error && (cause as { code?: unknown }).code === HTTP_TOO_MANY_REQUESTS;
}

function isConnectionError(cause: unknown): boolean {
  return (
    cause instanceof HttpRequestError ||
    cause instanceof WebSocketRequestError ||
    cause instanceof SocketClosedError
  );
}

/** viem's own words without its request dump: URLs may hold keys, and a request may hold a whole input. */
function shortTextOf(error: BaseError): string {
  const innermost = error.walk();
  const text =
    innermost instanceof BaseError ? innermost.details || innermost.shortMessage : innermost.message;
  return (text || error.shortMessage).split("\n")[0]?.slice(0, TEXT_LENGTH_MAX) ?? "";
}

/** A line that a terminal shows whole. */
const TEXT_LENGTH_MAX = 300;
