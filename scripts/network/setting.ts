import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Address } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { createNetwork } from "../../node/src/network/network.ts";
import type { Network } from "../../node/src/network/types.ts";

export const DOMAIN = {
  chainId: 31_337,
  nodeRegistry: "0x1111111111111111111111111111111111111111",
} as const;
export const CLUSTER_EXECUTIONS: Address = "0x2222222222222222222222222222222222222222";
export const CLUSTER = 7n;

/** Networks of nodes on this machine, with no chain: who has which key is a table. */
export interface Setting {
  /** Gives a node a key. */
  register(node: bigint): { readonly node: bigint; readonly privateKey: `0x${string}` };
  /** Starts a node's network. */
  open(node: bigint, options?: { readonly bootstrap?: readonly string[] }): Promise<Network>;
  folder(name: string): string;
  stop(): Promise<void>;
}

export async function createSetting(): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), "pleiad-bench-network-"));
  const keys = new Map<bigint, `0x${string}`>();
  const networks: Network[] = [];

  function accountOf(node: bigint) {
    const key = keys.get(node);
    return key === undefined ? undefined : privateKeyToAccount(key);
  }

  function register(node: bigint) {
    const privateKey = keys.get(node) ?? generatePrivateKey();
    keys.set(node, privateKey);
    return { node, privateKey };
  }

  async function stop(): Promise<void> {
    process.off("SIGINT", interrupted);
    await Promise.all(networks.map((network) => network.stop()));
    await rm(folder, { recursive: true, force: true });
  }
  // Ctrl-C leaves nothing behind either.
  const interrupted = () => void stop().then(() => process.exit(130));
  process.once("SIGINT", interrupted);

  return {
    register,
    async open(node, { bootstrap = [] } = {}) {
      register(node);
      const account = accountOf(node);
      if (account === undefined) throw new Error("just registered");
      const network = await createNetwork(
        {
          ...DOMAIN,
          clusterExecutions: CLUSTER_EXECUTIONS,
          node,
          identityFolder: join(folder, `${node}`),
          bootstrap,
        },
        {
          signer: {
            address: account.address,
            signTypedData: (definition) => account.signTypedData(definition),
            signTransaction: () => Promise.reject(new Error("not for the network")),
          },
          directory: {
            async keyOf(id) {
              const known = accountOf(id);
              return known === undefined ? undefined : { key: known.address, active: true };
            },
            nodeOf: async (key) => [...keys.keys()].find((id) => accountOf(id)?.address === key),
          },
          archive: { find: async () => [] },
          blobs: { get: async () => undefined },
          logger: pino({ level: process.env.PLEIAD_BENCH_LOG ?? "silent" }),
        },
      );
      networks.push(network);
      await network.start();
      return network;
    },
    folder: (name) => join(folder, name),
    stop,
  };
}

/** Waits for something that nobody tells of. */
export async function until(what: string, timeoutMs: number, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The value below which a part of the figures lie. */
export function quantile(figures: readonly number[], part: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

export const round = (figure: number): number => Math.round(figure * 100) / 100;
