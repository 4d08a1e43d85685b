import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { createKeystore } from "../../config/keystore.ts";
import { CONFIG_FILE, parseConfig } from "../../config/parse.ts";
import { readPassword } from "../../config/password.ts";
import { LOCAL_CHAIN_ID } from "../../config/schemas.ts";
import { chainCall } from "../chainCall.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { clientOf, readDeployment, shownPath } from "../context.ts";
import { findDataFolder, readDataFolder } from "../dataFolder.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { makeOutputFolder, refuseExisting, writeNewFile } from "../outputFile.ts";
import { askNewPassword } from "../prompt.ts";
import type { Surroundings } from "../surroundings.ts";
import { type ConfigValues, configYaml } from "../templates/configYaml.ts";

interface Options extends ChainOptions {
  readonly passwordFile?: string;
  readonly passwordEnv?: string;
}

/** Name of the keystore in a node's folder, as the configuration has it by default. */
const KEYSTORE_FILE = "keystore.json";

/** `pleiad node init [FOLDER]`: a node's folder with its key and its configuration. */
export const define: DefineCommand = (command, around) => {
  command.argument("[folder]", "the node's own data folder; made when it is not there", ".");
  addPasswordOptions(command);
  addChainOptions(command);
  addExamples(command, [
    [
      "pleiad node init my-node --rpc https://rpc.example.org --deployment mine.json",
      "asks for a new password",
    ],
    ["pleiad node init my-node --password-file password.txt", "takes the password from a file, mode 0600"],
    [
      "pleiad node init my-node --password-env NODE_PASSWORD --json",
      "or from the environment; for a program",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = ".") => {
    const folder = resolve(around.cwd, name);
    const configPath = join(folder, CONFIG_FILE);
    const keystorePath = join(folder, KEYSTORE_FILE);
    // Before anybody is asked for a password.
    for (const path of [configPath, keystorePath]) refuseExisting(path);
    const { values, chainId } = await settings(options, around);
    const text = configYaml(values, chainId);
    // What is written is read once: a mistake shows here and not at the node's first start.
    parseConfig(text, configPath);
    const password = await newPassword(options, around);
    await makeOutputFolder(folder);
    const progress = output.progress();
    progress.say("making the node key");
    const address = await createKeystore({ path: keystorePath, password });
    progress.end();
    await writeNewFile(configPath, text);
    output.json({ folder, address, keystore: keystorePath, config: configPath, chainId });
    const shown = shownPath(folder, around.cwd);
    output.facts([
      ["node key", output.style.title(address)],
      ["keystore", shownPath(keystorePath, around.cwd)],
      ["configuration", shownPath(configPath, around.cwd)],
    ]);
    output.line();
    output.line("Next:");
    output.prose("Keep a copy of the keystore and of its password, apart from each other.", "  1. ");
    output.prose(`Send ${address} some ether: it pays the gas of settlements.`, "  2. ");
    output.prose(
      `Register the node from the account that shall own it: pleiad node register ${shown} --key FILE`,
      "  3. ",
    );
    const asked = options.passwordFile === undefined && options.passwordEnv === undefined;
    output.prose(
      `In ${shownPath(configPath, around.cwd)}, name what this machine answers with under services, and the models it serves ` +
        `under models${asked ? "; and under node, where the daemon finds the password (passwordFile or passwordEnv)" : ""}.`,
      "  4. ",
    );
    output.prose(
      `pleiad doctor ${shown}, then pleiad node start --config ${join(shown, CONFIG_FILE)}`,
      "  5. ",
    );
    return 0;
  });
};

function addPasswordOptions(command: Command): void {
  command
    .addOption(
      command
        .createOption("--password-file <file>", "holds the new keystore's password, mode 0600")
        .conflicts("passwordEnv"),
    )
    .option("--password-env <name>", "the environment variable that holds it");
}

/** Where the chain is, as far as options or a data folder say; else the configuration's own defaults. */
async function settings(
  options: Options,
  around: Surroundings,
): Promise<{ readonly values: ConfigValues; readonly chainId: number }> {
  const dataPath = findDataFolder(options.data, around);
  const data = dataPath === undefined ? undefined : readDataFolder(dataPath);
  const rpcUrl = options.rpc ?? data?.rpcUrl;
  const isOfData = data !== undefined && (options.rpc === undefined || options.rpc === data.rpcUrl);
  const deploymentFile = options.deployment ?? (isOfData ? data.deploymentFile : undefined);
  const deploymentPath = deploymentFile === undefined ? undefined : resolve(around.cwd, deploymentFile);
  const chainId =
    deploymentPath !== undefined && existsSync(deploymentPath)
      ? (await readDeployment(deploymentPath, around.cwd)).chainId
      : await chainIdOf(rpcUrl);
  const passwordFile =
    options.passwordFile === undefined ? undefined : resolve(around.cwd, options.passwordFile);
  return {
    chainId,
    values: {
      ...(rpcUrl === undefined ? {} : { "chain.rpcUrls": [rpcUrl] }),
      "chain.chainId": chainId,
      ...(deploymentPath === undefined ? {} : { "chain.contracts": deploymentPath }),
      "node.keystore": KEYSTORE_FILE,
      ...(passwordFile === undefined ? {} : { "node.passwordFile": passwordFile }),
      ...(options.passwordEnv === undefined ? {} : { "node.passwordEnv": options.passwordEnv }),
    },
  };
}

async function chainIdOf(rpcUrl: string | undefined): Promise<number> {
  return rpcUrl === undefined ? LOCAL_CHAIN_ID : chainCall(() => clientOf(rpcUrl).getChainId());
}

async function newPassword(options: Options, around: Surroundings): Promise<string> {
  const file = options.passwordFile === undefined ? null : resolve(around.cwd, options.passwordFile);
  const known = await readPassword({ file, env: options.passwordEnv ?? null }, around.env);
  return known ?? askNewPassword(around);
}
