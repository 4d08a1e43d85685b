import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import {
  bytesToHex,
  encodeFunctionData,
  type Hex,
  keccak256,
  parseEventLogs,
  parseGwei,
  stringToBytes,
  zeroAddress,
  zeroHash,
} from "viem";
import { getBlock, getLogs, getTransactionCount } from "viem/actions";
import { type LocalChain, testClientOf } from "../fixtures/chain.ts";
import type { SimOperator } from "./operators.ts";
import { ACCOUNTS, QUOTE_WEI, type SimRegistry } from "./registry.ts";
import { PLAIN_RUN, type RequestKind } from "./schedule.ts";

/** Above any fee spike: requesters are not what is tried. */
const REQUESTER_FEE_GWEI = "5000";
const EXECUTE_GAS = 400_000n;
/** Longer than any simulation's faults: what is late must not become what expired. Seconds. */
const DURATION_SECONDS = 7_200;
/** How often a request that is not on the chain is sent again. */
const RESEND_MS = 500;
/** What an agent takes for the wish of an answer that is too long for the chain, see `agent.sh`. */
const AT_LENGTH = "at length";
/** Of an input that is too long for the chain. Bytes. */
const LONG_INPUT_BYTES = 20_000;
/** How often it is tried to leave a long input with a daemon, all of which may be away. */
const PUT_RETRY_MS = 200;
/** A request that stands so deep is not looked at again: no reorganisation of a simulation goes there. Blocks. */
const SETTLED_DEPTH = 64n;

/** People who ask: each request is sent until it stands on the chain, again after a reorganisation that took it. */
export interface Workload {
  /** Asks for one run. @param kind @default a plain one, input and outputs inline */
  request(text: string, kind?: RequestKind): Promise<void>;
  /** Holds back what is asked for from now on. @returns lets it go on */
  pause(): () => void;
  /** How many were asked for. */
  asked(): number;
  /** How many of each kind. */
  kinds(): ReadonlyMap<string, number>;
  /** How many of them stand on the chain now. */
  standing(): Promise<number>;
  /** Executions that have not ended, by the chain's log. */
  running(): Promise<bigint[]>;
  /** The block in which something happened with an execution for the last time, by the chain's log; 0 where nothing did. */
  newest(): Promise<bigint>;
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
  readonly operators: readonly SimOperator[];
}): Workload {
  const { chain, registry, operators } = options;
  const client = testClientOf(chain);
  const requests: Request[] = [];
  const kinds = new Map<string, number>();
  const count = (what: string) => kinds.set(what, (kinds.get(what) ?? 0) + 1);
  /** Of each requester, behind what it has sent before. */
  const nonces = ACCOUNTS.requesters.map(({ address }) => getTransactionCount(client, { address }));
  let asked = 0;
  let paused: Promise<void> = Promise.resolve();
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

  /** Leaves an input with every daemon that takes it, one at least. */
  async function leave(input: Uint8Array): Promise<Hex> {
    while (!isStopped) {
      const clients = operators.flatMap(({ daemon }) => daemon.client() ?? []);
      const left = await Promise.allSettled(clients.map((one) => one.putBlob(input)));
      if (left.some(({ status }) => status === "fulfilled")) return keccak256(input);
      await new Promise((resolve) => setTimeout(resolve, PUT_RETRY_MS));
    }
    throw new Error("the simulation is over");
  }

  async function events() {
    const address = registry.deployment.clusterExecutions;
    const logs = await getLogs(client, { address, fromBlock: 0n, toBlock: "latest" });
    return parseEventLogs({ abi: clusterExecutionsAbi, logs });
  }

  return {
    async request(text, { offer: name, byReference, inputByReference } = PLAIN_RUN) {
      const offer = registry.offers.find((candidate) => candidate.name === name);
      if (offer === undefined) throw new Error(`there is no offer ${name}`);
      await paused;
      count(`runs of the kind ${name}`);
      if (byReference) count("runs with outputs by reference");
      if (inputByReference) count("runs with an input by reference");
      const said = stringToBytes(byReference ? `${text}, ${AT_LENGTH}` : text);
      const input = inputByReference
        ? Buffer.concat([said, Buffer.alloc(LONG_INPUT_BYTES, " and so on")])
        : said;
      const inputDigest = inputByReference ? await leave(input) : zeroHash;
      const who = asked % ACCOUNTS.requesters.length;
      asked += 1;
      const account = ACCOUNTS.requesters[who] as (typeof ACCOUNTS.requesters)[number];
      const taken = nonces[who] as Promise<number>;
      nonces[who] = taken.then((nonce) => nonce + 1);
      const nonce = await taken;
      const { timestamp } = await getBlock(client);
      const params = {
        deadline: Number(timestamp) + DURATION_SECONDS,
        thread: zeroHash,
        ownerMayAnswer: false,
        outputsByReference: byReference,
        inputDigest,
        inputURI: inputByReference ? "pleiad:" : "",
        consumer: zeroAddress,
        callbackGas: 0,
        callbackBudgetWei: 0n,
      };
      const data = encodeFunctionData({
        abi: clusterExecutionsAbi,
        functionName: "execute",
        args: [offer.cluster, offer.version, inputByReference ? "0x" : bytesToHex(input), params],
      });
      const raw = await account.signTransaction({
        type: "eip1559",
        chainId: chain.chainId,
        nonce,
        to: registry.deployment.clusterExecutions,
        data,
        value: offer.currency === zeroAddress ? QUOTE_WEI : 0n,
        gas: EXECUTE_GAS,
        maxFeePerGas: parseGwei(REQUESTER_FEE_GWEI),
        maxPriorityFeePerGas: parseGwei("1"),
      });
      requests.push({ raw, hash: keccak256(raw), isSettled: false });
      await send(raw);
    },
    pause() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = paused;
      paused = before.then(() => promise);
      return resolve;
    },
    asked: () => asked,
    kinds: () => kinds,
    async standing() {
      const found = await Promise.all(
        requests.map(async ({ hash, isSettled }) => isSettled || (await standsAt(hash)) !== undefined),
      );
      return found.filter(Boolean).length;
    },
    async running() {
      const running = new Set<bigint>();
      for (const { eventName, args } of await events()) {
        if (eventName === "ClusterExecutionCreated") running.add(args.execution);
        if (eventName === "ClusterResponse" || eventName === "ClusterExecutionEnded")
          running.delete(args.execution);
      }
      return [...running];
    },
    newest: async () => (await events()).at(-1)?.blockNumber ?? 0n,
    async stop() {
      isStopped = true;
      await sustaining;
    },
  };
}
