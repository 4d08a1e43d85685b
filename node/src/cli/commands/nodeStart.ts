import { join, resolve } from "node:path";
import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { errnoOf } from "../../config/files.ts";
import { loadConfig } from "../../config/load.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import { readPassword } from "../../config/password.ts";
import type { Config } from "../../config/table.ts";
import { type Daemon, startDaemon } from "../../local/daemon.ts";
import { createDaemonLog } from "../../local/daemonLog.ts";
import { removeDaemonState, writeDaemonState } from "../../local/daemonState.ts";
import { toStoreError } from "../../store/errors.ts";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { explanationOf } from "../errorTable.ts";
import { EXIT_CODES } from "../failure.ts";

/** First signal to the end of the process, should something not close. */
const STOP_TIMEOUT_MS = 5_000;

interface Options {
  readonly config?: string;
  readonly stopWithStdin?: boolean;
}

/** `pleiad node start`: the daemon. Its log goes to standard output, one JSON object a line. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("[folder]", "the node's data folder (default: this one)")
    .option("--config <file>", "the node's configuration, where it is not the folder's pleiad.yaml")
    .option(
      "--stop-with-stdin",
      "also stop when standard input ends, as it does when whoever started it is gone",
    );
  addExamples(command, [
    ["pleiad node start", "starts the node of the pleiad.yaml in this folder"],
    ["pleiad node start /srv/pleiad", "starts another one"],
    ["pleiad node start --config /etc/pleiad.yaml", "starts the node of this very file"],
  ]);
  setAction<Options>(command, around, async ({ options }, folder) => {
    if (folder !== undefined && options.config !== undefined)
      throw cliError("USAGE_INVALID", "name the node's folder or its configuration, not both");
    const file = options.config ?? join(folder ?? ".", CONFIG_FILE);
    return runDaemon(resolve(around.cwd, file), options);
  });
};

async function runDaemon(file: string, options: Options): Promise<number> {
  const config = await loadConfig(file);
  const { logger, ...log } = createDaemonLog(config);
  let isListening = false;
  try {
    const stopped = untilAskedToStop(options.stopWithStdin === true);
    const stopping = new AbortController();
    const stopStarting = stopped.then(() => stopping.abort());
    const password = await passwordOf(config);
    const daemon = await startDaemon(
      { config, password, signal: stopping.signal },
      { logger, log, onListening, explain: explanationOf },
    );
    await writeReady(config, daemon, logger);
    await Promise.race([stopStarting, daemon.ended]);
    logger.info("stopping");
    await stopInTime(daemon, logger);
    await removeDaemonState(config.dataFolder);
    return EXIT_CODES.done;
  } catch (caught) {
    const error = isNoRoom(caught) ? toStoreError(caught, config.dataFolder) : caught;
    if (!(error instanceof PleiadError)) throw error;
    // Asked to stop before it was up: that is no failure.
    if (error.code === "LOCAL_STOPPED") {
      if (isListening) await removeDaemonState(config.dataFolder);
      return EXIT_CODES.done;
    }
    logger.fatal({ code: error.code, hint: error.hint }, error.message);
    // Another daemon works in the folder: what stands there is about that one.
    if (error.code !== "STORE_LOCKED") await writeFailed(config, error);
    return isRetryable(error) ? EXIT_CODES.restartMe : EXIT_CODES.doNotRestart;
  }

  /** The store's lock is ours by now, so the file is too. */
  async function onListening(apiUrl: string): Promise<void> {
    isListening = true;
    await writeDaemonState(config.dataFolder, { state: "starting", pid: process.pid, apiUrl });
  }
}

/** @throws what cannot be written, after the daemon, which nobody would find, was stopped */
async function writeReady(config: Config, daemon: Daemon, logger: Logger): Promise<void> {
  try {
    await writeDaemonState(config.dataFolder, {
      state: "ready",
      pid: process.pid,
      node: String(daemon.node),
      apiUrl: daemon.apiUrl,
      peerAddresses: [...daemon.peerAddresses],
    });
  } catch (error) {
    await stopInTime(daemon, logger);
    throw error;
  }
}

/** A disk without room has no room for this either: the log and the exit code say it. */
async function writeFailed(config: Config, { code, message, hint }: PleiadError): Promise<void> {
  try {
    await writeDaemonState(config.dataFolder, {
      state: "failed",
      pid: process.pid,
      error: { code, message, ...(hint === undefined ? {} : { hint }) },
    });
  } catch (error) {
    if (!isNoRoom(error)) throw error;
  }
}

/** The system's word that a disk is full, from files that are not the store's. */
function isNoRoom(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(errnoOf(error) ?? "");
}

async function passwordOf(config: Config): Promise<string | undefined> {
  if (config.keys.remoteSignerUrl !== null) return undefined;
  const password = await readPassword({ file: config.node.passwordFile, env: config.node.passwordEnv });
  if (password !== undefined) return password;
  throw new PleiadError("the keystore's password is not configured", {
    code: "PASSWORD_MISSING",
    hint: `set node.passwordFile or node.passwordEnv in ${join(config.dataFolder, "pleiad.yaml")}`,
  });
}

/** Resolves at the first signal (or at the end of standard input); a second signal ends the process at once. */
function untilAskedToStop(withStdin: boolean): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = () => {
      // Whoever asks twice does not want it started again.
      if (asked) process.exit(EXIT_CODES.doNotRestart);
      asked = true;
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ask);
    if (withStdin) process.stdin.on("end", resolve).on("close", resolve).on("error", resolve).resume();
  });
}

async function stopInTime(daemon: Daemon, logger: Logger): Promise<void> {
  const timer = setTimeout(() => {
    // What it was at is in the journal, as after a crash.
    logger.error({ timeoutMs: STOP_TIMEOUT_MS }, "not everything ended in time");
    process.exit(EXIT_CODES.doNotRestart);
  }, STOP_TIMEOUT_MS);
  await daemon.stop();
  clearTimeout(timer);
}
