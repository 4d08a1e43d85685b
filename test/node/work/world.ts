import { PleiadError } from "@pleiad/sdk/errors";
import type { Completion } from "@pleiad/sdk/types/completion";
import { expect } from "chai";
import { bytesToString, type Hex, keccak256, stringToBytes } from "viem";
import type { JobRecord, Journal } from "../../../node/src/chain/journal.ts";
import { createMemoryBackend } from "../../../node/src/store/backend.ts";
import { createJournal } from "../../../node/src/store/journal.ts";
import { SCHEMA_VERSION } from "../../../node/src/store/migrations.ts";
import { openRecords, type Records } from "../../../node/src/store/records.ts";
import {
  createEngine,
  type Engine,
  type EngineModules,
  type EngineOptions,
} from "../../../node/src/work/engine.ts";
import type {
  AnswerOptions,
  Blobs,
  ChainView,
  CommitmentMessage,
  Gossip,
  SettlementItem,
  SignedMessage,
  TaskQuestion,
} from "../../../node/src/work/ports.ts";
import type { RefusalPolicy } from "../../../node/src/work/refusals.ts";
import { logger, type ManualClock, manualClock } from "../chain/helpers.ts";
import { createFakeChain, type FakeChain, type FakeChainOptions, refusalOf } from "./fakeChain.ts";

export const CHAIN = { chainId: 31_337, contract: "0x5FbDB2315678afecb367f032d93F642f64180aa3" } as const;
/** Long enough for every chain of promises here: each turn runs all microtasks that are there. */
const FLUSH_TURNS = 8;
const UNTIL_TURNS = 500;

/** An agent of a test. */
export type Answer = (question: TaskQuestion, options: AnswerOptions) => Promise<Uint8Array>;

/** What an agent says that works: it names the task and what it builds on, and is the same every time. */
export const plainAnswer: Answer = async ({ task, request, dependencies }) => {
  const before = dependencies.map(({ output }) => bytesToString(output)).join("+");
  return stringToBytes(`${task.name} of (${before === "" ? bytesToString(request) : before})`);
};

/** A transaction that a node handed to its settler, while the test decides what becomes of it. */
export interface PendingSettlement {
  readonly items: readonly SettlementItem[];
  mine(options?: { quietly?: boolean }): void;
  refuse(error: PleiadError): void;
}

/** One node of a test, and what it did. */
export interface TestNode {
  readonly id: bigint;
  readonly engine: Engine;
  readonly journal: Journal;
  /** Names of the tasks its agent was asked, in order. */
  readonly asked: string[];
  /** Context hashes and digests that it signed. */
  readonly signed: Completion[];
  /** Failures that it handed over to be reported. */
  readonly reported: { readonly execution: bigint; readonly task: number; readonly reasonDigest: Hex }[];
  /** Thrown instead of reporting, until it is undefined again. */
  reportFailure: PleiadError | undefined;
  /** What it told its peers before it showed an answer. */
  readonly committed: CommitmentMessage[];
  /** Batches that it handed to its settler. */
  readonly settled: (readonly SettlementItem[])[];
  /** Held back while `holdSettlements`. */
  readonly pending: PendingSettlement[];
  readonly blobs: Map<Hex, Uint8Array>;
  answer: Answer;
  holdSettlements: boolean;
  /** Questions for blobs wait until they are stopped. */
  holdFetches: boolean;
  /** Thrown by `publish`, until it is undefined again. */
  publishFailure: PleiadError | undefined;
  job(execution: bigint, task: number): Promise<JobRecord | undefined>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it as SIGKILL does: nothing it awaits ever comes back. */
  kill(): void;
  /** Another life over the same journal and blobs; start it. */
  reborn(change?: NodeChange): TestNode;
}

export interface NodeChange {
  readonly parallelMax?: number;
  readonly attemptsMax?: number;
  readonly leaseMs?: number;
  readonly gossip?: boolean;
  readonly canAnswer?: boolean;
  readonly tipShareBps?: number;
  readonly modelLimits?: EngineOptions["modelLimits"];
  /** What it does not work for. @default nothing is refused */
  readonly refusals?: RefusalPolicy;
  /** Stands between the engine and its journal. */
  readonly journal?: (journal: Journal) => Journal;
  readonly modules?: Partial<EngineModules>;
}

/** Nodes, a chain and peers in one process, in a time that stands still unless the test moves it. */
export interface World {
  readonly chain: FakeChain;
  readonly clock: ManualClock;
  node(id: bigint, change?: NodeChange): Promise<TestNode>;
  /** A peer says a completion to all nodes. */
  say(message: SignedMessage): void;
  /** A peer commits itself to an answer, before all nodes. */
  commit(message: CommitmentMessage): void;
  /** Lets everything happen that needs no time. */
  flush(): Promise<void>;
  /** Lets time pass, with everything that happens on the way. */
  pass(ms: number): Promise<void>;
  /** Waits until `check` holds, without letting time pass. */
  until(check: () => boolean | Promise<boolean>, what: string): Promise<void>;
  close(): Promise<void>;
}

export function createWorld(options: Partial<FakeChainOptions> = {}): World {
  const clock = manualClock();
  const chain = createFakeChain({ nodes: [1n, 2n, 3n], ...options }, { clock });
  const peers = new Set<Peer>();
  const nodes: TestNode[] = [];
  // A daemon would end by it; mocha alone does not tell.
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);

  const flush = async () => {
    for (let turn = 0; turn < FLUSH_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const world: World = {
    chain,
    clock,
    async node(id, change = {}) {
      const records = await memoryRecords();
      const node = createNode(id, records, new Map(), change, { chain, clock, peers, nodes });
      await node.start();
      return node;
    },
    say: (message) => {
      for (const peer of peers) peer.hear(message);
    },
    commit: (message) => {
      for (const peer of peers) peer.hearCommitment(message);
    },
    flush,
    async pass(ms) {
      const endMs = clock.monotonicMs() + ms;
      await flush();
      for (;;) {
        const restMs = endMs - clock.monotonicMs();
        const nextMs = Math.min(restMs, ...clock.waits());
        clock.advance(Math.max(0, nextMs));
        await flush();
        if (clock.monotonicMs() >= endMs && !clock.waits().some((waitMs) => waitMs <= 0)) return;
      }
    },
    async until(check, what) {
      for (let turn = 0; turn < UNTIL_TURNS; turn++) {
        if (await check()) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect.fail(`never: ${what}`);
    },
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
      await flush();
      process.off("unhandledRejection", onUnhandled);
      expect(unhandled, "rejections that nobody handled").to.deep.equal([]);
      expect(clock.waits(), "timers that nobody ended").to.deep.equal([]);
    },
  };
  return world;
}

/** What a node's peers know of it. */
interface Peer {
  readonly blobs: Map<Hex, Uint8Array>;
  hear(message: SignedMessage): void;
  find(executions: readonly bigint[]): readonly SignedMessage[];
  hearCommitment(message: CommitmentMessage): void;
}

interface Surroundings {
  readonly chain: FakeChain;
  readonly clock: ManualClock;
  readonly peers: Set<Peer>;
  readonly nodes: TestNode[];
}

function createNode(
  id: bigint,
  records: Records,
  blobs: Map<Hex, Uint8Array>,
  change: NodeChange,
  around: Surroundings,
): TestNode {
  const { chain, clock, peers, nodes } = around;
  const { journal: whole } = createJournal(CHAIN, { records });
  const life = { dead: false, cancels: new Set<() => void>() };
  const journal = mortal(change.journal?.(whole) ?? whole, life);
  const handlers = new Set<(message: SignedMessage) => void>();
  const commitmentHandlers = new Set<(execution: bigint) => void>();
  const commitments = new Map<string, Set<bigint>>();
  const self: Peer = {
    blobs,
    hear: (message) =>
      handlers.forEach((handler) => void queueMicrotask(() => life.dead || handler(message))),
    find: (executions) => engine.find(executions),
    hearCommitment({ execution, task, contextHash, node: from }) {
      const name = `${execution}:${task}:${contextHash}`;
      commitments.set(name, new Set([...(commitments.get(name) ?? []), from]));
      for (const handler of commitmentHandlers) queueMicrotask(() => life.dead || handler(execution));
    },
  };
  const gossip: Gossip = {
    enabled: change.gossip ?? true,
    async publish(message) {
      if (node.publishFailure !== undefined) throw node.publishFailure;
      for (const peer of peers) if (peer !== self && change.gossip !== false) peer.hear(message);
    },
    async fetchBlob(digest, signal) {
      await Promise.resolve();
      // As the network does: the signal's own reason.
      signal.throwIfAborted();
      if (node.holdFetches) {
        await new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      }
      for (const peer of peers) {
        const bytes = peer.blobs.get(digest);
        if (bytes !== undefined) return bytes;
      }
      throw new PleiadError(`nobody has ${digest}`, { code: "BLOB_MISSING", retryable: true });
    },
    async commit(message) {
      if (node.publishFailure !== undefined) throw node.publishFailure;
      node.committed.push(message);
      for (const peer of peers) if (peer !== self && change.gossip !== false) peer.hearCommitment(message);
    },
    committed({ execution, task, contextHash }) {
      const name = `${execution}:${task}:${contextHash}`;
      return [...(commitments.get(name) ?? [])];
    },
    onCommitment(handler) {
      commitmentHandlers.add(handler);
      return () => commitmentHandlers.delete(handler);
    },
    onBroken: () => () => {},
    onCompletion(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    async catchUp(executions) {
      for (const peer of peers) if (peer !== self) peer.find(executions).forEach(self.hear);
    },
  };
  const view: ChainView = {
    ...chain.view,
    onChange: (handler) => chain.view.onChange((execution) => life.dead || handler(execution)),
  };
  const blobStore: Blobs = {
    get: async (digest) => blobs.get(digest),
    async put(bytes) {
      blobs.set(keccak256(bytes), bytes);
      return keccak256(bytes);
    },
  };
  const engine = createEngine(
    {
      node: id,
      ...CHAIN,
      attemptsMax: change.attemptsMax ?? 3,
      leaseMs: change.leaseMs ?? 60_000,
      parallelMax: change.parallelMax ?? 4,
      tipShareBps: change.tipShareBps ?? 0,
      ...(change.refusals === undefined ? {} : { refusals: change.refusals }),
      ...(change.modelLimits === undefined ? {} : { modelLimits: change.modelLimits }),
    },
    {
      chain: view,
      journal,
      blobs: blobStore,
      gossip,
      // Pauses of their full length.
      random: () => 0,
      answerer: {
        canAnswer: () => change.canAnswer ?? true,
        async answer(question, options) {
          node.asked.push(question.task.name);
          return whileAlive(node.answer(question, options), life);
        },
      },
      settler: {
        async settle(items) {
          node.settled.push(items);
          if (node.holdSettlements) return whileAlive(held(items, node, chain), life);
          const outcomes = chain.simulate(items);
          const [first] = outcomes;
          if (first !== undefined && first !== "accepted" && !outcomes.includes("accepted")) {
            const refusal = refusalOf(first);
            if (refusal instanceof PleiadError) throw refusal;
            return refusal;
          }
          return { transactionHash: chain.submit(items) };
        },
      },
      reporter: {
        async report({ execution, task, reasonDigest }) {
          node.reported.push({ execution, task, reasonDigest });
          if (node.reportFailure !== undefined) throw node.reportFailure;
          return { transactionHash: chain.report(execution, task, id) };
        },
      },
      signer: {
        async signTypedData({ message, primaryType }) {
          if (primaryType === "Completion") node.signed.push(message as unknown as Completion);
          return `0x${"11".repeat(65)}`;
        },
      },
      logger,
      clock: {
        monotonicMs: clock.monotonicMs,
        after(delayMs, run) {
          const cancel = clock.after(delayMs, run);
          life.cancels.add(cancel);
          return cancel;
        },
      },
      ...change.modules,
    },
  );
  const node: TestNode = {
    id,
    engine,
    journal,
    asked: [],
    signed: [],
    committed: [],
    reported: [],
    reportFailure: undefined,
    settled: [],
    pending: [],
    blobs,
    answer: plainAnswer,
    holdSettlements: false,
    holdFetches: false,
    publishFailure: undefined,
    job: (execution, task) => whole.jobs.get({ execution, task }),
    async start() {
      if (change.gossip !== false) peers.add(self);
      await engine.start();
    },
    async stop() {
      peers.delete(self);
      if (!life.dead) await engine.stop();
    },
    kill() {
      life.dead = true;
      for (const cancel of life.cancels) cancel();
      peers.delete(self);
    },
    reborn: (next = change) => createNode(id, records, blobs, next, around),
  };
  nodes.push(node);
  return node;
}

function held(items: readonly SettlementItem[], node: TestNode, chain: FakeChain) {
  const { promise, resolve, reject } = Promise.withResolvers<{ transactionHash: Hex }>();
  node.pending.push({
    items,
    mine: (options) => resolve({ transactionHash: chain.submit(items, options) }),
    refuse: reject,
  });
  return promise;
}

async function memoryRecords(): Promise<Records> {
  return openRecords(
    { create: true, schema: SCHEMA_VERSION, name: "memory", acknowledged: 0 },
    { backend: createMemoryBackend() },
  );
}

/** What was begun in a life that has ended never comes back. */
async function whileAlive<T>(promise: Promise<T>, life: { readonly dead: boolean }): Promise<T> {
  const settled = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (life.dead) return new Promise(() => {});
  if ("error" in settled) throw settled.error;
  return settled.value;
}

function mortal(journal: Journal, life: { readonly dead: boolean }): Journal {
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) =>
          life.dead ? new Promise(() => {}) : whileAlive(value.apply(target, args) as Promise<unknown>, life);
      },
    });
  return {
    jobs: wrap(journal.jobs),
    transactions: wrap(journal.transactions),
    signings: wrap(journal.signings),
  };
}
