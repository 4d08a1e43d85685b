import { type Address, numberToHex, pad } from "viem";
import type { PleiadError } from "../errors/base.ts";
import { executionEventsOf } from "../internal/executionEvents.ts";
import { followLogs } from "../internal/followLogs.ts";
import { selectorOf } from "../internal/logs.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ExecutionCreated } from "../types/execution.ts";

export interface WatchExecutionsParameters {
  readonly deployment: Deployment;
  /** Only those of one cluster. @default all */
  readonly cluster?: bigint | undefined;
  /** Only those of one requester. @default all */
  readonly requester?: Address | undefined;
  /** The first block to look at. @default the next one */
  readonly fromBlock?: bigint | undefined;
  /** @default the client's */
  readonly pollingIntervalMs?: number | undefined;
  /** Called with each execution; with `removed` where a reorganisation took back one that was told before. */
  readonly onExecution: (execution: ExecutionCreated, removed: boolean) => void;
  /** Called with each failure of the endpoint; the watching goes on and misses nothing. @default ignored */
  readonly onError?: ((error: PleiadError) => void) | undefined;
}

/**
 * Tells each execution that is created, in the order of the chain. Blocks are followed by parent hash: what a
 * reorganisation of up to 128 blocks removes is taken back before the new branch is told.
 *
 * @returns The function that stops it.
 */
export function watchExecutions(client: ReadClient, parameters: WatchExecutionsParameters): () => void {
  const { deployment, cluster, requester, fromBlock, onExecution, onError } = parameters;
  return followLogs(client, {
    deployment,
    filter: {
      topics: [
        selectorOf("ClusterExecutionCreated"),
        null,
        cluster === undefined ? null : numberToHex(cluster, { size: 32 }),
        requester === undefined ? null : pad(requester, { size: 32 }),
      ],
    },
    fromBlock,
    pollingIntervalMs: parameters.pollingIntervalMs ?? client.pollingInterval,
    onLogs: (logs, removed) => {
      for (const execution of executionEventsOf(logs, deployment.clusterExecutions).created) {
        onExecution(execution, removed);
      }
    },
    onError: onError ?? (() => {}),
  });
}
