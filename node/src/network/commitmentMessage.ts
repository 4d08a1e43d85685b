import { z } from "zod";
import { hexOf, parseBounded, toJsonBytes, uint256 } from "./boundedJson.ts";
import { COMMITMENT_MESSAGE_BYTES_MAX } from "./limits.ts";
import type { SignedCommitment } from "./types.ts";

/** What a commitment begins with: by that it is told from a completion before either is parsed. */
const PREFIX = new TextEncoder().encode('{"kind":"commitment",');

const schema = z.strictObject({
  kind: z.literal("commitment"),
  v: z.literal(1),
  cluster: uint256,
  execution: uint256,
  task: z.int().min(0).max(0xffff),
  contextHash: hexOf(32),
  commitment: hexOf(32),
  node: uint256,
  signature: hexOf(65),
});

/** Whether a message of a cluster's topic says that it is a commitment. */
export function isCommitment(bytes: Uint8Array): boolean {
  return PREFIX.every((byte, index) => bytes[index] === byte);
}

/** A signed commitment as it travels: JSON, version 1. */
export function encodeCommitment(message: SignedCommitment): Uint8Array {
  const { cluster, execution, task, contextHash, commitment, node, signature } = message;
  return toJsonBytes({
    kind: "commitment",
    v: 1,
    cluster,
    execution,
    task,
    contextHash: contextHash.toLowerCase(),
    commitment: commitment.toLowerCase(),
    node,
    signature: signature.toLowerCase(),
  });
}

/** @throws PeerInputError MESSAGE_MALFORMED, MESSAGE_OVERSIZED */
export function decodeCommitment(bytes: Uint8Array): SignedCommitment {
  const parsed = parseBounded("the commitment", bytes, COMMITMENT_MESSAGE_BYTES_MAX, schema);
  const { kind: _kind, v: _version, ...message } = parsed;
  return message;
}
