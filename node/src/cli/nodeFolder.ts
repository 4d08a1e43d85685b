import { PleiadError } from "@pleiad/sdk/errors";
import { readPassword } from "../config/password.ts";
import type { Config } from "../config/table.ts";
import { type ChainContext, clientOf } from "./context.ts";
import { chainOf } from "./doctor/node.ts";
import { askPassword } from "./prompt.ts";
import type { Surroundings } from "./surroundings.ts";

/** The chain that a node's own configuration names. */
export async function nodeChain(config: Config): Promise<ChainContext> {
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
