import type { Address, Hex, TypedDataDomain } from "viem";

/** What a requester chooses, as `ClusterExecutions` takes it. */
export interface ExecuteParams {
  /** Unix seconds. */
  readonly deadline: number;
  readonly thread: Hex;
  readonly ownerMayAnswer: boolean;
  readonly outputsByReference: boolean;
  /** keccak-256 of an input that is not inline, else zero. */
  readonly inputDigest: Hex;
  readonly inputURI: string;
  readonly consumer: Address;
  readonly callbackGas: number;
  readonly callbackBudgetWei: bigint;
}

/** A run that its requester signs and anybody brings to the router, once. */
export interface ExecutionRequest {
  /** The `ClusterExecutions` that it is for. */
  readonly executions: Address;
  readonly requester: Address;
  readonly cluster: bigint;
  readonly version: bigint;
  /** keccak-256 of the input, inline or not. */
  readonly inputDigest: Hex;
  readonly params: ExecuteParams;
  /** Currency of the version; zero is the chain's own, which whoever brings the request pays. */
  readonly currency: Address;
  readonly quoteWei: bigint;
  /** What the requester pays, in the version's ERC-20, to whoever brings the request. */
  readonly relayerFeeWei: bigint;
  /** Any number that the requester has not used yet. */
  readonly nonce: bigint;
  /** Until when the request may be brought, inclusive, unix seconds. */
  readonly validUntil: bigint;
}

const EXECUTE_PARAMS_TYPE = [
  { name: "deadline", type: "uint40" },
  { name: "thread", type: "bytes32" },
  { name: "ownerMayAnswer", type: "bool" },
  { name: "outputsByReference", type: "bool" },
  { name: "inputDigest", type: "bytes32" },
  { name: "inputURI", type: "string" },
  { name: "consumer", type: "address" },
  { name: "callbackGas", type: "uint32" },
  { name: "callbackBudgetWei", type: "uint64" },
] as const;

/** EIP-712 types of `ExecutionRequest`; the same words stand in `ExecutionRouter`. */
export const EXECUTION_REQUEST_TYPES = {
  ExecutionRequest: [
    { name: "executions", type: "address" },
    { name: "requester", type: "address" },
    { name: "cluster", type: "uint256" },
    { name: "version", type: "uint256" },
    { name: "inputDigest", type: "bytes32" },
    { name: "params", type: "ExecuteParams" },
    { name: "currency", type: "address" },
    { name: "quoteWei", type: "uint256" },
    { name: "relayerFeeWei", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "validUntil", type: "uint256" },
  ],
  ExecuteParams: EXECUTE_PARAMS_TYPE,
} as const;

/** EIP-712 domain of requests. */
export function executionRequestDomain(chainId: number, executionRouter: Address): TypedDataDomain {
  return { name: "Pleiad ExecutionRouter", version: "1", chainId, verifyingContract: executionRouter };
}

/** Where Permit2 stands on every chain that has it. */
export const PERMIT2_ADDRESS: Address = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

/** EIP-712 types of a Permit2 transfer with a request as its witness. */
export const EXECUTION_PERMIT2_TYPES = {
  PermitWitnessTransferFrom: [
    { name: "permitted", type: "TokenPermissions" },
    { name: "spender", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "witness", type: "ExecutionRequest" },
  ],
  TokenPermissions: [
    { name: "token", type: "address" },
    { name: "amount", type: "uint256" },
  ],
  ...EXECUTION_REQUEST_TYPES,
} as const;

/** EIP-712 domain of Permit2. */
export function permit2Domain(chainId: number): TypedDataDomain {
  return { name: "Permit2", chainId, verifyingContract: PERMIT2_ADDRESS };
}

/** A request with its input and what the requester signed. */
export interface SignedExecutionRequest {
  readonly request: ExecutionRequest;
  /** The inline input, `0x` where the request names it by digest and URI. */
  readonly input: Hex;
  readonly signature: Hex;
}

/** A request that is paid through Permit2, by the same signature. */
export interface SignedExecutionPermit2 extends SignedExecutionRequest {
  /** Permit2's own count of nonces. */
  readonly permitNonce: bigint;
  /** Until when Permit2 takes the signature, unix seconds. */
  readonly permitDeadline: bigint;
}
