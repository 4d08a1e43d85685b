import { encodeAbiParameters, hexToNumber, keccak256, sliceHex } from "viem";

/** A node's place in the schedule of an execution, from 0 to 1: nobody has to talk about who sends first. */
export function spreadOf(execution: bigint, node: bigint): number {
  const hash = keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], [execution, node]));
  return hexToNumber(sliceHex(hash, 0, 4)) / 0xffff_ffff;
}
