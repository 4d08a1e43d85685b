import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Command } from "commander";
import type { Address } from "viem";
import { createKeystore } from "../../config/keystore.ts";
import { CONFIG_FILE, parseConfig } from "../../config/parse.ts";
import { readPassword } from "../../config/password.ts";
import { LOCAL_CHAIN_ID } from "../../config/schemas.ts";
import type { Config } from "../../config/table.ts";
import { openNodeSigner } from "../../local/daemonSigner.ts";
import { quietLogger } from "../../local/quietLogger.ts";
import { chainCall } from "../chainCall.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { clientOf, readDeployment, shownPath } from "../context.ts";
import { findDataFolder, readDataFolder } from "../dataFolder.ts";
import { addExamples, type DefineCommand, parseAddressOption, parseUrlOption, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import { makeOutputFolder, refuseExisting, writeNewFile } from "../outputFile.ts";
import { askNewPassword } from "../prompt.ts";
import type { Surroundings } from "../surroundings.ts";
import { type ConfigValues, configYaml } from "../templates/configYaml.ts";

interface Options extends ChainOptions {
  readonly passwordFile?: string;
  readonly passwordEnv?: string;
  readonly remoteSigner?: string;
  readonly address?: Address;
}

/** Name of the keystore in a node's folder, as the configuration has it by default. */
const KEYSTORE_FILE = "keystore.json";

/** `pleiad node init [FOLDER]`: a node's folder with its key and its configuration. */
export const define: DefineCommand = (command, around) => {
  command.argument("[folder]", "the node's own data folder; made when it is not there", ".");
  addPasswordOptions(command);
  addSignerOptions(command);
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
    [
      "pleiad node init my-node --remote-signer https://signer.example.org:9000 --address 0x5FbDB2315678afecb367f032d93F642f64180aa3",
      "no keystore: the key is at a signer such as Web3Signer",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = ".") => {
    const folder = resolve(around.cwd, name);
    const configPath = join(folder, CONFIG_FILE);
    const keystorePath = join(folder, KEYSTORE_FILE);
    const signer = remoteSignerOf(options);
    // Before anybody is asked for a password.
    for (const path of [configPath, keystorePath]) refuseExisting(path);
    const { values, chainId } = await settings(options, around);
    const text = configYaml(values, chainId);
    // What is written is read once: a mistake shows here and not at the node's first start.
    const config = parseConfig(text, configPath);
    if (signer !== undefined) {
      await makeOutputFolder(folder);
      await writeNewFile(configPath, text);
      const error = await whyUnusable(config);
      output.json({
        folder,
        address: signer.address,
        keystore: null,
        config: configPath,
        chainId,
        signerError: error ?? null,
      });
      output.facts([
        ["node key", output.style.title(signer.address)],
        [
          "signer",
          `${new URL(signer.url).host}${error === undefined ? ": it answers, and has the key" : ""}`,
        ],
        ["configuration", shownPath(configPath, around.cwd)],
      ]);
      if (error !== undefined) output.warn(`the signer cannot be used yet: ${error.code}: ${error.message}`);
      printNext(signer.address, folder, options, output, around);
      return 0;
    }
    const password = await newPassword(options, around);
    await makeOutputFolder(folder);
    const progress = output.progress();
    progress.say("making the node key");
    const address = await createKeystore({ path: keystorePath, password });
    progress.end();
    await writeNewFile(configPath, text);
    output.json({ folder, address, keystore: keystorePath, config: configPath, chainId });
    output.facts([
      ["node key", output.style.title(address)],
      ["keystore", shownPath(keystorePath, around.cwd)],
      ["configuration", shownPath(configPath, around.cwd)],
    ]);
    printNext(address, folder, options, output, around);
    return 0;
  });
};

/** What is to be done before the node can start, as it is typed. */
function printNext(
  address: Address,
  folder: string,
  options: Options,
  output: Output,
  around: Surroundings,
): void {
  const shown = shownPath(folder, around.cwd);
  const config = join(shown, CONFIG_FILE);
  const isRemote = options.remoteSigner !== undefined;
  const isAsked = !isRemote && options.passwordFile === undefined && options.passwordEnv === undefined;
  const password = "; and under node, where the daemon finds the password (passwordFile or passwordEnv)";
  const steps = [
    isRemote
      ? `Where the signer's certificate is by an authority of your own, or it wants one of the daemon, name the files under keys in ${config}.`
      : "Keep a copy of the keystore and of its password, apart from each other.",
    `Send ${address} some ether: it pays the gas of settlements.`,
    `Register the node from the account that shall own it: pleiad node register ${shown} --key FILE`,
    `In ${config}, name what this machine answers with under services, and the models it serves under models${isAsked ? password : ""}.`,
    `pleiad doctor ${shown}, then pleiad node start --config ${config}`,
  ];
  output.line();
  output.line("Next:");
  for (const [index, step] of steps.entries()) output.prose(step, `  ${index + 1}. `);
}

/** The signer that was named. @throws PleiadError USAGE_INVALID where only half of it was */
function remoteSignerOf({ remoteSigner, address }: Options) {
  if (remoteSigner === undefined && address === undefined) return undefined;
  if (remoteSigner !== undefined && address !== undefined) return { url: remoteSigner, address };
  const [given, missing] =
    remoteSigner === undefined ? ["--address", "--remote-signer"] : ["--remote-signer", "--address"];
  throw cliError("USAGE_ARGUMENT_MISSING", `${given} without ${missing}: a remote signer is named by both`, {
    hint: "say --remote-signer URL --address 0x…, the address of the signer's key",
  });
}

/** Why the signer cannot be used as it is configured; undefined where it can. */
async function whyUnusable(
  config: Config,
): Promise<{ readonly code: string; readonly message: string } | undefined> {
  try {
    const signer = await openNodeSigner(config, undefined, { logger: quietLogger() });
    signer.stop?.();
    return undefined;
  } catch (error) {
    // It may be started later, or want certificates that are named later: doctor and the daemon ask again.
    if (error instanceof PleiadError) return { code: error.code, message: error.message };
    throw error;
  }
}

function addSignerOptions(command: Command): void {
  command
    .addOption(
      command
        .createOption(
          "--remote-signer <url>",
          "the key is at this signer (Web3Signer's JSON-RPC): no keystore is made",
        )
        .argParser(parseUrlOption)
        .conflicts(["passwordFile", "passwordEnv"]),
    )
    .option("--address <address>", "the address of the signer's key", parseAddressOption);
}

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
      ...(options.remoteSigner === undefined
        ? { "node.keystore": KEYSTORE_FILE }
        : { "keys.remoteSignerUrl": options.remoteSigner, "keys.remoteSignerAddress": options.address }),
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
