import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { type Address, createPublicClient, webSocket } from "viem";

/** A block as somebody who watches the chain saw it. */
export interface SeenBlock {
  readonly number: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
  /** When it was seen, by `performance.now()`. */
  readonly seenAtMs: number;
}

/** Sees every block at the moment the chain tells of it, without polling, so that daemons and loop are measured alike. */
export interface Observer {
  /** The block, as soon as it was seen. */
  block(number: bigint): Promise<SeenBlock>;
  /** The block in which an execution got its response. */
  response(execution: bigint): Promise<SeenBlock>;
  stop(): Promise<void>;
}

/** Blocks remembered; a run takes a handful. */
const BLOCKS_MAX = 4_096;

export async function createObserver(rpcUrl: string, contract: Address): Promise<Observer> {
  const client = createPublicClient({
    transport: webSocket(rpcUrl.replace("http", "ws"), { reconnect: false }),
  });
  const blocks = new Map<bigint, SeenBlock>();
  const responses = new Map<bigint, bigint>();
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const look of [...waiting]) look();
  };

  /** Asks again after everything that was seen. */
  function when<T>(ask: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = ask();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  }

  const subscriptions = [
    await client.transport.subscribe({
      params: ["newHeads"],
      onData({ result }) {
        const seenAtMs = performance.now();
        const { number, timestamp } = result as { number: string; timestamp: string };
        blocks.set(BigInt(number), { number: BigInt(number), timestamp: BigInt(timestamp), seenAtMs });
        const [oldest] = blocks.keys();
        if (blocks.size > BLOCKS_MAX && oldest !== undefined) blocks.delete(oldest);
        tell();
      },
    }),
  ];
  const unwatch = client.watchContractEvent({
    abi: clusterExecutionsAbi,
    address: contract,
    eventName: "ClusterResponse",
    onLogs(logs) {
      for (const { args, blockNumber } of logs) {
        if (args.execution !== undefined) responses.set(args.execution, blockNumber);
      }
      tell();
    },
  });

  return {
    block: (number) => when(() => blocks.get(number)),
    response: (execution) =>
      when(() => {
        const number = responses.get(execution);
        return number === undefined ? undefined : blocks.get(number);
      }),
    async stop() {
      unwatch();
      for (const { unsubscribe } of subscriptions) await unsubscribe();
      const socket = await client.transport.getRpcClient();
      socket.close();
    },
  };
}
