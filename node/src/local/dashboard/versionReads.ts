import { getVersionStatus } from "@pleiad/sdk/actions/getVersionStatus";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { PublicClient } from "viem";
import type { z } from "zod";
import { mapParallel } from "../../chain/parallel.ts";
import type { ClusterState, VersionState } from "../../chain/state.ts";
import type { Versions } from "../../chain/versions.ts";
import type { HeadCache } from "./headCache.ts";
import { CHAIN_READS_AT_ONCE_MAX } from "./limits.ts";
import { pageOf } from "./paging.ts";
import type { versionsQuery, versionsSchema } from "./viewSchemas.ts";

type Row = z.output<typeof versionsSchema>["versions"][number];

/** The versions of a cluster with price and whether they take runs. What cannot be read now is left out and said. */
export function createVersionReads(
  options: { readonly deployment: Deployment },
  modules: {
    readonly client: PublicClient;
    readonly versions: Pick<Versions, "get">;
    readonly cache: HeadCache;
  },
) {
  const { deployment } = options;
  const { client, versions, cache } = modules;
  return {
    async of(
      { cluster, versions: all }: ClusterState,
      query: z.output<typeof versionsQuery>,
    ): Promise<z.output<typeof versionsSchema>> {
      let error: string | null = null;
      /** @returns null where the chain cannot be asked now; what is a bug goes on */
      const orNull = (reason: unknown): null => {
        if (!(reason instanceof PleiadError)) throw reason;
        error = reason.message;
        return null;
      };
      const rowOf = async ({ version, digest, publishedAt }: VersionState): Promise<Row> => {
        const [read, status] = await Promise.all([
          versions.get(cluster, version).catch(orNull),
          cache
            .get(`status ${cluster} ${version}`, () =>
              getVersionStatus(client, { deployment, cluster, version }),
            )
            .catch(orNull),
        ]);
        return {
          version: String(version),
          digest,
          publishedAt: String(publishedAt),
          status,
          tasks: read?.tasks.length ?? null,
          agents: read?.agents.length ?? null,
          windowSeconds: read?.windowSeconds ?? null,
          quoteWei: read === null ? null : String(read.quoteWei),
          currency: read?.currency ?? null,
        };
      };
      const { rows, next } = pageOf(all, ({ version }) => version, query);
      const told = await mapParallel(rows, CHAIN_READS_AT_ONCE_MAX, rowOf);
      return { versions: told, total: all.length, next, error };
    },
  };
}
