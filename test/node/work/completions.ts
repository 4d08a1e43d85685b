import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { type Hex, keccak256, stringToBytes, zeroHash } from "viem";
import type { SignedMessage } from "../../../node/src/work/ports.ts";
import { CLUSTER, digestOf, type FakeChain } from "./fakeChain.ts";

/** What a peer says: an answer to a task, bound to the outputs it depends on. */
export function completionOf(
  chain: FakeChain,
  execution: bigint,
  answer: {
    readonly node: bigint;
    readonly task: number;
    readonly text: string;
    /** Texts of the outputs it depends on. */
    readonly after?: readonly string[];
    /** The message comes without the bytes. */
    readonly bare?: boolean;
    readonly tip?: bigint;
    readonly cluster?: bigint;
  },
): SignedMessage {
  const output = stringToBytes(answer.text);
  return {
    cluster: answer.cluster ?? CLUSTER,
    completion: {
      execution,
      task: answer.task,
      contextHash: contextOf(chain, execution, answer.task, answer.after ?? []),
      outputDigest: keccak256(output),
      evidenceDigest: zeroHash,
      node: answer.node,
      tip: answer.tip ?? 0n,
    },
    signature: `0x${"22".repeat(65)}`,
    output: answer.bare === true ? undefined : output,
  };
}

/** The context hash of a task after these outputs. The version of an execution has its number here. */
export function contextOf(chain: FakeChain, execution: bigint, task: number, after: readonly string[]): Hex {
  return contextHashOf({
    versionDigest: digestOf(`version ${execution}`),
    task,
    inputDigest: chain.execution(execution).inputDigest,
    dependencyDigests: after.map((text) => keccak256(stringToBytes(text))),
  });
}
