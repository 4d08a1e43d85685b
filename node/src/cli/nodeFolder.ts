import { PleiadError } from "@pleiad/sdk/errors";
import type { Command } from "commander";
import { readPassword } from "../config/password.ts";
import type { Config } from "../config/table.ts";
import { addDataOption, addKeyOptions, type KeyOptions } from "./chainOptions.ts";
import { type ChainContext, clientOf } from "./context.ts";
import { findDataFolder, readDataFolder } from "./dataFolder.ts";
import { chainOf } from "./doctor/node.ts";
import { askPassword } from "./prompt.ts";
import { addYesOption, type SendOptions } from "./sending.ts";
import type { Surroundings } from "./surroundings.ts";

/** Options of the commands that send for a node's folder: its own configuration says where the chain is. */
export interface NodeSendOptions extends KeyOptions, SendOptions {
  readonly data?: string;
}

/** Adds `--yes` and what says who signs. */
export function addNodeSendOptions(command: Command): Command {
  return addKeyOptions(addDataOption(addYesOption(command)));
}

/**
 * The chain that a node's own configuration names, with the data folder that other commands would find: on the chain of
 * that folder its throwaway key signs here, too.
 *
 * @param named What `--data` says.
 * @throws PleiadError those of the deployment, of `findDataFolder` and of `readDataFolder`
 */
export async function nodeChain(
  config: Config,
  named: string | undefined,
  around: Surroundings,
): Promise<ChainContext> {
  const folder = findDataFolder(named, around);
  const data = folder === undefined ? undefined : readDataFolder(folder);
  return { ...(await nodeChainToRead(config)), data };
}

/** The same for who only reads: no throwaway keys of a data folder are looked for. */
export async function nodeChainToRead(config: Config): Promise<ChainContext> {
  const { rpcUrl, deployment } = await chainOf(config);
  if (deployment === undefined || deployment instanceof PleiadError) {
    throw deployment ?? new Error("a configuration always says where the contracts are");
  }
  return { rpcUrl, deployment, client: clientOf(rpcUrl), data: undefined };
}

/** The password of a node's keystore, from where its configuration says or from the person at the terminal. */
export async function nodePassword({ node }: Config, around: Surroundings): Promise<string> {
  const known = await readPassword({ file: node.passwordFile, env: node.passwordEnv }, around.env);
  if (known !== undefined) return known;
  const instead =
    "name its file or variable in the node's pleiad.yaml: node.passwordFile or node.passwordEnv";
  return askPassword("Password of the node's keystore: ", around, instead);
}
