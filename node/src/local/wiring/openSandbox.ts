import type { Logger } from "pino";
import { findSandbox } from "../../agents/sandbox/findSandbox.ts";
import { aboutSandbox, notKeptBy, type Sandbox } from "../../agents/sandbox/sandbox.ts";
import type { Config } from "../../config/table.ts";

/** What agents must never see of a daemon: all that its folder holds, and its key and tokens wherever they lie. */
export function daemonSecrets(config: SandboxConfig): readonly string[] {
  const { dataFolder, node, api } = config;
  return [dataFolder, node.keystore, node.passwordFile, api.tokenFile].filter((path) => path !== null);
}

type SandboxConfig = Pick<Config, "dataFolder" | "node" | "api">;

/** Looks what this machine has to keep agents from it, and says so: in the log now, and in the status later. */
export async function openSandbox(
  config: SandboxConfig,
  modules: { readonly logger: Logger },
): Promise<Sandbox> {
  const sandbox = await findSandbox({ environment: process.env, secrets: daemonSecrets(config) });
  const facts = { sandbox: aboutSandbox(sandbox), notKept: notKeptBy(sandbox) };
  const how = sandbox.kind === "none" ? "without a sandbox" : "in a sandbox";
  modules.logger.info(facts, `agents' programs run ${how}`);
  return sandbox;
}
