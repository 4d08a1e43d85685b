import { bytesToHex, type Hex, stringToHex, type TransactionReceipt } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { OutputGiven, SubmitCompletionParameters, SubmitResult } from "../types/submission.ts";
import { bytesOf } from "./bytes.ts";
import { executionEventsOf } from "./executionEvents.ts";
import { sentOf, write } from "./write.ts";

type DirectFunction =
  | "submitCompletionAsNode"
  | "submitCompletionAsModelOwner"
  | "submitCompletionAsClusterOwner";

/** The bytes that the contract takes for an output: the output itself, or its URI. */
export function outputHex(given: OutputGiven): Hex {
  return given.output === undefined ? stringToHex(given.outputURI) : bytesToHex(bytesOf(given.output));
}

/** One of the three direct calls. */
export async function submitDirectly(
  client: WriteClient,
  functionName: DirectFunction,
  parameters: SubmitCompletionParameters,
): Promise<SubmitResult> {
  const { deployment, completion, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName,
    args: [completion, outputHex(parameters)],
    timeoutMs,
  });
  return submitResultOf(receipt, deployment);
}

/** What a receipt says of the completions in its transaction. */
export function submitResultOf(receipt: TransactionReceipt, deployment: Deployment): SubmitResult {
  const events = executionEventsOf(receipt.logs, deployment.clusterExecutions);
  const { completions: accepted, skipped, responses } = events;
  return { ...sentOf(receipt), accepted, skipped, responses };
}
