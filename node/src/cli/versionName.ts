import { cliError } from "./cliError.ts";

/** A version of a cluster as somebody types it. */
export interface VersionName {
  /** The cluster's id or slug. */
  readonly cluster: string;
  readonly version: bigint;
}

/** Reads CLUSTER:VERSION. @throws PleiadError USAGE_INVALID */
export function versionNameOf(text: string): VersionName {
  const [, cluster, version] = /^([^:]+):([1-9]\d{0,15})$/.exec(text) ?? [];
  if (cluster !== undefined && version !== undefined) return { cluster, version: BigInt(version) };
  throw cliError("USAGE_INVALID", `"${text}" names no version: expected CLUSTER:VERSION`, {
    hint: "such as document-brief:2, or 1:2 by the cluster's id",
  });
}
