import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import {
  type Address,
  encodeFunctionData,
  type Hex,
  keccak256,
  parseTransaction,
  type TransactionSerialized,
  zeroAddress,
} from "viem";
import type { HDAccount } from "viem/accounts";
import { createFollower } from "../../../node/src/chain/follower.ts";
import type { Follower } from "../../../node/src/chain/followerTypes.ts";
import type { TransactionJournal, TransactionRecord } from "../../../node/src/chain/journal.ts";
import type { Signer } from "../../../node/src/chain/signer.ts";
import { createSubmitter } from "../../../node/src/chain/submitter.ts";
import type {
  SubmissionRequest,
  Submitter,
  SubmitterModules,
  SubmitterOptions,
} from "../../../node/src/chain/submitterTypes.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import type { Store } from "../../../node/src/store/open.ts";
import { accountOf, deployAll, type LocalChain, startChain, testClientOf } from "../../fixtures/chain.ts";
import { type FaultProxy, type FaultRule, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { hastyClock, logger, rpcOf, until } from "./helpers.ts";

export const FINAL_DEPTH = 8;

/** A key in memory, behind the interface that the daemon has. */
export function signerOf(account: HDAccount): Signer {
  return {
    address: account.address,
    signTypedData: (definition) => account.signTypedData(definition),
    signTransaction: ({ valueWei, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei, ...transaction }) =>
      account.signTransaction({
        type: "eip1559",
        ...transaction,
        value: valueWei,
        gas: gasLimit,
        maxFeePerGas: maxFeePerGasWei,
        maxPriorityFeePerGas: maxPriorityFeePerGasWei,
      }),
  };
}

/** One life of a daemon, as far as the chain is concerned. */
export interface Life {
  readonly follower: Follower;
  readonly submitter: Submitter;
  /** All states of all transactions, as they came: `nonce:state`. */
  readonly story: string[];
  stop(): Promise<void>;
  /** Ends it the way SIGKILL does: nothing under way is waited for, or comes to an end. */
  kill(): Promise<void>;
}

export interface LifeOptions extends Partial<SubmitterOptions> {
  readonly journal?: TransactionJournal;
  readonly signer?: Signer;
  readonly isSettled?: SubmitterModules["isSettled"];
  /** In their order. @default the faulty one alone */
  readonly rpcUrls?: readonly string[];
}

/** A chain with contracts behind a faulty endpoint, and a store that outlives the lives on it. */
export interface SubmitterWorld {
  readonly chain: LocalChain;
  readonly proxy: FaultProxy;
  readonly deployment: Deployment;
  readonly account: Address;
  store(): Store;
  journal(): TransactionJournal;
  /** Begins a life: follower and submitter, started. */
  live(options?: LifeOptions): Promise<Life>;
  /** The same, not started. */
  prepareLife(options?: LifeOptions): Promise<Life>;
  inject(rule: FaultRule): () => void;
  /** From now on the endpoint takes transactions and forgets them, but for those that only use a nonce up. */
  forgetSettlements(): void;
  /** A transaction that always succeeds, and leaves a model behind. */
  registerModel(name: string): SubmissionRequest;
  /** One that reverts: there is no such execution. */
  expire(execution: bigint): SubmissionRequest;
  mine(blocks: number): Promise<void>;
  reorg(depth: number): Promise<void>;
  setAutomine(isOn: boolean): Promise<void>;
  request(method: string, params: readonly unknown[]): Promise<unknown>;
  /** Signed bytes that reached the endpoint, each once, in order. */
  rawsSent(): readonly Hex[];
  /** How many models the account has registered. */
  modelCount(): Promise<bigint>;
  transactionCount(): Promise<number>;
  /** A transaction of the same account that the daemon does not make. */
  sendForeign(options?: { readonly nonce?: number; readonly gweiPerGas?: bigint }): Promise<void>;
  record(nonce: number): Promise<TransactionRecord | undefined>;
  beforeEach(): Promise<void>;
  afterEach(): Promise<void>;
  stop(): Promise<void>;
}

export async function createSubmitterWorld(): Promise<SubmitterWorld> {
  const chain = await startChain();
  const proxy = await startFaultProxy(chain.rpcUrl);
  const deployment = await deployAll(chain);
  const sender = accountOf(2);
  const test = testClientOf(chain);
  const lives: Life[] = [];
  const lifts: (() => void)[] = [];
  let store: Store | undefined;
  let snapshot: Hex = "0x";
  let firstCall = 0;
  let isAutomining = true;

  const request = (method: string, params: readonly unknown[]): Promise<unknown> =>
    test.request({ method, params } as never);

  function ownStore(): Store {
    if (store === undefined) throw new Error("no test runs");
    return store;
  }

  async function prepareLife(options: LifeOptions = {}): Promise<Life> {
    const {
      journal = ownStore().journal.transactions,
      signer = signerOf(sender),
      isSettled,
      rpcUrls = [proxy.url],
      ...rest
    } = options;
    const rpc = rpcOf(rpcUrls);
    const follower = createFollower(
      { deployment, finalDepth: FINAL_DEPTH, pollIntervalMs: 250 },
      {
        rpc,
        cursor: ownStore().cursor,
        handler: { apply: () => undefined, rollback: () => undefined },
        logger,
        clock: hastyClock,
        random: () => 0,
      },
    );
    const submitter = createSubmitter(
      { chainId: chain.chainId, feeGweiMax: 200, finalDepth: FINAL_DEPTH, ...rest },
      { rpc, signer, journal, chain: follower, isSettled, logger, clock: hastyClock, random: () => 0 },
    );
    const story: string[] = [];
    submitter.onChange(({ nonce, state }) => story.push(`${nonce}:${state}`));
    submitter.ended.catch(() => undefined);
    const life: Life = {
      follower,
      submitter,
      story,
      async stop() {
        await submitter.stop();
        await follower.stop();
      },
      async kill() {
        lives.splice(lives.indexOf(life), 1);
        // A task that was cut off never ends, and this would wait for it.
        void submitter.stop();
        await follower.stop();
      },
    };
    lives.push(life);
    return life;
  }

  function inject(rule: FaultRule): () => void {
    const lift = proxy.inject(rule);
    lifts.push(lift);
    return lift;
  }

  return {
    chain,
    proxy,
    deployment,
    account: sender.address,
    store: ownStore,
    journal: () => ownStore().journal.transactions,
    prepareLife,
    async live(options) {
      const life = await prepareLife(options);
      await life.follower.start();
      await life.submitter.start();
      return life;
    },
    inject,
    forgetSettlements() {
      inject(({ method, params }) => {
        if (method !== "eth_sendRawTransaction") return undefined;
        const raw = params[0] as TransactionSerialized<"eip1559">;
        const isCancel = parseTransaction(raw).to?.toLowerCase() === sender.address.toLowerCase();
        return isCancel ? undefined : { kind: "answer", result: keccak256(raw) };
      });
    },
    registerModel(name) {
      const terms = { currency: zeroAddress, priceWei: 1n, nodeShareBps: 1, open: true };
      const data = encodeFunctionData({
        abi: modelRegistryAbi,
        functionName: "register",
        args: [name, terms],
      });
      return { to: deployment.modelRegistry, data, purpose: "register" };
    },
    expire(execution) {
      const data = encodeFunctionData({
        abi: clusterExecutionsAbi,
        functionName: "expire",
        args: [execution],
      });
      return { to: deployment.clusterExecutions, data, purpose: "expire" };
    },
    mine: (blocks) => test.mine({ blocks }),
    reorg: async (depth) => void (await request("anvil_reorg", [depth, []])),
    async setAutomine(isOn) {
      isAutomining = isOn;
      await test.setAutomine(isOn);
    },
    request,
    rawsSent() {
      const calls = proxy.calls.slice(firstCall).filter(({ method }) => method === "eth_sendRawTransaction");
      return [...new Set(calls.map(({ params }) => params[0] as Hex))];
    },
    modelCount() {
      const address = deployment.modelRegistry;
      return rpcOf(chain.rpcUrl).client.readContract({
        address,
        abi: modelRegistryAbi,
        functionName: "modelCount",
      });
    },
    transactionCount: () => rpcOf(chain.rpcUrl).transactionCount(sender.address, "latest"),
    async sendForeign({ nonce, gweiPerGas = 20n } = {}) {
      const rpc = rpcOf(chain.rpcUrl);
      const raw = await signerOf(sender).signTransaction({
        chainId: chain.chainId,
        nonce: nonce ?? (await rpc.transactionCount(sender.address, "latest")),
        to: accountOf(5).address,
        data: "0x",
        valueWei: 1n,
        gasLimit: 21_000n,
        maxFeePerGasWei: gweiPerGas * 10n ** 9n,
        maxPriorityFeePerGasWei: gweiPerGas * 10n ** 9n,
      });
      const hash = await rpc.sendRawTransaction(raw);
      if (isAutomining)
        await until(async () => (await rpc.receipt(hash)) !== null, "the foreign one is mined");
    },
    record: (nonce) => ownStore().journal.transactions.get({ account: sender.address, nonce }),
    async beforeEach() {
      snapshot = await test.snapshot();
      firstCall = proxy.calls.length;
      store = await createMemoryStore({
        chainId: 31337,
        contract: deployment.clusterExecutions,
        now: () => 0,
      });
    },
    async afterEach() {
      for (const life of lives.splice(0)) await life.stop();
      for (const lift of lifts.splice(0)) lift();
      await request("anvil_dropAllTransactions", []);
      isAutomining = true;
      await test.setAutomine(true);
      await test.revert({ id: snapshot });
      // A revert does not take the next base fee back.
      await request("anvil_setNextBlockBaseFeePerGas", ["0x3b9aca00"]);
      await test.mine({ blocks: 1 });
    },
    async stop() {
      await proxy.stop();
      await chain.stop();
    },
  };
}

/** Names a moment at which a life is cut off. */
export interface KillPoint {
  readonly method: keyof TransactionJournal;
  readonly when: "before" | "after";
}

/**
 * A journal that stops a life at a moment: what was asked there is never answered, as in a process that was killed.
 *
 * @returns the journal, and a promise of that moment
 */
export function killAt(
  journal: TransactionJournal,
  { method, when }: KillPoint,
): { readonly journal: TransactionJournal; readonly killed: Promise<void> } {
  const { promise: killed, resolve } = Promise.withResolvers<void>();
  const wrapped = async (...args: readonly unknown[]): Promise<never> => {
    if (when === "after")
      await (journal[method] as (...given: readonly unknown[]) => Promise<unknown>)(...args);
    resolve();
    return new Promise(() => undefined);
  };
  return { journal: { ...journal, [method]: wrapped }, killed };
}
