import type { Hex } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { outputHex, submitResultOf } from "../internal/submission.ts";
import { write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Completion } from "../types/completion.ts";
import type { Deployment } from "../types/deployment.ts";
import type { WriteOptions } from "../types/sent.ts";
import type { OutputRelayed, SubmitResult } from "../types/submission.ts";

/** A completion with its output and signature, as anybody may send it. */
export type SignedCompletion = OutputRelayed & {
  readonly completion: Completion;
  /** What `signCompletion` made; for a wallet contract whatever its ERC-1271 takes. */
  readonly signature: Hex;
};

export interface SubmitCompletionsParameters extends WriteOptions {
  readonly deployment: Deployment;
  /** 1 to 64, those of one execution together, in the order of their dependencies. */
  readonly items: readonly SignedCompletion[];
}

/**
 * Settles any number of signed completions of any executions in one transaction. What cannot be accepted is skipped
 * and listed in `skipped`. The signers are paid; the client's account gets their tips.
 *
 * @throws ContractError `BATCH_SIZE_OUT_OF_RANGE`; `BATCH_NOTHING_ACCEPTED` where not one item would be accepted.
 */
export async function submitCompletions(
  client: WriteClient,
  parameters: SubmitCompletionsParameters,
): Promise<SubmitResult> {
  const { deployment, items, timeoutMs } = parameters;
  const structs = items.map((item) => ({
    completion: item.completion,
    output: outputHex(item),
    signature: item.signature,
  }));
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "submitCompletions",
    args: [structs],
    timeoutMs,
  });
  return submitResultOf(receipt, deployment);
}
