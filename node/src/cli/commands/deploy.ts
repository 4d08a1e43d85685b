import { resolve } from "node:path";
import { deploy } from "@pleiad/sdk/actions/deploy";
import { type DeploymentPreview, planDeployment } from "@pleiad/sdk/actions/planDeployment";
import type { DeployedContract } from "@pleiad/sdk/deployment/deployPlan";
import { plannedContracts } from "@pleiad/sdk/deployment/plannedContracts";
import { openSender } from "../account.ts";
import { chainCall } from "../chainCall.ts";
import { addDataOption, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openRpc, shownPath } from "../context.ts";
import { addExamples, type DefineCommand, parseCountOption, parseUrlOption, setAction } from "../define.ts";
import { refuseOther, writeDeployment } from "../deploymentFile.ts";
import type { Output } from "../output.ts";
import { counted, ether, grouped } from "../text/amounts.ts";

interface Options extends ChainOptions, KeyOptions {
  readonly out: string;
  readonly dryRun?: boolean;
  readonly fromBlock?: bigint;
}

/** `pleiad deploy`: the contracts, from the bytecode that comes with the SDK, to the same addresses on every chain. */
export const define: DefineCommand = (command, around) => {
  command
    .requiredOption("--rpc <url>", "the chain's RPC endpoint", parseUrlOption)
    .option("--out <file>", "where to write the addresses", "deployment.json")
    .option("--dry-run", "show addresses, what is there already, gas and cost, and send nothing")
    .option(
      "--from-block <number>",
      "a block not after the first contract that is there already, for an endpoint without the state of old blocks",
      parseCountOption,
    );
  addKeyOptions(command);
  addDataOption(command);
  addExamples(command, [
    ["pleiad deploy --rpc http://127.0.0.1:8545", "to a development chain, from its own unlocked account"],
    ["pleiad deploy --rpc https://rpc.example.org --dry-run", "what it would do and cost; needs no key"],
    ["pleiad deploy --rpc https://rpc.example.org --key owner.key", "with a private key in hex, mode 0600"],
    [
      "pleiad deploy --rpc https://rpc.example.org --keystore owner.json --out mine.json",
      "with an encrypted keystore; asks for its password",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const path = resolve(around.cwd, options.out);
    const chain = openRpc(options, around);
    if (options.dryRun === true) {
      printPreview(await planDeployment(chain.client), output);
      return 0;
    }
    const chainId = await chainCall(() => chain.client.getChainId());
    const planned = plannedContracts();
    // Before anything is paid for.
    await refuseOther(path, {
      chainId,
      addresses: new Map(planned.map(({ name, address }) => [name, address])),
    });
    const sender = await openSender(options, chain, output, around);
    const progress = output.progress();
    progress.say(`deploying ${counted(planned.length, "contract")}`);
    const contracts: DeployedContract[] = [];
    const deployment = await deploy(sender.client, {
      fromBlock: options.fromBlock,
      onContract: (contract) => {
        contracts.push(contract);
        progress.say(`${contract.name} is there`);
      },
    });
    progress.end();
    await writeDeployment(path, deployment);
    const fromBlock = Number(deployment.fromBlock);
    output.json({ ...deployment, fromBlock, file: path, contracts });
    output.table(
      [{ header: "contract" }, { header: "address" }, { header: "" }],
      contracts.map(({ name, address, wasThere }) => [name, address, wasThere ? "was there" : "deployed"]),
    );
    output.line();
    output.facts([
      ["chain", `${deployment.chainId}`],
      ["salt", `${deployment.salt}`],
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

function printPreview(preview: DeploymentPreview, output: Output): void {
  const { chainId, salt, factory, contracts, gas, gasPriceWei, costWei } = preview;
  output.json(preview);
  output.table(
    [{ header: "contract" }, { header: "address" }, { header: "" }, { header: "gas", align: "right" }],
    contracts.map(({ name, address, isThere, gas: own }) => [
      name,
      address,
      isThere ? "is there" : "missing",
      isThere ? "" : grouped(own),
    ]),
  );
  output.line();
  output.facts([
    ["chain", `${chainId}`],
    ["salt", salt],
    [
      "factory",
      `${factory.address}, ${factory.isThere ? "is there" : "missing: it would be put there first"}`,
    ],
    ["gas", `${grouped(gas)}, an estimate`],
    ["cost", `${ether(costWei)}, at ${ether(gasPriceWei)} a unit of gas`],
  ]);
  output.line();
  output.prose("Nothing was sent.");
}
