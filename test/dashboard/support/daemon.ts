import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { pino } from "pino";
import { type Address, createPublicClient, custom, type Hex, stringToHex, zeroAddress, zeroHash } from "viem";
import type { ProjectFolders } from "../../../node/src/agents/folders/types.ts";
import type { Journal } from "../../../node/src/chain/journal.ts";
import type { RpcReceipt } from "../../../node/src/chain/parse.ts";
import type { ProjectionReader, ProjectionTopic } from "../../../node/src/chain/projection.ts";
import type { ClusterState, ExecutionRecord, ModelState } from "../../../node/src/chain/state.ts";
import type { SubmissionRequest, SubmissionResult } from "../../../node/src/chain/submitterTypes.ts";
import { explanationOf } from "../../../node/src/cli/errorTable.ts";
import type { Config } from "../../../node/src/config/table.ts";
import { createDaemonLog, type DaemonLog } from "../../../node/src/local/daemonLog.ts";
import { createReorgBook, type ReorgBook } from "../../../node/src/local/dashboard/reorgBook.ts";
import { createGossipTimes, type GossipTimes } from "../../../node/src/local/gossipTimes.ts";
import { createJobStories, type JobStoriesKeeper } from "../../../node/src/local/jobStories.ts";
import { type AgentBooks, openAgentBooks } from "../../../node/src/local/wiring/openAgentBooks.ts";
import { type DaemonApi, openApi } from "../../../node/src/local/wiring/openApi.ts";
import type { Manager } from "../../../node/src/manager/face.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { createTokenStore, type TokenStore } from "../../../node/src/workspace/tokens/tokenStore.ts";

const logger = pino({ level: "silent" });
/** Of the world's journal. */
export const WORLD_CHAIN = { chainId: 31_337, contract: "0x01" } as const;
export const OWNER = `0x${"a1".repeat(20)}` as const;

/** Texts that people, agents and the chain may bring, each of which would leave a trace if it were anything but text. */
export const HOSTILE = {
  name: `<img src=x onerror="globalThis.canary=1"><script>globalThis.canary=1</script>\u202e${"long ".repeat(2_000)}`,
  text: 'javascript:globalThis.canary=1 <iframe src="http://attacker.example/frame"></iframe><style>body{display:none}</style><svg onload=globalThis.canary=1>\u0000\u001b[2J <a href="http://attacker.example">x</a>',
  uri: "javascript:globalThis.canary=1",
} as const;

export interface World {
  readonly folder: string;
  readonly api: () => DaemonApi;
  readonly url: () => string;
  readonly tokens: TokenStore;
  readonly books: AgentBooks;
  /** What the daemon does: its journal, what is seen of its jobs, its log. */
  readonly journal: Journal;
  readonly stories: JobStoriesKeeper;
  readonly log: DaemonLog;
  /** What the daemon says of itself, to be changed. */
  readonly status: { value: Record<string, unknown> };
  readonly clusters: ClusterState[];
  /** Models that come before the one that every world has. */
  readonly moreModels: ModelState[];
  readonly executions: ExecutionRecord[];
  /** What reorganisations took back: `before` is called, then `executions` changed, then told. */
  readonly reorgs: ReorgBook;
  readonly gossipTimes: GossipTimes;
  /** Receipts of transactions by their hash, and what calls answer: none, and none, until a test says. */
  readonly receipts: Map<string, RpcReceipt>;
  readonly calls: { answer: (to: string, data: Hex) => Hex };
  /** Who sends the daemon's transactions; until a test says, nothing can be sent. */
  readonly submitter: { submit: (request: SubmissionRequest) => Promise<SubmissionResult> };
  /** Tells of a change as the chain's fold would. */
  tell(topic: ProjectionTopic | "block", id: bigint): void;
  /** An address as `pleiad dashboard` prints it. */
  address(role?: "view" | "act", path?: string): Promise<string>;
  /** The daemon goes; it comes back on the same port. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export function place(blockNumber: bigint, timestamp: bigint) {
  const transactionHash = `0x${blockNumber.toString(16).padStart(64, "0")}` as const;
  return { blockNumber, blockHash: zeroHash, timestamp, transactionHash, logIndex: 0 };
}

export function clusterNamed(cluster: bigint, name: string): ClusterState {
  const version = { version: 1n, digest: zeroHash, code: OWNER, publishedAt: 1_700_000_000n };
  return {
    cluster,
    owner: OWNER,
    slug: `slug-${cluster}`,
    name,
    description: name,
    agents: [{ agent: 0n, name }],
    versions: [version],
  };
}

export function executionOf(execution: bigint, change: Partial<ExecutionRecord> = {}): ExecutionRecord {
  const now = BigInt(Math.floor(Date.now() / 1_000));
  return {
    execution,
    cluster: 1n,
    version: 1n,
    requester: OWNER,
    deadline: now + 600n,
    thread: zeroHash,
    ownerMayAnswer: false,
    outputsByReference: true,
    inputDigest: zeroHash,
    input: stringToHex(HOSTILE.text),
    inputURI: "",
    state: "Running",
    createdAt: now,
    readyAt: now,
    createdIn: place(10n, now),
    completions: new Map(),
    seconds: new Map(),
    failures: new Map(),
    callback: null,
    responseDigest: null,
    runDigest: null,
    refundWei: 0n,
    endedIn: null,
    ...change,
  };
}

/** An execution with a hostile answer, that ended well. */
export function answered(execution: bigint): ExecutionRecord {
  const now = BigInt(Math.floor(Date.now() / 1_000));
  const completion = (task: number, output: Hex | null) => ({
    task,
    role: "Node" as const,
    node: 1n,
    outputDigest: zeroHash,
    evidenceDigest: zeroHash,
    tipWei: 0n,
    output,
    outputURI: output === null ? HOSTILE.uri : "",
    place: place(11n, now),
  });
  return executionOf(execution, {
    state: "Succeeded",
    completions: new Map([
      [0, completion(0, stringToHex(HOSTILE.text))],
      [1, completion(1, null)],
    ]),
    responseDigest: zeroHash,
    runDigest: zeroHash,
    endedIn: place(12n, now),
  });
}

const VERSION = {
  cluster: 1n,
  version: 1n,
  digest: zeroHash,
  windowSeconds: 30,
  feeWei: 10_000_000_000_000n,
  currency: zeroAddress,
  quoteWei: 310_000_000_000_000n,
  pathLength: 2,
  attempts: 3,
  slug: HOSTILE.name,
  name: HOSTILE.name,
  description: HOSTILE.text,
  inputs: [],
  agents: [{ agent: 0n, name: HOSTILE.name, role: HOSTILE.text, goal: "", backstory: "" }],
  tasks: [0, 1].map((task) => ({
    task,
    name: HOSTILE.name,
    prompt: HOSTILE.text,
    tool: "",
    toolArguments: "",
    agentIndex: 0,
    model: 1n,
    priceWei: 100_000_000_000_000n,
    nodeShareBps: 7_000,
    dependsOn: task === 0 ? [] : [0],
    quorum: 1,
  })),
};

/** Each version says something else. */
function versionOf(version: bigint) {
  return { ...VERSION, version, windowSeconds: 30 + Number(version) };
}

const DEPLOYMENT = {
  chainId: 31_337,
  fromBlock: 0n,
  permissionRegistry: contractAt(1),
  nodeRegistry: contractAt(2),
  modelRegistry: contractAt(3),
  agentRegistry: contractAt(4),
  clusterRegistry: contractAt(5),
  clusterExecutions: contractAt(6),
  reputationRegistry: contractAt(7),
  nodeBonds: contractAt(8),
};

function contractAt(number: number): Address {
  return `0x${String(number).repeat(40)}`;
}

const AGENT = { agent: 0n, owner: OWNER, model: 1n, uri: HOSTILE.uri, cluster: 1n };

const CHAIN = {
  state: "following",
  head: { number: 12n, hash: zeroHash, timestamp: BigInt(Math.floor(Date.now() / 1_000)) },
  newest: 12n,
  lagBlocks: 0,
  headAgeSeconds: 1,
  error: null,
  hinted: null,
  endpoints: [],
  contradiction: null,
};

const STATUS = {
  node: 1n,
  version: "0.1.0",
  pid: 1,
  startedAtMs: Date.now(),
  ready: { ready: true, checks: {}, warnings: [] },
  chain: CHAIN,
  account: { address: OWNER, balanceWei: 10n ** 18n, spentWei: 1_000n, spendingLimitWei: null, alert: null },
  earnings: [{ currency: zeroAddress, amount: 70_000_000_000_000n }],
  peers: [],
  errors: [],
};

/** A daemon's API as it is wired, over a chain that the test makes up: nothing of the page or its routes is a double. */
export async function startWorld(
  options: {
    readonly manager?: Manager;
    /** Copies of projects, with the projects that are offered by name, and the gate that they have. @default there are none */
    readonly folders?: ProjectFolders;
    readonly projects?: ReadonlyMap<string, string>;
    readonly gate?: readonly string[];
    /** What its agents share. @default the node takes part in no workspace */
    readonly workspace?: unknown;
    /** What helpers are started with, by name. @default none */
    readonly services?: Readonly<Record<string, object>>;
    /** What every version says otherwise. @default hostile texts, two tasks of one agent */
    readonly version?: object;
    readonly budgets?: Partial<Config["budgets"]>;
    readonly rules?: Config["approvals"]["rules"];
    /** How long a person has to answer an agent. @default a minute */
    readonly waitMs?: number;
  } = {},
): Promise<World> {
  const { workspace, services = {}, version = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), "pleiad-page-"));
  const store = await createMemoryStore({ ...WORLD_CHAIN, genesis: "0x02" } as never);
  const none = { run: null, agent: null, cluster: null, user: null, day: null };
  const books = await openAgentBooks(
    {
      budgets: { currency: "USD", ...none, ...options.budgets },
      approvals: { rules: options.rules ?? [], waitMs: options.waitMs ?? 60_000 },
    },
    { store, logger },
  );
  const stories = createJobStories();
  const log = createDaemonLog({ log: { level: "info" } }, { write: () => {} });
  const listeners = new Map<string, Set<(id: bigint) => void>>();
  const on = (topic: string, listener: (id: bigint) => void) => {
    const there = listeners.get(topic) ?? new Set();
    listeners.set(topic, there.add(listener));
    return () => void there.delete(listener);
  };
  const clusters: ClusterState[] = [];
  const moreModels: ModelState[] = [];
  const executions: ExecutionRecord[] = [];
  const status = { value: { ...STATUS } as Record<string, unknown> };
  const model = {
    model: 1n,
    owner: OWNER,
    name: HOSTILE.name,
    currency: zeroAddress,
    priceWei: 1n,
    nodeShareBps: 7_000,
    open: true,
    places: [{ node: 1n, joinedAt: 0n, leftAt: null, active: true }],
    lastLeftAt: 0n,
  };
  const node = {
    node: 1n,
    owner: OWNER,
    key: OWNER,
    status: "Active",
    registeredAt: 1_700_000_000n,
    metadataDigest: zeroHash,
    metadataURI: "",
  };
  const projection = {
    head: () => CHAIN.head,
    on,
    node: () => node,
    model: () => model,
    agent: () => AGENT,
    cluster: (id: bigint) => clusters.find(({ cluster }) => cluster === id),
    clusters: () => clusters,
    execution: (id: bigint) => executions.find(({ execution }) => execution === id),
    runningExecutions: () => executions.filter(({ state }) => state === "Running"),
    endedExecutions: () => executions.filter(({ state }) => state !== "Running"),
    nodes: () => [node],
    models: () => [...moreModels, model],
    agents: () => [AGENT],
  } as unknown as ProjectionReader;
  const reorgs = createReorgBook({ projection, now: Date.now });
  const gossipTimes = createGossipTimes({ now: Date.now });
  const receipts = new Map<string, RpcReceipt>();
  const calls: World["calls"] = {
    answer(to: string): Hex {
      throw new PleiadError(`the endpoint does not answer for ${to}`, {
        code: "RPC_FAILED",
        retryable: true,
      });
    },
  };
  const submitter: World["submitter"] = {
    async submit() {
      throw new PleiadError("nothing can be sent", { code: "INSUFFICIENT_FUNDS", retryable: true });
    },
  };
  const chain = {
    projection,
    versions: {
      get: async (_cluster: bigint, number: bigint) => ({ ...versionOf(number), ...version }),
      peek: () => ({ ...VERSION, ...version }),
    },
    deployment: DEPLOYMENT,
    reorgs,
    rpc: {
      receipt: async (hash: string) => receipts.get(hash) ?? null,
      call: async ({ to, data }: { readonly to: string; readonly data: Hex }) => calls.answer(to, data),
      client: createPublicClient({
        transport: custom(
          {
            request: async ({
              params,
            }: {
              readonly params: readonly [{ readonly to: string; readonly data: Hex }];
            }) => calls.answer(params[0].to, params[0].data),
          },
          { retryCount: 0 },
        ),
      }),
    },
    isSettled: () => true,
    follower: { status: () => ({ state: "following", head: CHAIN.head, newest: 12n }) },
    view: {
      now: () => BigInt(Math.floor(Date.now() / 1_000)),
      onChange: (handler: (id: bigint | undefined) => void) => on("block", () => handler(undefined)),
    },
  };
  const config = {
    dataFolder: folder,
    api: { host: "127.0.0.1", port: 0, tokenFile: join(folder, "api.token") },
    folders: {
      projects: options.projects ?? new Map(Object.keys(services).length === 0 ? [] : [["app", folder]]),
      gate: options.gate ?? null,
    },
    services: new Map(Object.entries(services)),
    workspace: { agentServices: [], helpersMax: 16 },
    budgets: { currency: "USD", agent: null },
    network: { enabled: workspace !== undefined },
    chain: { chainId: 31_337, finalDepth: 0, finality: "latest", rpcUrls: ["http://127.0.0.1:1"] },
    log: { level: "info" },
  };
  const routes = {
    ready: async () => ({ ready: true, checks: {}, warnings: [] }),
    status: async () => status.value,
    metrics: async () => "",
  };
  const open = async () => {
    const opened = await openApi(config as unknown as Config, { chain, deployment: DEPLOYMENT } as never, {
      store: store as never,
      books,
      observer: { routes: () => routes, atWork: () => {}, stories, gossipTimes, log } as never,
      onToolsAsked: () => {},
      explain: explanationOf,
      logger,
    });
    // What is given by reference is as hostile.
    const blobs = { get: async () => new TextEncoder().encode(HOSTILE.text), put: async () => {} };
    const submits = {
      submit: (request: SubmissionRequest) => submitter.submit(request),
      status: () => ({ account: OWNER }),
      onChange: () => () => {},
    };
    const at = { node: 1n, journal: store.journal, chain, engine: {}, blobs, submitter: submits } as never;
    opened.atWork(at, {
      gossip: {} as never,
      workspace: workspace as never,
      folders: options.folders,
      manager: options.manager,
      memories: undefined,
    });
    return opened;
  };
  let api = await open();
  config.api.port = Number(new URL(api.url).port);
  const tokens = createTokenStore({ dataFolder: folder });
  return {
    folder,
    api: () => api,
    url: () => api.url,
    tokens,
    books,
    journal: store.journal,
    stories,
    log,
    status,
    clusters,
    moreModels,
    executions,
    reorgs,
    gossipTimes,
    receipts,
    calls,
    submitter,
    tell(topic, id) {
      for (const listener of listeners.get(topic) ?? []) listener(id);
    },
    async address(role = "view", path = "/") {
      const { token } = await tokens.create({ kind: "node" }, "a page", { role });
      return `${new URL(path, api.url)}#token=${token}`;
    },
    goAway: () => api.stop(),
    async comeBack() {
      api = await open();
    },
    async close() {
      await api.stop();
      await books.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The operator's own token. */
export function operatorToken(world: World): string {
  return readFileSync(join(world.folder, "api.token"), "utf8").trim();
}
