import type { Command } from "commander";
import { parseUrlOption } from "./define.ts";

/** Options that say where chain and contracts are. */
export interface ChainOptions {
  readonly rpc?: string;
  readonly deployment?: string;
  readonly data?: string;
}

/** Options that say with which key to sign. */
export interface KeyOptions {
  readonly key?: string;
  readonly keystore?: string;
  readonly passwordFile?: string;
  readonly passwordEnv?: string;
}

const WHERE = "Where the chain is:";
const KEY = "Who signs:";

/** Adds what every command needs that reads the chain. */
export function addChainOptions(command: Command): Command {
  return command
    .addOption(
      option(
        command,
        "--rpc <url>",
        "the chain's RPC endpoint (default: the data folder's)",
        WHERE,
      ).argParser(parseUrlOption),
    )
    .addOption(
      option(command, "--deployment <file>", "where the contracts are (default: the data folder's)", WHERE),
    )
    .addOption(dataOption(command));
}

/** Adds `--data` alone; once, where a command needs it for two reasons. */
export function addDataOption(command: Command): Command {
  return command.options.some(({ long }) => long === "--data")
    ? command
    : command.addOption(dataOption(command));
}

/** Adds what a command needs that sends transactions. */
export function addKeyOptions(command: Command): Command {
  return command
    .addOption(
      option(
        command,
        "--key <file>",
        "a private key in hex, mode 0600 (default: the data folder's throwaway key)",
        KEY,
      ).conflicts("keystore"),
    )
    .addOption(
      option(command, "--keystore <file>", "an encrypted keystore (Web3 Secret Storage, version 3)", KEY),
    )
    .addOption(
      option(command, "--password-file <file>", "holds the keystore's password, mode 0600", KEY).conflicts(
        "passwordEnv",
      ),
    )
    .addOption(option(command, "--password-env <name>", "the environment variable that holds it", KEY));
}

function dataOption(command: Command) {
  return option(
    command,
    "--data <dir>",
    "data folder (default: PLEIAD_DATA, else the nearest .pleiad)",
    WHERE,
  );
}

function option(command: Command, flags: string, description: string, group: string) {
  return command.createOption(flags, description).helpGroup(group);
}
