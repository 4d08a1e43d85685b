import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import pino from "pino";
import type { Address } from "viem";
import { type Backend, createMemoryBackend } from "../../../node/src/store/backend.ts";
import {
  decodeHomeAnswer,
  decodeHomeRequest,
  encodeHomeAnswer,
  encodeHomeRequest,
} from "../../../node/src/workspace/home/wire.ts";
import { createClusterLog } from "../../../node/src/workspace/log/clusterLog.ts";
import { createEntryStore } from "../../../node/src/workspace/log/entryStore.ts";
import { openOwnMark } from "../../../node/src/workspace/log/ownMark.ts";
import type { ClusterMembership } from "../../../node/src/workspace/log/ports.ts";
import type { ClusterLog } from "../../../node/src/workspace/log/types.ts";
import type {
  EmbeddingPort,
  HelperStart,
  HomeAnswer,
  HomeRequest,
  WorkspaceDirectory,
} from "../../../node/src/workspace/ports.ts";
import { createPrivateMemories } from "../../../node/src/workspace/privateMemory.ts";
import type { Credential, WorkspaceOperations } from "../../../node/src/workspace/types.ts";
import { createWorkspace, type WorkspaceHost } from "../../../node/src/workspace/workspace.ts";
import { CertificatesFake, type FakeWall, fakeWall, type Identity, NOW_MS } from "./log/support.ts";

export { codeOf } from "./log/support.ts";
export { NOW_MS };
export const ALPHA = 7n;
export const BETA = 8n;
export const ALICE: Address = "0x00000000000000000000000000000000000000aa";
export const BOB: Address = "0x00000000000000000000000000000000000000bb";
/** Owns cluster ALPHA. */
export const OWNER: Address = "0x00000000000000000000000000000000000000ee";
export const STRANGER: Address = "0x00000000000000000000000000000000000000dd";

/**
 * The chain as a test says it: nodes 1 to 3 are members of both clusters, each serves the agents of its number and of ten times
 * that; cluster ALPHA has the agents 1, 2, 3 (ada, ben, cleo), cluster BETA agent 20 (dora); agent 10 is in none.
 */
export class ChainFake implements ClusterMembership, WorkspaceDirectory {
  readonly agents = new Map<bigint, { name: string; node: bigint; clusters: bigint[] }>([
    [1n, { name: "ada", node: 1n, clusters: [ALPHA] }],
    [2n, { name: "ben", node: 2n, clusters: [ALPHA] }],
    [3n, { name: "cleo", node: 3n, clusters: [ALPHA] }],
    [10n, { name: "lone", node: 1n, clusters: [] }],
    [20n, { name: "dora", node: 1n, clusters: [BETA] }],
  ]);
  nodes: readonly bigint[] = [1n, 2n, 3n];
  homeNode: bigint | undefined = 1n;
  /** Who is admitted to which cluster. */
  readonly users = new Map<string, "owner" | "user">([
    [`${ALPHA} ${OWNER}`, "owner"],
    [`${ALPHA} ${ALICE}`, "user"],
    [`${ALPHA} ${BOB}`, "user"],
    [`${BETA} ${BOB}`, "user"],
  ]);

  members(): readonly bigint[] {
    return this.nodes;
  }
  home(): bigint | undefined {
    return this.homeNode;
  }
  mayVoice(_cluster: bigint, node: bigint, agent: bigint): boolean {
    return this.agents.get(agent)?.node === node;
  }
  onChange(): () => void {
    return () => {};
  }
  clustersOf(agent: bigint): readonly bigint[] {
    return this.agents.get(agent)?.clusters ?? [];
  }
  agentsOf = (cluster: bigint) =>
    [...this.agents].flatMap(([agent, { name, clusters }]) =>
      clusters.includes(cluster) ? [{ agent, name }] : [],
    );
  agentExists(agent: bigint): boolean {
    return this.agents.has(agent);
  }
  clusterExists(cluster: bigint): boolean {
    return cluster === ALPHA || cluster === BETA;
  }
  roleOf(cluster: bigint, user: Address) {
    return this.users.get(`${cluster} ${user.toLowerCase()}`);
  }
  serves(_agent: bigint): boolean {
    return true;
  }
}

export interface TestNode {
  readonly node: bigint;
  readonly workspace: WorkspaceHost;
  readonly logs: Map<bigint, ClusterLog>;
  readonly wall: FakeWall;
  readonly identity: Identity;
  readonly backends: Map<string, Backend>;
  readonly folder: string;
  readonly started: HelperStart[];
  readonly stopped: string[];
  readonly restarted: string[];
  /** Helpers that failed, as their node keeps them. */
  readonly lost: Map<string, HelperStart>;
  /** Those that were started again as they were. */
  readonly revived: string[];
  /** Names of helpers that ended in the log and whose programs have not yet. */
  readonly ending: Set<string>;
  /** What a credential may do. */
  as(credential: Credential): WorkspaceOperations;
  agent(agent: bigint, user?: Address): WorkspaceOperations;
  helper(name: string, user?: Address): WorkspaceOperations;
  user(user: Address): WorkspaceOperations;
  operator(): WorkspaceOperations;
}

const folders: string[] = [];
const running: TestNode[] = [];

/**
 * Stops what a test has opened and removes its folders. Each file asks for it by `afterEach(tidyUp)`: a hook that this file
 * registered would be that of the first test file alone that a process loads.
 */
export async function tidyUp(): Promise<void> {
  await Promise.all(running.splice(0).map(({ workspace }) => workspace.stop()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

/** Nodes of one test and what is between them. */
export class Net {
  readonly chain = new ChainFake();
  readonly certificates = new CertificatesFake();
  readonly nodes = new Map<bigint, TestNode>();
  readonly #beatHandlers: ((cluster: bigint, node: bigint, party: string) => void)[] = [];
  /** Nodes that answer nobody. */
  readonly unreachable = new Set<bigint>();
  /** Nodes that are asked and never answer. */
  readonly silent = new Set<bigint>();
  /** Answers of homes that are lost on the way back: so many. */
  answersLost = 0;

  async open(
    node: bigint,
    options: {
      readonly again?: TestNode;
      readonly embeddings?: EmbeddingPort;
      readonly homeTimeoutMs?: number;
      readonly clusters?: readonly bigint[];
    } = {},
  ): Promise<TestNode> {
    const { again } = options;
    const identity = again?.identity ?? this.certificates.issue(node);
    if (again === undefined) this.certificates.publish(identity);
    const wall = again?.wall ?? fakeWall();
    const folder = again?.folder ?? (await mkdtemp(join(tmpdir(), "pleiad-workspace-")));
    if (again === undefined) folders.push(folder);
    const backends = again?.backends ?? new Map<string, Backend>();
    const backendOf = (name: string) => {
      const backend = backends.get(name) ?? createMemoryBackend();
      backends.set(name, backend);
      return backend;
    };
    const logs = new Map<bigint, ClusterLog>();
    const logger = pino({ level: "silent" });
    const started: HelperStart[] = [];
    const stopped: string[] = [];
    const restarted: string[] = [];
    const lost = new Map<string, HelperStart>();
    const revived: string[] = [];
    const ending = new Set<string>();
    const workspace = createWorkspace(
      {
        node,
        operator: ALICE,
        nodeRegistry: "0x00000000000000000000000000000000000000b1",
        ...(options.homeTimeoutMs === undefined ? {} : { homeTimeoutMs: options.homeTimeoutMs }),
      },
      {
        openLog: async (cluster) => {
          const log = await createClusterLog(
            {
              space: {
                chainId: 31_337,
                clusterRegistry: "0x00000000000000000000000000000000000000c1",
                cluster,
              },
              node,
            },
            {
              store: createEntryStore(cluster, backendOf(String(cluster))),
              mark: await openOwnMark({ folder, cluster }),
              membership: this.chain,
              certificates: this.certificates.sourceOf(identity),
              logger,
              now: wall,
            },
          );
          logs.set(cluster, log);
          return log;
        },
        membership: this.chain,
        directory: Object.assign(Object.create(this.chain) as ChainFake, {
          serves: (agent: bigint) => this.chain.agents.get(agent)?.node === node,
        }),
        home: { ask: (home, request) => this.#ask(node, home, request) },
        presence: {
          beat: (cluster, party) => {
            for (const handler of this.#beatHandlers) handler(cluster, node, party);
          },
          onBeat: (handler) => {
            this.#beatHandlers.push(handler);
            return () => this.#beatHandlers.splice(this.#beatHandlers.indexOf(handler), 1);
          },
        },
        helpers: {
          requireFree(_cluster, name) {
            if (ending.has(name)) throw new PleiadError("it runs", { code: "HELPER_RUNS" });
          },
          async start(helper) {
            if (helper.service === "broken")
              throw new PleiadError("no such service", { code: "SERVICE_UNKNOWN" });
            started.push(helper);
          },
          async stop(_cluster, name) {
            stopped.push(name);
          },
          async restart(_cluster, name) {
            restarted.push(name);
          },
          async lost(_cluster, name) {
            const one = lost.get(name);
            return one === undefined ? undefined : { service: "any", ...one };
          },
          async again(_cluster, name) {
            if (!lost.delete(name)) throw new PleiadError("none", { code: "HELPER_NOT_RUNNING" });
            revived.push(name);
          },
          programOf: (_cluster, name) =>
            started.some((one) => one.name === name && one.service !== undefined)
              ? { service: "any", state: "waiting", note: "waits", turns: 0, restarts: 0, sinceMs: 1 }
              : undefined,
        },
        privateMemories: createPrivateMemories({ backend: backendOf("private"), logger, now: wall }),
        ...(options.embeddings === undefined ? {} : { embeddings: options.embeddings }),
        logger,
        now: wall,
      },
    );
    for (const cluster of options.clusters ?? [ALPHA]) await workspace.open(cluster);
    const as = (credential: Credential) => workspace.as(credential);
    const opened: TestNode = {
      node,
      workspace,
      logs,
      wall,
      identity,
      backends,
      folder,
      started,
      stopped,
      restarted,
      lost,
      revived,
      ending,
      as,
      agent: (agent, user = ALICE) => as({ kind: "agent", agent, user }),
      helper: (name, user = ALICE) => as({ kind: "helper", cluster: ALPHA, name, user }),
      user: (user) => as({ kind: "user", cluster: ALPHA, user }),
      operator: () => as({ kind: "node", cluster: ALPHA }),
    };
    running.push(opened);
    this.nodes.set(node, opened);
    return opened;
  }

  /** Tells all nodes a heartbeat that came from a node. */
  beat(node: bigint, party: string): void {
    for (const handler of this.#beatHandlers) handler(ALPHA, node, party);
  }

  async #ask(from: bigint, home: bigint, request: HomeRequest): Promise<HomeAnswer> {
    const target = this.nodes.get(home);
    if (target === undefined || this.unreachable.has(home))
      throw new PleiadError("nobody answers", { code: "HOME_UNREACHABLE", retryable: true });
    if (this.silent.has(home)) return new Promise(() => {});
    const answer = await target.workspace.answerHome(from, decodeHomeRequest(encodeHomeRequest(request)));
    if (this.answersLost > 0) {
      this.answersLost -= 1;
      throw new PleiadError("the answer was lost", { code: "HOME_UNREACHABLE", retryable: true });
    }
    return decodeHomeAnswer(encodeHomeAnswer(answer));
  }

  /** Lets all nodes exchange their logs until nobody lacks anything. */
  async settle(cluster = ALPHA): Promise<void> {
    for (let round = 0; round < 2; round++)
      for (const from of this.nodes.values())
        for (const to of this.nodes.values()) if (from !== to) await bring(from, to, cluster);
  }
}

async function bring(from: TestNode, to: TestNode, cluster: bigint): Promise<void> {
  const [source, target] = [from.logs.get(cluster), to.logs.get(cluster)];
  if (source === undefined || target === undefined) return;
  for (let more = true; more; ) {
    const answer = await source.since(target.vector(), 1024 * 1024);
    more = answer.more;
    await target.take(answer.parcel, String(from.node));
  }
}

/** Three nodes with cluster ALPHA open. */
export async function threeNodes(): Promise<{ net: Net; one: TestNode; two: TestNode; three: TestNode }> {
  const net = new Net();
  return { net, one: await net.open(1n), two: await net.open(2n), three: await net.open(3n) };
}

/** Expects a promise to be rejected with a code. @returns the error's details */
export async function fails(
  promise: Promise<unknown>,
  code: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    expect(error.code, error.message).to.equal(code);
    return error.details;
  }
  throw new Error(`nothing failed, ${code} was expected`);
}
