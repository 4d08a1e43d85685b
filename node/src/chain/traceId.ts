import { type Address, encodePacked, type Hex, keccak256 } from "viem";

/** W3C trace ids are 16 bytes. Hex digits. */
const TRACE_ID_DIGITS = 32;

/** The trace of an execution: its id follows from chain, contract and execution, so that it is the same at every operator. */
export function traceIdOf(chainId: number, contract: Address, execution: bigint): string {
  const packed = encodePacked(["uint256", "address", "uint256"], [BigInt(chainId), contract, execution]);
  return digitsOf(keccak256(packed), TRACE_ID_DIGITS);
}

/** The first hex digits of a hash. */
export function digitsOf(hash: Hex, count: number): string {
  return hash.slice(2, 2 + count);
}
