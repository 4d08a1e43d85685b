import { resolve } from "node:path";
import { deploy } from "@pleiad/sdk/actions/deploy";
import { CONTRACT_NAMES, serializeDeployment } from "@pleiad/sdk/types/deployment";
import { openSender } from "../account.ts";
import { addDataOption, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openRpc, shownPath } from "../context.ts";
import { addExamples, type DefineCommand, parseUrlOption, setAction } from "../define.ts";
import { refuseExisting, writeNewFile } from "../outputFile.ts";

interface Options extends ChainOptions, KeyOptions {
  readonly out: string;
}

/** `pleiad deploy`: the contracts, from the bytecode that comes with the SDK. */
export const define: DefineCommand = (command, around) => {
  command
    .requiredOption("--rpc <url>", "the chain's RPC endpoint", parseUrlOption)
    .option("--out <file>", "where to write the addresses", "deployment.json");
  addKeyOptions(command);
  addDataOption(command);
  addExamples(command, [
    ["pleiad deploy --rpc http://127.0.0.1:8545", "to a development chain, from its own unlocked account"],
    ["pleiad deploy --rpc https://rpc.example.org --key owner.key", "with a private key in hex, mode 0600"],
    [
      "pleiad deploy --rpc https://rpc.example.org --keystore owner.json --out mine.json",
      "with an encrypted keystore; asks for its password",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const path = resolve(around.cwd, options.out);
    // Before anything is paid for: addresses that cannot be written down are lost.
    refuseExisting(path);
    const chain = openRpc(options, around);
    const sender = await openSender(options, chain, output, around);
    const progress = output.progress();
    progress.say("deploying the contracts");
    const deployment = await deploy(sender.client);
    progress.end();
    await writeNewFile(path, serializeDeployment(deployment));
    output.json({ ...deployment, fromBlock: Number(deployment.fromBlock), file: path });
    output.facts([
      ["chain", `${deployment.chainId}`],
      ...CONTRACT_NAMES.map((name) => [name, deployment[name]] as const),
      ["from block", `${deployment.fromBlock}`],
      ["written to", shownPath(path, around.cwd)],
    ]);
    output.line();
    output.prose(
      "Immutable, without owner or admin. Keep the file: every command takes it with --deployment.",
    );
    return 0;
  });
};
