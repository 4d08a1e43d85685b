import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { pino } from "pino";
import { type Hex, keccak256 } from "viem";
import { type ApiModules, startApi } from "../../../../node/src/api/server.ts";
import type { DaemonStatus } from "../../../../node/src/local/daemonStatus.ts";

/** What a daemon says it did for an execution. */
export interface FakeJob {
  readonly task: number;
  readonly failures?: readonly {
    readonly code: string;
    readonly message: string;
    readonly attempt: number;
  }[];
  /** Digest of the reason that it reported on chain. @default it reported none */
  readonly reportedDigest?: Hex;
}

/** What a daemon says keeps it from a task. */
export interface FakeWait {
  readonly task: number;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** The API of a daemon, with a head full of what a test put there. */
export interface FakeDaemon {
  readonly folder: string;
  readonly blobs: Map<Hex, Uint8Array>;
  readonly jobs: Map<bigint, readonly FakeJob[]>;
  readonly waits: Map<bigint, readonly FakeWait[]>;
  stop(): Promise<void>;
}

/** What a daemon that is well says of itself. */
export const STATUS: Omit<DaemonStatus, "node"> = {
  version: "0.1.0",
  pid: 4_242,
  startedAtMs: Date.now() - 3_723_000,
  ready: { ready: true, checks: { chain: { ok: true, reason: null } }, warnings: [] },
  chain: {
    state: "following",
    head: { number: 7n, hash: `0x${"11".repeat(32)}`, timestamp: 1_700_000_000n },
    newest: 7n,
    lagBlocks: 0,
    headAgeSeconds: 2,
    error: null,
    hinted: true,
    endpoints: [{ name: "endpoint 1", state: "well", lagBlocks: 0, latencyMs: 4, error: null }],
    contradiction: null,
  },
  account: {
    address: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    nonce: 57,
    balanceWei: 912_345_678_900_000_000n,
    readAtMs: Date.now(),
    inFlight: 1,
    waiting: 0,
    spentWei: 4_000_000_000_000_000n,
    spendingLimitWei: 1_000_000_000_000_000_000n,
    alert: null,
  },
  earnings: [{ currency: "0x0000000000000000000000000000000000000000", amount: 1_230_000_000_000_000n }],
  peers: [{ state: "certified" }],
  nodesUp: [{}, {}],
  peerAddresses: [],
  activeJobs: 2,
  sandbox: {
    about: "bubblewrap 0.11.0",
    notKept: "the kernel is shared",
  },
  waitingJobs: 0,
  places: 4,
  draining: false,
  jobs: {
    live: { leased: 0, running: 2, signed: 0, sent: 1, mined: 0 },
    ended: { final: 41, failed: 1, dropped: 3 },
  },
  models: [1n, 2n],
  errors: [],
};

/**
 * Starts a daemon's API on a free port, and writes what a daemon writes into its folder.
 *
 * @param status what it says of itself otherwise than `STATUS`
 * @param routes what it answers otherwise
 */
export async function startFakeDaemon(
  folder: string,
  node: bigint,
  status: object = {},
  routes: Partial<ApiModules> = {},
): Promise<FakeDaemon> {
  const token = `token-of-${node}`;
  const blobs = new Map<Hex, Uint8Array>();
  const jobs = new Map<bigint, readonly FakeJob[]>();
  const waits = new Map<bigint, readonly FakeWait[]>();
  const api = await startApi(
    { host: "127.0.0.1", port: 0, token },
    {
      ready: async () => ({ ready: true, checks: {}, warnings: [] }),
      status: async () => ({ ...STATUS, node, ...status }),
      jobs: async () => [],
      execution: async (execution) => ({
        node,
        execution,
        jobs: (jobs.get(execution) ?? []).map(({ task, failures = [], reportedDigest }) => {
          const end = failures.at(-1) ?? null;
          const state = end === null ? "final" : "failed";
          const reported = reportedDigest !== undefined;
          const reasonDigest = reportedDigest ?? null;
          const settled = { outputDigest: null, transactionHash: null };
          return { execution, task, state, ...settled, failures, end, reasonDigest, reported, elapsedMs: 5 };
        }),
        waits: waits.get(execution) ?? [],
      }),
      putBlob: async (bytes) => {
        const digest = keccak256(bytes);
        blobs.set(digest, bytes);
        return digest;
      },
      getBlob: async (digest) => {
        const found = blobs.get(digest);
        if (found === undefined)
          throw new PleiadError("no such blob", { code: "BLOB_MISSING", retryable: true });
        return found;
      },
      metrics: async () => "",
      logger: pino({ level: "silent" }),
      ...routes,
    },
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "api.token"), token, { mode: 0o600 });
  const state = { state: "ready", pid: process.pid, node: String(node), apiUrl: api.url, peerAddresses: [] };
  writeFileSync(join(folder, "daemon.json"), JSON.stringify(state));
  return { folder, blobs, jobs, waits, stop: () => api.stop() };
}

/** Writes the operators of a data folder into its network.json. */
export function writeOperators(
  dataFolder: string,
  operators: readonly { readonly name: string; readonly node: number; readonly folder: string }[],
): void {
  const path = join(dataFolder, "network.json");
  const network = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...network, operators }));
}
