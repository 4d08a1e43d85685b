import { createHash } from "node:crypto";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { pino } from "pino";
import { type Address, pad, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { logCertificatesOf } from "../../node/src/local/logCertificates.ts";
import { workspaceNetworkOf } from "../../node/src/local/logNetwork.ts";
import { createNetwork } from "../../node/src/network/network.ts";
import { createMemoryBackend } from "../../node/src/store/backend.ts";
import { openLogs } from "../../node/src/workspace/log/logs.ts";
import type { ClusterLog, LogEntry } from "../../node/src/workspace/log/types.ts";
import { createPrivateMemories } from "../../node/src/workspace/privateMemory.ts";
import { createViews } from "../../node/src/workspace/views/views.ts";
import { createWorkspace, type WorkspaceHost } from "../../node/src/workspace/workspace.ts";

/**
 * The network and the workspace of a daemon, in a process of its own: real keys, disk, libp2p and views; who is a member stands
 * fixed instead of on a chain.
 */
export const NODES = [1n, 2n, 3n] as const;
export const CLUSTER = 1n;
const CHAIN_ID = 31_337;
const NODE_REGISTRY: Address = "0x1111111111111111111111111111111111111111";
const CLUSTER_EXECUTIONS: Address = "0x2222222222222222222222222222222222222222";
const CLUSTER_REGISTRY: Address = "0x3333333333333333333333333333333333333333";
/** On whose behalf all work. */
export const USER: Address = "0x4444444444444444444444444444444444444444";

export interface BenchDaemon {
  readonly workspace: WorkspaceHost;
  readonly log: ClusterLog;
  /** SHA-256 of everything that the views hold. */
  dump(): string;
  addresses(): readonly string[];
  dial(addresses: readonly string[]): Promise<void>;
  peers(): number;
  stop(): Promise<void>;
}

function accountOf(node: bigint) {
  return privateKeyToAccount(pad(toHex(node), { size: 32 }));
}

export async function openBenchDaemon(
  folder: string,
  node: bigint,
  listenPort: number,
  onEntry: (entry: LogEntry) => void,
): Promise<BenchDaemon> {
  const logger = pino({ level: "error" }, pino.destination(2));
  const account = accountOf(node);
  const network = await createNetwork(
    {
      chainId: CHAIN_ID,
      nodeRegistry: NODE_REGISTRY,
      clusterExecutions: CLUSTER_EXECUTIONS,
      node,
      identityFolder: join(folder, "network"),
      listenPort,
    },
    {
      signer: {
        address: account.address,
        signTypedData: (definition) => account.signTypedData(definition),
        signTransaction: () => Promise.reject(new Error("nothing is sent here")),
      },
      directory: {
        keyOf: async (id) => ({ key: accountOf(id).address, active: true }),
        nodeOf: async (key) => NODES.find((id) => accountOf(id).address.toLowerCase() === key.toLowerCase()),
      },
      archive: { find: async () => [] },
      blobs: { get: async () => undefined },
      logger,
    },
  );
  await network.start();
  const membership = {
    members: () => NODES,
    home: () => NODES[0],
    mayVoice: (_cluster: bigint, speaker: bigint, agent: bigint) => speaker === agent,
    onChange: () => () => {},
  };
  const carrier = workspaceNetworkOf(network);
  const logs = await openLogs(
    { dataFolder: folder, chainId: CHAIN_ID, clusterRegistry: CLUSTER_REGISTRY, node },
    { membership, certificates: logCertificatesOf(network), network: carrier.logs, logger },
  );
  const views = createViews();
  let opened: ClusterLog | undefined;
  const workspace = createWorkspace(
    { node, operator: USER, nodeRegistry: "0x00000000000000000000000000000000000000b1" },
    {
      async openLog(cluster) {
        opened = await logs.open(cluster);
        opened.onEntry(views.apply);
        opened.onRewrite(views.reset);
        opened.onEntry(onEntry);
        return opened;
      },
      membership,
      directory: {
        clustersOf: () => [CLUSTER],
        agentsOf: () => NODES.map((agent) => ({ agent, name: `agent-${agent}` })),
        agentExists: (agent) => NODES.some((known) => known === agent),
        clusterExists: (cluster) => cluster === CLUSTER,
        serves: (agent) => agent === node,
        roleOf: () => "owner",
      },
      home: carrier.home,
      presence: carrier.presence,
      helpers: {
        requireFree: () => {},
        start: async () => {},
        stop: async () => {},
        restart: async () => {},
        lost: async () => undefined,
        again: async () => {},
        programOf: () => undefined,
      },
      privateMemories: createPrivateMemories({ backend: createMemoryBackend(), logger }),
      logger,
    },
  );
  carrier.answerHome((from, request) => workspace.answerHome(from, request));
  await workspace.open(CLUSTER);
  if (opened === undefined) throw new Error("the workspace opened no log");
  const log = opened;
  return {
    workspace,
    log,
    dump: () => createHash("sha256").update(views.dump()).digest("hex"),
    addresses: () => network.multiaddrs(),
    async dial(addresses) {
      for (const address of addresses) {
        await network.dial(address).catch((error: unknown) => {
          // Not up yet, or it dialed first: whoever comes later dials, too.
          if (!(error instanceof PleiadError)) throw error;
        });
      }
    },
    peers: () => network.peers().filter(({ state }) => state === "certified").length,
    async stop() {
      await workspace.stop();
      await logs.stop();
      await network.stop();
    },
  };
}
