import type { Hex } from "viem";
import type { Versions } from "../../chain/versions.ts";
import type { Config } from "../../config/table.ts";
import { createChainReads } from "../dashboard/chainReads.ts";
import { createCreditDesk } from "../dashboard/credits.ts";
import { createFinalityReads } from "../dashboard/finalityReads.ts";
import { createHeadCache } from "../dashboard/headCache.ts";
import { CHAIN_READS_AT_ONCE_MAX, CHAIN_READS_WAITING_MAX } from "../dashboard/limits.ts";
import { createNetworkReads } from "../dashboard/networkReads.ts";
import { createReceiptReads } from "../dashboard/receiptReads.ts";
import { createTransactionCosts } from "../dashboard/transactionCosts.ts";
import { createVersionReads } from "../dashboard/versionReads.ts";
import { createDoor } from "../door.ts";
import type { GossipTimes } from "../gossipTimes.ts";
import type { DashboardAtWork } from "./changeSources.ts";
import type { FollowedChain } from "./followChain.ts";

/** What the dashboard's views of the chain read, and the desk of credits. */
export function dashboardReads(
  config: Pick<Config, "chain" | "network">,
  modules: {
    readonly chain: FollowedChain;
    /** From this node's disk, or from a peer. @throws PleiadError */
    readonly getBlob: (digest: Hex, signal: AbortSignal) => Promise<Uint8Array>;
    readonly gossipTimes: GossipTimes;
    /** What is there once the node is at work; undefined before that. */
    readonly work: () => DashboardAtWork["observed"] | undefined;
    /** Unix milliseconds. */
    readonly now: () => number;
  },
) {
  const { chain, getBlob, gossipTimes, work, now } = modules;
  const { rpc, deployment, reorgs, projection, follower, versions } = chain;
  const { finalDepth } = config.chain;
  // Whoever has any token may ask: however many do, the endpoints are there for the work.
  const door = createDoor({ parallelMax: CHAIN_READS_AT_ONCE_MAX, waitingMax: CHAIN_READS_WAITING_MAX });
  const cache = createHeadCache({ head: () => projection.head()?.hash, door });
  const pagesVersions: Versions = {
    peek: versions.peek,
    get: async (cluster, version) =>
      versions.peek(cluster, version) ?? door(() => versions.get(cluster, version)),
  };
  const finality = createFinalityReads(
    { deployment, finalDepth, policy: config.chain.finality },
    { projection, follower, reorgs },
  );
  const credits = createCreditDesk(
    { deployment },
    {
      projection,
      rpc,
      cache,
      work() {
        const at = work();
        return at && { node: at.node, submitter: at.submitter, journal: at.journal.transactions };
      },
      now,
    },
  );
  const network = createNetworkReads(
    { deployment },
    {
      projection,
      client: rpc.client,
      cache,
      self: () => work()?.node,
      silentMs: (node) =>
        work()
          ?.network?.presence.list()
          .find((up) => up.node === node)?.silentMs,
    },
  );
  const reads = createChainReads(
    { finalDepth },
    { ...chain, versions: pagesVersions },
    {
      costs: createTransactionCosts({ rpc: { receipt: (hash) => door(() => rpc.receipt(hash)) } }).of,
      versionsOf: createVersionReads({ deployment }, { client: rpc.client, versions: pagesVersions, cache })
        .of,
      gossip: (execution) =>
        config.network.enabled
          ? gossipTimes
              .of(execution)
              .map(({ node, peers = null, ...moment }) => ({ ...moment, peers, node: String(node) }))
          : null,
      takenBack: finality.takenBack,
    },
  );
  const receipts = createReceiptReads({ client: rpc.client, deployment }, { getBlob, now });
  return { reads, views: { network, finality, receipts, credits } };
}
