import { existsSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { parseDeployment } from "@pleiad/sdk/types/deployment";
import { findSandbox } from "../../agents/sandbox/findSandbox.ts";
import { checkService } from "../../agents/services.ts";
import { loadConfig } from "../../config/load.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import { httpUrlOf } from "../../config/relations.ts";
import type { Config } from "../../config/table.ts";
import { openNodeSigner } from "../../local/daemonSigner.ts";
import { readDaemonState } from "../../local/daemonState.ts";
import { freePort } from "../../local/ports.ts";
import { quietLogger } from "../../local/quietLogger.ts";
import { daemonOf } from "../dataFolder.ts";
import { readTextFile } from "../inputFile.ts";
import { listed } from "../text/amounts.ts";
import type { ExpectedChain } from "./chain.ts";
import { checkFolder, checkSecrets } from "./files.ts";
import { type Finding, ok, skipped, warning, wrong } from "./finding.ts";
import { checkManager } from "./manager.ts";

const DEPLOYMENT_BYTES_MAX = 65_536;

/** What was found of one node, and its configuration where it could be read. */
export interface NodeFindings {
  readonly findings: readonly Finding[];
  readonly config: Config | undefined;
}

/**
 * Looks at one node's data folder: configuration, files, services, ports, daemon.
 *
 * @param shouldRun Whether a daemon that does not run is a mistake.
 */
export async function checkNodeFolder(
  folder: string,
  shouldRun: boolean,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<NodeFindings> {
  const path = join(folder, CONFIG_FILE);
  let config: Config;
  try {
    config = await loadConfig(path);
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return {
      config: undefined,
      findings: [wrong("configuration", error.message, error.hint ?? "correct the file")],
    };
  }
  const { node, keys, submitter, api } = config;
  const secrets = [
    keys.remoteSignerUrl === null ? node.keystore : keys.remoteSignerKeyFile,
    node.passwordFile,
    submitter.gasKeystore,
    submitter.gasPasswordFile,
    api.tokenFile,
  ];
  return {
    config,
    findings: [
      ok("configuration", path),
      checkFolder("data folder", folder),
      ...checkSecrets(
        "key files",
        secrets.filter((secret) => secret !== null),
      ),
      ...checkPassword(config),
      ...(await checkSigner(config)),
      ...(await checkServices(config, env)),
      ...(await checkManager(config)),
      ...(await checkDaemon(config, shouldRun)),
    ],
  };
}

/** Whether the remote signer answers and has the key. */
async function checkSigner(config: Config): Promise<Finding[]> {
  const { remoteSignerUrl, remoteSignerAddress } = config.keys;
  if (remoteSignerUrl === null) return [];
  try {
    await openNodeSigner(config, undefined, { logger: quietLogger() });
    return [ok("remote signer", `${new URL(remoteSignerUrl).host} has the key of ${remoteSignerAddress}`)];
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return [wrong("remote signer", error.message, error.hint ?? "look at the signer")];
  }
}

/** Whether the daemon, which can ask nobody, will find the password of a keystore that is there. */
function checkPassword({ node, keys, dataFolder }: Config): Finding[] {
  if (keys.remoteSignerUrl !== null) return [];
  if (node.passwordFile !== null || node.passwordEnv !== null || !existsSync(node.keystore)) return [];
  const where = join(dataFolder, CONFIG_FILE);
  return [
    wrong(
      "password",
      "the keystore's is not configured",
      `set node.passwordFile or node.passwordEnv in ${where}`,
    ),
  ];
}

/** The chain as a node's configuration expects it. */
export async function chainOf({ chain, dataFolder }: Config): Promise<ExpectedChain> {
  const { rpcUrls, chainId, contracts } = chain;
  return {
    rpcUrl: httpUrlOf(rpcUrls) ?? "",
    chainId,
    deployment: await deploymentAt(contracts, chainId, dataFolder),
  };
}

async function deploymentAt(
  contracts: Config["chain"]["contracts"],
  chainId: number,
  folder: string,
): Promise<ExpectedChain["deployment"]> {
  if (typeof contracts !== "string") return { ...contracts, chainId, fromBlock: 0n };
  try {
    return parseDeployment(await readTextFile(contracts, folder, DEPLOYMENT_BYTES_MAX));
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    if (error.code !== "FILE_UNREADABLE") return error;
    return new PleiadError(error.message, {
      code: "DEPLOYMENT_UNREADABLE",
      hint: "set chain.contracts to the file that `pleiad deploy` wrote, or to the addresses",
      details: error.details,
      cause: error,
    });
  }
}

async function checkServices(
  { services, models }: Config,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<Finding[]> {
  if (services.size === 0) return [skipped("services", "none is configured, so this node answers nothing")];
  const sandbox = await findSandbox({ environment: env, secrets: [] });
  const findings = await Promise.all(
    [...services].map(async ([name, service]) => {
      const { usable, findings: found, error } = await checkService(service, { environment: env, sandbox });
      const served = [...models].filter(([, model]) => model.service === name).map(([id]) => String(id));
      const serves = served.length === 0 ? "it serves no model" : `it serves model ${listed(served)}`;
      if (!usable) return wrong(`service ${name}`, listed(found), error?.hint ?? "correct the service");
      return ok(`service ${name}`, `${listed(found)}; ${serves}`);
    }),
  );
  return findings;
}

async function checkDaemon(config: Config, shouldRun: boolean): Promise<Finding[]> {
  const state = readDaemonState(config.dataFolder);
  const daemon = daemonOf(config.dataFolder);
  if (daemon !== undefined) {
    try {
      await daemon.status();
      if (state?.state === "starting")
        return [
          ok(
            "daemon",
            `it is starting, and answers at ${state.apiUrl}: pleiad node status says how far it is`,
          ),
        ];
      return [ok("daemon", `it answers${state?.state === "ready" ? ` at ${state.apiUrl}` : ""}`)];
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
    }
  }
  const start = `pleiad node start --config ${join(config.dataFolder, CONFIG_FILE)}`;
  if (state?.state === "failed") {
    const text = `it stopped with ${state.error.code}: ${state.error.message}`;
    return [wrong("daemon", text, state.error.hint ?? `pleiad explain ${state.error.code}`)];
  }
  if (shouldRun)
    return [wrong("daemon", "it does not answer", `see its log in ${config.dataFolder}; start it: ${start}`)];
  return [skipped("daemon", "it does not run"), ...(await checkPorts(config))];
}

/** Whether the wished ports are free. The next free one is taken, so a taken one is no mistake. */
async function checkPorts({ api, network }: Config): Promise<Finding[]> {
  const wished = [
    ["API", api.port] as const,
    ...(network.enabled ? [["network", network.listenPort] as const] : []),
  ];
  const taken: string[] = [];
  for (const [name, port] of wished) {
    if (port !== 0 && (await freePort(port)) !== port) taken.push(`${port} (${name})`);
  }
  if (taken.length === 0)
    return [ok("ports", `${listed(wished.map(([name, port]) => `${port} (${name})`))} free`)];
  return [
    warning("ports", `${listed(taken)} taken`, "the daemon takes the next free one and says so in its log"),
  ];
}
