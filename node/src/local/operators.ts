import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { stringify } from "yaml";
import { makeFolder, removeIfThere, writeFileAtomic, writeFileNew } from "../config/files.ts";
import { createKeystore } from "../config/keystore.ts";
import type { ServiceConfig } from "../config/service.ts";
import { loadIdentity } from "../network/identity.ts";
import { type LocalAccounts, privateKeyOf } from "./accounts.ts";
import { PLEIAD_PROGRAM } from "./compileAhead.ts";
import { DAEMON_FILE, type DaemonState, readDaemonState } from "./daemonState.ts";
import type { Layout, OperatorName } from "./layout.ts";
import { OPERATOR_NAMES } from "./layout.ts";
import { LOCAL_CHAIN_ID } from "./localChain.ts";
import type { TeamParts } from "./project/teamFile.ts";
import type { LocalRegistry } from "./registry.ts";

/** A daemon opens its store, follows a short chain and listens within this time, also on a busy machine. */
const READY_TIMEOUT_MS = 45_000;
/** First signal to the daemon's end; then it is killed. */
const STOP_TIMEOUT_MS = 4_000;
const READY_POLL_MS = 50;
/** What a daemon that ended unexpectedly said last, for the error. */
const LOG_TAIL_LINES = 6;
/** A poll of a local chain takes a millisecond. */
const CHAIN_POLL_MS = 50;

/** One operator's daemon as a process. */
export interface OperatorProcess {
  readonly name: OperatorName;
  readonly node: bigint;
  readonly folder: string;
  readonly pid: number;
  /** Where its API listens. */
  readonly apiUrl: string;
  readonly apiToken: string;
  /** Called when it ends without being asked to. */
  onExit(handler: (reason: PleiadError) => void): void;
  /** Asks it to stop, and kills it if it does not. */
  stop(): Promise<void>;
  /** Kills it as a crash would (SIGKILL). */
  kill(): Promise<void>;
}

export interface OperatorOptions {
  readonly layout: Layout;
  readonly accounts: LocalAccounts;
  readonly registry: LocalRegistry;
  readonly rpcUrl: string;
  /** The service that answers for a model, by the model's name. */
  readonly serviceOf: (model: string, operator: OperatorName) => ServiceConfig;
  readonly networkEnabled: boolean;
  /** Whether the chain is one that this start began: on such a one the dashboard has an account of its own. @default false */
  readonly hasOwnChain?: boolean;
  /** What the first operator's daemon gets beside. */
  readonly team?: TeamParts;
}

const HEADER = `# Written anew at each start of the local network: what is changed here is lost.
# A cluster manager's file is taken from the data folder instead: cluster-manager.yaml, for the first daemon.
`;

/** Writes every operator's folder: keystore, identity and configuration, with the peers' addresses of this start. */
export async function prepareOperators(options: OperatorOptions): Promise<void> {
  const ports = await freePorts(OPERATOR_NAMES.length);
  const addresses: string[] = [];
  for (const [index, name] of OPERATOR_NAMES.entries()) {
    const folder = options.layout.operatorFolder(name);
    await makeFolder(folder);
    const { peerKey } = await loadIdentity(join(folder, "network"));
    addresses.push(`/ip4/127.0.0.1/tcp/${ports[index]}/p2p/${peerKey.publicKey.toString()}`);
    await prepareKeystore(name, options);
  }
  for (const [index, name] of OPERATOR_NAMES.entries()) {
    const config = configOf(
      name,
      ports[index] as number,
      addresses.filter((_, i) => i !== index),
      options,
    );
    await writeFileAtomic(configPath(options.layout, name), HEADER + stringify(config));
  }
}

async function prepareKeystore(name: OperatorName, { layout, accounts }: OperatorOptions): Promise<void> {
  const folder = layout.operatorFolder(name);
  const passwordPath = join(folder, "password");
  if (!existsSync(passwordPath))
    await writeFileNew(passwordPath, `${randomBytes(24).toString("base64url")}\n`);
  const path = join(folder, "keystore.json");
  if (existsSync(path)) return;
  const password = readFileSync(passwordPath, "utf8").trim();
  // Light: the key is worth nothing, and three starts at once would wait for three strong key derivations.
  await createKeystore({ path, password, privateKey: privateKeyOf(accounts.nodeKey(name)), cost: "light" });
}

function configOf(
  name: OperatorName,
  listenPort: number,
  bootstrap: readonly string[],
  options: OperatorOptions,
) {
  const { registry, rpcUrl, accounts, hasOwnChain = false } = options;
  // Whoever looks for a daemon of the data folder finds the first one's.
  const team = name === OPERATOR_NAMES[0] ? options.team : undefined;
  const { managerFile } = options.layout;
  const hasManager = name === OPERATOR_NAMES[0] && options.networkEnabled && existsSync(managerFile);
  return {
    ...team?.sections,
    ...(hasManager ? { manager: { file: managerFile } } : {}),
    chain: {
      rpcUrls: [rpcUrl],
      wsUrl: rpcUrl.replace(/^http/, "ws"),
      chainId: LOCAL_CHAIN_ID,
      contracts: options.layout.deploymentFile,
      pollIntervalMs: CHAIN_POLL_MS,
      ...(hasOwnChain ? { pageAccount: accounts.page } : {}),
    },
    node: { id: String(registry.nodes[name]), keystore: "keystore.json", passwordFile: "password" },
    models: Object.fromEntries(
      registry.models.map((model) => [String(model.model), { service: model.name }]),
    ),
    services: {
      ...team?.sections.services,
      ...Object.fromEntries(
        registry.models.map((model) => [model.name, options.serviceOf(model.name, name)]),
      ),
    },
    network: { enabled: options.networkEnabled, listenPort, bootstrap },
    api: { port: 0 },
  };
}

/** Path of an operator's configuration. */
export function configPath(layout: Layout, name: OperatorName): string {
  return join(layout.operatorFolder(name), "pleiad.yaml");
}

/**
 * Starts an operator's daemon as a process of its own and answers when it works.
 *
 * @throws PleiadError what the daemon could not start with, or DAEMON_SILENT
 */
export async function startOperator(name: OperatorName, options: OperatorOptions): Promise<OperatorProcess> {
  const folder = options.layout.operatorFolder(name);
  const logPath = join(folder, "daemon.log");
  await removeIfThere(join(folder, DAEMON_FILE));
  const log = openSync(logPath, "a", 0o600);
  // A group of its own, so that Ctrl-C reaches it in our order; it ends by itself when this pipe closes.
  const child = spawn(
    process.execPath,
    [PLEIAD_PROGRAM, "node", "start", "--config", configPath(options.layout, name), "--stop-with-stdin"],
    { stdio: ["pipe", log, log], detached: true },
  );
  const state = await readyState(name, folder, child, logPath);
  let asked = false;
  let onExit = (_reason: PleiadError) => {};
  child.once("exit", (code, signal) => {
    if (!asked) onExit(endedError(name, folder, logPath, code, signal));
  });
  const ended = async (timeoutMs: number) => {
    if (child.exitCode !== null || child.signalCode !== null) return true;
    return once(child, "exit", { signal: AbortSignal.timeout(timeoutMs) }).then(
      () => true,
      () => false,
    );
  };
  return {
    name,
    node: options.registry.nodes[name],
    folder,
    pid: child.pid as number,
    apiUrl: state.apiUrl,
    apiToken: readFileSync(join(folder, "api.token"), "utf8").trim(),
    onExit: (handler) => {
      onExit = handler;
    },
    async stop() {
      asked = true;
      child.kill("SIGTERM");
      if (!(await ended(STOP_TIMEOUT_MS))) child.kill("SIGKILL");
    },
    async kill() {
      asked = true;
      child.kill("SIGKILL");
      await ended(STOP_TIMEOUT_MS);
    },
  };
}

async function readyState(
  name: OperatorName,
  folder: string,
  child: ChildProcess,
  logPath: string,
): Promise<Extract<DaemonState, { state: "ready" }>> {
  const giveUpAtMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const state = readDaemonState(folder);
    if (state?.pid === child.pid && state?.state === "ready") return state;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw endedError(name, folder, logPath, child.exitCode, child.signalCode);
    }
    if (performance.now() > giveUpAtMs) {
      child.kill("SIGKILL");
      throw new PleiadError(`the daemon of ${name} is not ready after ${READY_TIMEOUT_MS / 1_000} s`, {
        code: "DAEMON_SILENT",
        hint: `see ${logPath}`,
        retryable: true,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
}

/** Failures that say that chain and daemons do not remember the same: locally one command mends them. */
const MISMATCH_CODES = ["CHAIN_RESTORED_OLDER", "CHAIN_REPLACED", "CONTRACT_MISSING"];

/** What a daemon that ended by itself said. */
function endedError(
  name: OperatorName,
  folder: string,
  logPath: string,
  code: number | null,
  signal: string | null,
): PleiadError {
  const state = readDaemonState(folder);
  if (state?.state === "failed") {
    return new PleiadError(`the daemon of ${name} stopped: ${state.error.message}`, {
      code: state.error.code,
      hint: MISMATCH_CODES.includes(state.error.code)
        ? 'the chain was replaced or restored to an older state; begin anew with "npm start -- --reset", in a project with "pleiad up --reset"'
        : (state.error.hint ?? `see ${logPath}`),
    });
  }
  const last = readFileSync(logPath, "utf8").trim().split("\n").slice(-LOG_TAIL_LINES).join(" | ");
  return new PleiadError(
    `the daemon of ${name} ended (${signal ?? `exit code ${code}`}): ${last || "it said nothing"}`,
    {
      code: "DAEMON_ENDED",
      hint: `see ${logPath}`,
    },
  );
}

/** Ports that are free now; all are taken before any is given back, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen({ host: "127.0.0.1", port: 0 });
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
