import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import {
  encodeFunctionData,
  type Hex,
  keccak256,
  parseEventLogs,
  parseGwei,
  stringToHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { getBlock, getLogs } from "viem/actions";
import { type LocalChain, testClientOf } from "../fixtures/chain.ts";
import { ACCOUNTS, FEE_WEI, PRICE_WEI, type SimRegistry } from "./registry.ts";

/** Above any fee spike: requesters are not what is tried. */
const REQUESTER_FEE_GWEI = "5000";
const EXECUTE_GAS = 400_000n;
/** Longer than any simulation's faults: what is late must not become what expired. Seconds. */
const DURATION_SECONDS = 7_200;
/** How often a request that is not on the chain is sent again. */
const RESEND_MS = 500;
/** What a run costs. */
export const QUOTE_WEI = 3n * PRICE_WEI + FEE_WEI;
/** A request that stands so deep is not looked at again: no reorganisation of a simulation goes there. Blocks. */
const SETTLED_DEPTH = 64n;

/** People who ask: each request is sent until it stands on the chain, again after a reorganisation that took it. */
export interface Workload {
  /** Asks for one run. */
  request(text: string): Promise<void>;
  /** How many were asked for. */
  asked(): number;
  /** How many of them stand on the chain now. */
  standing(): Promise<number>;
  /** Executions that have not ended, by the chain's log. */
  running(): Promise<bigint[]>;
  stop(): Promise<void>;
}

interface ReceiptCall {
  readonly Method: "eth_getTransactionReceipt";
  readonly Parameters: readonly [Hex];
  readonly ReturnType: { readonly status: Hex; readonly blockNumber: Hex } | null;
}

interface Request {
  readonly raw: Hex;
  readonly hash: Hex;
  isSettled: boolean;
}

export function createWorkload(options: {
  readonly chain: LocalChain;
  readonly registry: SimRegistry;
}): Workload {
  const { chain, registry } = options;
  const client = testClientOf(chain);
  const requests: Request[] = [];
  const nonces = ACCOUNTS.requesters.map(() => 0);
  let isStopped = false;
  const sustaining = sustain();
  sustaining.catch(() => undefined);

  async function send(raw: Hex): Promise<void> {
    // "Already known" and "nonce too low" are as good as taken: whether it stands is asked of the chain.
    await client.request({ method: "eth_sendRawTransaction", params: [raw] } as never).catch(() => undefined);
  }

  async function standsAt(hash: Hex): Promise<bigint | undefined> {
    const receipt = await client.request<ReceiptCall>({
      method: "eth_getTransactionReceipt",
      params: [hash],
    });
    return receipt?.status === "0x1" ? BigInt(receipt.blockNumber) : undefined;
  }

  async function sustain(): Promise<void> {
    while (!isStopped) {
      const head = (await getBlock(client)).number;
      for (const request of requests.filter(({ isSettled }) => !isSettled)) {
        if (isStopped) return;
        const at = await standsAt(request.hash);
        if (at === undefined) await send(request.raw);
        else request.isSettled = head - at >= SETTLED_DEPTH;
      }
      await new Promise((resolve) => setTimeout(resolve, RESEND_MS));
    }
  }

  return {
    async request(text) {
      const who = requests.length % ACCOUNTS.requesters.length;
      const account = ACCOUNTS.requesters[who] as (typeof ACCOUNTS.requesters)[number];
      const nonce = nonces[who] as number;
      nonces[who] = nonce + 1;
      const { timestamp } = await getBlock(client);
      const params = {
        deadline: Number(timestamp) + DURATION_SECONDS,
        thread: zeroHash,
        ownerMayAnswer: false,
        outputsByReference: false,
        inputDigest: zeroHash,
        inputURI: "",
        consumer: zeroAddress,
        callbackGas: 0,
        callbackBudgetWei: 0n,
      };
      const data = encodeFunctionData({
        abi: clusterExecutionsAbi,
        functionName: "execute",
        args: [registry.cluster, registry.version, stringToHex(text), params],
      });
      const raw = await account.signTransaction({
        type: "eip1559",
        chainId: chain.chainId,
        nonce,
        to: registry.deployment.clusterExecutions,
        data,
        value: QUOTE_WEI,
        gas: EXECUTE_GAS,
        maxFeePerGas: parseGwei(REQUESTER_FEE_GWEI),
        maxPriorityFeePerGas: parseGwei("1"),
      });
      requests.push({ raw, hash: keccak256(raw), isSettled: false });
      await send(raw);
    },
    asked: () => requests.length,
    async standing() {
      const found = await Promise.all(
        requests.map(async ({ hash, isSettled }) => isSettled || (await standsAt(hash)) !== undefined),
      );
      return found.filter(Boolean).length;
    },
    async running() {
      const address = registry.deployment.clusterExecutions;
      const logs = await getLogs(client, { address, fromBlock: 0n, toBlock: "latest" });
      const running = new Set<bigint>();
      for (const { eventName, args } of parseEventLogs({ abi: clusterExecutionsAbi, logs })) {
        if (eventName === "ClusterExecutionCreated") running.add(args.execution);
        if (eventName === "ClusterResponse" || eventName === "ClusterExecutionEnded")
          running.delete(args.execution);
      }
      return [...running];
    },
    async stop() {
      isStopped = true;
      await sustaining;
    },
  };
}
