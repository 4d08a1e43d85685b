import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { pino } from "pino";
import { type Hex, keccak256 } from "viem";
import { startApi } from "../../../../node/src/api/server.ts";

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

/** Starts a daemon's API on a free port, and writes what a daemon writes into its folder. */
export async function startFakeDaemon(folder: string, node: bigint): Promise<FakeDaemon> {
  const token = `token-of-${node}`;
  const blobs = new Map<Hex, Uint8Array>();
  const jobs = new Map<bigint, readonly FakeJob[]>();
  const waits = new Map<bigint, readonly FakeWait[]>();
  const api = await startApi(
    { host: "127.0.0.1", port: 0, token },
    {
      ready: async () => ({ ready: true, checks: {} }),
      status: async () => ({
        node,
        chain: { state: "following", head: { number: 7n } },
        peers: [{}],
        activeJobs: 2,
      }),
      jobs: async () => [],
      execution: async (execution) => ({
        node,
        execution,
        jobs: (jobs.get(execution) ?? []).map(({ task, failures = [], reportedDigest }) => {
          const end = failures.at(-1) ?? null;
          const state = end === null ? "final" : "failed";
          const reported = reportedDigest !== undefined;
          const reasonDigest = reportedDigest ?? null;
          return { execution, task, state, failures, end, reasonDigest, reported, elapsedMs: 5 };
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
