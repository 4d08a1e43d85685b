import { resolve } from "node:path";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { makeReceipt } from "../../local/receipts/receipt.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain, shownPath } from "../context.ts";
import { blobFetcher } from "../daemons.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { refuseExisting, writeNewFile } from "../outputFile.ts";
import { bytesText, counted } from "../text/amounts.ts";

interface Options extends ChainOptions {
  readonly output: string;
}

/** `pleiad execution receipt ID -o FILE`: all that is needed to check a response later. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<id>", "the execution's id")
    .requiredOption("-o, --output <file>", "where to write the receipt; nothing is overwritten");
  addChainOptions(command);
  addExamples(command, [
    [
      "pleiad execution receipt 1 -o receipt.json",
      "keeps version, input, outputs and transactions in one file",
    ],
    ["pleiad verify receipt.json", "checks it against the chain, now or in years"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, id) => {
    const path = resolve(around.cwd, options.output);
    refuseExisting(path);
    const wanted = idOf(id);
    const chain = await openChain(options, around);
    const { client, deployment, data } = chain;
    const execution = await getExecution(client, { deployment, execution: wanted });
    const receipt = await makeReceipt(chain, execution, blobFetcher(data));
    const text = `${JSON.stringify(receipt, undefined, 2)}\n`;
    await writeNewFile(path, text);
    const missing = receipt.completions.filter(({ content }) => content === null).map(({ task }) => task);
    output.json({
      executionId: receipt.executionId,
      file: path,
      bytes: text.length,
      outputsMissing: missing,
    });
    output.line(`${shownPath(path, around.cwd)}  (${bytesText(text.length)})`);
    if (missing.length > 0) {
      output.warn(
        `the bytes of ${counted(missing.length, "output")} were not to be had; the receipt holds their digests alone`,
      );
    }
    output.line();
    output.line(`Check it, against any endpoint of chain ${deployment.chainId}:`);
    output.line(`  pleiad verify ${shownPath(path, around.cwd)} --rpc URL`);
    return 0;
  });
};
