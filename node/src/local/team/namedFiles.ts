import type { Hex } from "viem";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { ExecutionRecord } from "../../chain/state.ts";
import type { HelperStart } from "../../workspace/ports.ts";

/** What is known of executions, running and ended. */
export type FileProjection = Pick<ProjectionReader, "runningExecutions" | "endedExecutions">;

/**
 * Whether who spawns a helper may name a blob of this node as a file for it. Digests are no secrets: that of an input stands on chain,
 * also where its bytes are for few. So the operator, who may read every blob, may name any; everybody else what came with, or out
 * of, executions of the same cluster for the same user.
 */
export function mayNameFile(
  { by, cluster, user }: Pick<HelperStart, "by" | "cluster" | "user">,
  digest: string,
  projection: FileProjection,
): boolean {
  if (by.startsWith("node:")) return true;
  const wanted = digest.toLowerCase();
  const isOwn = (record: ExecutionRecord): boolean =>
    record.cluster === cluster &&
    record.requester.toLowerCase() === user.toLowerCase() &&
    digestsOf(record).some((one) => one.toLowerCase() === wanted);
  return [...projection.runningExecutions(), ...projection.endedExecutions()].some(isOwn);
}

function digestsOf({ inputDigest, completions }: ExecutionRecord): Hex[] {
  return [inputDigest, ...[...completions.values()].map(({ outputDigest }) => outputDigest)];
}
