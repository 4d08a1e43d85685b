import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { z } from "zod";
import type { Follower } from "../../chain/followerTypes.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import { placeNow, type ReorgBook, type TakenBack } from "./reorgBook.ts";
import type { ExecutionStory } from "./schemas.ts";
import type { finalitySchema } from "./viewSchemas.ts";

/** How deep things are in the chain, and what it took back. */
export function createFinalityReads(
  options: {
    readonly deployment: Deployment;
    readonly finalDepth: number;
    readonly policy: string | number;
  },
  modules: {
    readonly projection: Pick<ProjectionReader, "execution">;
    readonly follower: Pick<Follower, "status">;
    readonly reorgs: ReorgBook;
  },
) {
  const { deployment, finalDepth, policy } = options;
  const { projection, follower, reorgs } = modules;

  function isIn(one: TakenBack): string | null {
    const place = placeNow(projection.execution(one.execution), one);
    return place === undefined ? null : String(place.blockNumber);
  }

  return {
    finality(): z.output<typeof finalitySchema> {
      const { state, head, settled } = follower.status();
      const last = head === undefined ? undefined : head.number - BigInt(finalDepth);
      return {
        chainId: deployment.chainId,
        contract: deployment.clusterExecutions,
        fromBlock: String(deployment.fromBlock),
        state,
        head: head === undefined ? null : String(head.number),
        settled: settled === undefined ? null : String(settled),
        final: last === undefined || last < 0n ? null : String(last),
        policy: String(policy),
        finalDepth,
        reorganisations: reorgs.list().map(({ atMs, from, to, takenBack, leftOut }) => ({
          atMs,
          depth: Number(from.number - to.number),
          from: { number: String(from.number), hash: from.hash },
          to: { number: String(to.number), hash: to.hash },
          takenBack: takenBack.map((one) => ({
            execution: String(one.execution),
            kind: one.kind,
            task: one.task ?? null,
            wasIn: String(one.wasIn.blockNumber),
            isIn: isIn(one),
          })),
          leftOut,
        })),
      };
    },
    /** What was taken back of one execution. */
    takenBack: (execution: bigint): ExecutionStory["takenBack"] =>
      reorgs.of(execution).map((one) => ({
        kind: one.kind,
        task: one.task ?? null,
        wasIn: {
          blockNumber: String(one.wasIn.blockNumber),
          blockHash: one.wasIn.blockHash,
          transactionHash: one.wasIn.transactionHash,
          timestamp: String(one.wasIn.timestamp),
        },
        atMs: one.atMs,
        isIn: isIn(one),
      })),
  };
}

export type FinalityReads = ReturnType<typeof createFinalityReads>;
