import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, openSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PleiadError } from "@pleiad/sdk/errors";
import { createPublicClient, createTestClient, http } from "viem";

/** Chain id of a local chain, by the custom of every development tool. */
export const LOCAL_CHAIN_ID = 31_337;
/** Without a transaction a block comes every second, or windows and deadlines would never pass. */
const BLOCK_INTERVAL_MS = 1_000;
/**
 * Blocks whose state can still be asked for, twice what a full node of a public chain keeps. Without a bound anvil writes the
 * state of each block into the user's home folder, megabytes every second, and leaves them there when it is killed.
 */
const STATES_KEPT = 256;
/** What a power cut can cost; every orderly end writes the state once more. Seconds. */
const STATE_INTERVAL_SECONDS = 5;
/** Anvil is up within a second on a slow machine; a large state takes longer to load. */
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 16_000;
/** A chain that is busy for longer with one block gets the next one later. */
const BLOCK_TIMEOUT_MS = 10_000;

export interface LocalChainOptions {
  /** Folder of the chain's state and log. */
  readonly folder: string;
  readonly port: number;
  /** BIP-39 phrase whose first accounts the chain funds. */
  readonly mnemonic: string;
}

export interface LocalChain {
  readonly rpcUrl: string;
  /** Whether the state of an earlier run was taken up. */
  readonly resumed: boolean;
  /** Called when the chain ends without being asked to. */
  onExit(handler: (reason: string) => void): void;
  /** Ends the chain after it has written its state. */
  stop(): Promise<void>;
}

/**
 * Starts a local chain (anvil, Prague rules) that mines on demand and at least every second, and takes up the state
 * of its last run.
 *
 * @throws PleiadError LOCAL_CHAIN_FAILED with the last lines of its log
 */
export async function startLocalChain(options: LocalChainOptions): Promise<LocalChain> {
  const statePath = join(options.folder, "state.json");
  const logPath = join(options.folder, "anvil.log");
  const resumed = prepareState(statePath);
  const log = openSync(logPath, "a", 0o600);
  const args = [
    ["--host", "127.0.0.1", "--port", String(options.port), "--chain-id", String(LOCAL_CHAIN_ID)],
    ["--mnemonic", options.mnemonic, "--accounts", "12", "--hardfork", "prague"],
    // Not with a block time of anvil's own: it would keep 1,500 states whatever the bound.
    ["--prune-history", String(STATES_KEPT)],
    ["--state", statePath, "--state-interval", String(STATE_INTERVAL_SECONDS)],
  ].flat();
  // In a group of its own: Ctrl-C in the terminal must not end the chain before the daemons.
  const guard = spawn(
    process.execPath,
    [fileURLToPath(new URL("chainGuard.mjs", import.meta.url)), anvilPath(), ...args],
    {
      stdio: ["pipe", log, log],
      detached: true,
    },
  );
  const rpcUrl = `http://127.0.0.1:${options.port}`;
  let stopping = false;
  let onExit = (_reason: string) => {};
  guard.once("exit", () => {
    if (!stopping) onExit(`the local chain ended; its log is ${logPath}`);
  });
  try {
    await ready(rpcUrl, guard, logPath);
  } catch (error) {
    stopping = true;
    guard.kill("SIGKILL");
    throw error;
  }
  const endMining = mineRegularly(rpcUrl);
  return {
    rpcUrl,
    resumed,
    onExit: (handler) => {
      onExit = handler;
    },
    async stop() {
      stopping = true;
      endMining();
      if (guard.exitCode !== null || guard.signalCode !== null) return;
      const ended = once(guard, "exit", { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
      guard.stdin?.end();
      await ended.catch(() => guard.kill("SIGKILL"));
    },
  };
}

/** Mines a block every second; besides, anvil mines at once what is sent to it. A chain that is gone says so by `onExit`. */
function mineRegularly(rpcUrl: string): () => void {
  const transport = http(rpcUrl, { retryCount: 0, timeout: BLOCK_TIMEOUT_MS });
  const client = createTestClient({ mode: "anvil", transport });
  let isMining = false;
  const timer = setInterval(() => {
    if (isMining) return;
    isMining = true;
    client
      .mine({ blocks: 1 })
      .catch(() => {})
      .finally(() => {
        isMining = false;
      });
  }, BLOCK_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Keeps a copy of the last state that could be read, and goes back to it where a cut-off write left the newest one
 * in pieces.
 */
function prepareState(statePath: string): boolean {
  const previous = `${statePath}.previous`;
  if (existsSync(statePath)) {
    if (isReadable(statePath)) {
      copyFileSync(statePath, previous);
      return true;
    }
    renameSync(statePath, `${statePath}.damaged`);
  }
  if (!existsSync(previous)) return false;
  copyFileSync(previous, statePath);
  return true;
}

function isReadable(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, "utf8"));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The program itself, not its JavaScript wrapper, which would not pass signals on. */
function anvilPath(): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const require = createRequire(import.meta.url);
  try {
    return require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`);
  } catch (cause) {
    throw new PleiadError(`there is no anvil for ${process.platform} on ${process.arch} in node_modules`, {
      code: "LOCAL_CHAIN_FAILED",
      hint: "remove node_modules and start again; where that does not help, use another chain: pleiad up --rpc URL",
      cause,
    });
  }
}

async function ready(rpcUrl: string, guard: ChildProcess, logPath: string): Promise<void> {
  const client = createPublicClient({ transport: http(rpcUrl, { retryCount: 0, timeout: 2_000 }) });
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadlineMs && guard.exitCode === null) {
    const chainId = await client.getChainId().catch(() => undefined);
    if (chainId === LOCAL_CHAIN_ID) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const tail = readFileSync(logPath, "utf8").trim().split("\n").slice(-3).join(" | ");
  throw new PleiadError(`the local chain did not start: ${tail || "it said nothing"}`, {
    code: "LOCAL_CHAIN_FAILED",
    hint: `see ${logPath}; "pleiad up --reset" begins with a new chain`,
  });
}
