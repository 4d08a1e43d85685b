import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Hex } from "viem";
import { type DaemonExecution, type DaemonJob, daemonClient } from "../../node/src/local/daemonClient.ts";
import { readDaemonState } from "../../node/src/local/daemonState.ts";
import { ROOT } from "../fixtures/pleiad.ts";
import { configFile } from "./operatorFolder.ts";

const BIN = join(ROOT, "node", "bin", "pleiad.mjs");
const HOOK = pathToFileURL(join(import.meta.dirname, "hook.mjs")).href;
/** What the shipped service unit waits before it starts a daemon again. Shorter here. */
const RESTART_DELAY_MS = 300;
/** "Another try may help": the exit code after which a service manager starts it again. */
export const EXIT_RETRYABLE = 75;
/** Longer than a daemon allows itself. */
const STOP_TIMEOUT_MS = 8_000;

/** How a daemon ended without being asked to. */
export interface UnaskedEnd {
  readonly operator: number;
  /** Code of the typed error, or what the system says. */
  readonly code: string;
  readonly exitCode: number | null;
}

/** The daemon of one operator, and whoever starts it again when it ends: what a service manager is to a real one. */
export interface Supervisor {
  readonly index: number;
  readonly folder: string;
  /** Its process, while it lives. */
  pid(): number | undefined;
  /** Kills it (SIGKILL) and keeps it down until as many releases. Answers whether something was killed. */
  hold(): Promise<boolean>;
  release(): void;
  /** Asks it to stop, and keeps it down. @returns its exit code */
  stop(): Promise<number | null>;
  /** Ends without being asked to, oldest first; those that were restarted among them. */
  readonly ends: readonly UnaskedEnd[];
  /** Access to its API; undefined while it is not ready. */
  client(): DaemonAccess | undefined;
}

export interface DaemonAccess {
  readonly apiUrl: string;
  readonly apiToken: string;
  status(): Promise<DaemonStatus>;
  jobs(): Promise<DaemonJob[]>;
  putBlob(bytes: Uint8Array): Promise<Hex>;
  getBlob(digest: Hex): Promise<Uint8Array>;
  execution(id: bigint): Promise<DaemonExecution & { readonly running?: boolean }>;
}

export interface DaemonStatus {
  readonly chain: {
    readonly state: string;
    readonly head?: { readonly number: string; readonly hash: string };
  };
  readonly peers: readonly { readonly state: string }[];
}

export interface SupervisorOptions {
  readonly index: number;
  readonly folder: string;
}

export function createSupervisor({ index, folder }: SupervisorOptions): Supervisor {
  const ends: UnaskedEnd[] = [];
  let holds = 1;
  let child: ChildProcess | undefined;

  function start(): void {
    if (holds > 0 || child !== undefined) return;
    const log = openSync(`${folder}.log`, "a", 0o600);
    // It ends with the pipe to this process, whatever becomes of this process.
    const args = [BIN, "node", "start", "--config", configFile(folder), "--stop-with-stdin"];
    const started = spawn(process.execPath, args, {
      stdio: ["pipe", log, log],
      // In a group of its own: Ctrl-C in the terminal ends the simulation, and that the daemons.
      detached: true,
      env: { ...process.env, NODE_OPTIONS: `--import=${HOOK}`, PLEIAD_SIM_FOLDER: controlFolder(folder) },
    });
    closeSync(log);
    child = started;
    started.stdin?.on("error", () => undefined);
    started.once("exit", (exitCode, signal) => {
      child = undefined;
      if (holds > 0) return;
      const state = readDaemonState(folder);
      const code = state?.state === "failed" ? state.error.code : String(signal ?? exitCode);
      ends.push({ operator: index, code, exitCode });
      if (exitCode === EXIT_RETRYABLE) setTimeout(start, RESTART_DELAY_MS);
    });
  }

  return {
    index,
    folder,
    ends,
    pid: () => child?.pid,
    async hold() {
      holds += 1;
      const running = child;
      if (running === undefined) return false;
      const gone = once(running, "exit");
      running.kill("SIGKILL");
      await gone;
      return true;
    },
    release() {
      holds -= 1;
      start();
    },
    async stop() {
      holds += 1;
      const running = child;
      if (running === undefined) return null;
      const gone = once(running, "exit");
      running.kill("SIGTERM");
      const timer = setTimeout(() => running.kill("SIGKILL"), STOP_TIMEOUT_MS);
      const [exitCode] = (await gone) as [number | null];
      clearTimeout(timer);
      return exitCode;
    },
    client() {
      const state = readDaemonState(folder);
      if (state?.state !== "ready" || state.pid !== child?.pid) return undefined;
      return accessTo(state.apiUrl, readFileSync(join(folder, "api.token"), "utf8").trim());
    },
  };
}

/** Where the files lie that `hook.mjs` looks at. */
export function controlFolder(folder: string): string {
  return `${folder}.control`;
}

function accessTo(apiUrl: string, apiToken: string): DaemonAccess {
  const client = daemonClient({ apiUrl, apiToken });
  return {
    apiUrl,
    apiToken,
    status: async () => (await client.status()) as DaemonStatus,
    jobs: client.jobs,
    putBlob: client.putBlob,
    getBlob: client.getBlob,
    execution: client.execution,
  };
}
