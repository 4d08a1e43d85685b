import { type Hex, zeroHash } from "viem";
import type { Feedback } from "../types/feedback.ts";

/** Feedback in the order in which `ReputationRegistry` takes it. */
export function feedbackArguments(
  feedback: Feedback,
): readonly [bigint, bigint, number, string, string, string, string, Hex] {
  const {
    agent,
    value,
    decimals = 0,
    tag1 = "",
    tag2 = "",
    endpoint = "",
    uri = "",
    hash = zeroHash,
  } = feedback;
  return [agent, value, decimals, tag1, tag2, endpoint, uri, hash];
}
