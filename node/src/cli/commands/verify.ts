import { resolve } from "node:path";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { RECEIPT_BYTES_MAX, type Receipt } from "../../local/receipts/receipt.ts";
import {
  checkReceipt,
  type ReceiptCheck,
  type ReceiptVerification,
} from "../../local/receipts/receiptChecks.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { openRpc, readDeployment } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { readTextFile } from "../inputFile.ts";
import { isLogExport } from "../logFile.ts";
import type { Output } from "../output.ts";
import { parseReceipt } from "../receipt.ts";
import { printableLine } from "../text/printable.ts";

/** `pleiad verify FILE`: checks a receipt against a chain. */
export const define: DefineCommand = (command, around) => {
  command.argument("<file>", "a receipt, as pleiad execution receipt writes it");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad verify receipt.json", "against the data folder's chain"],
    [
      "pleiad verify receipt.json --rpc https://rpc.example.org",
      "against any endpoint of the receipt's chain",
    ],
    [
      "pleiad verify receipt.json --rpc https://rpc.example.org --deployment mine.json",
      "and only if the contracts are the ones you trust",
    ],
  ]);
  setAction<ChainOptions>(command, around, async ({ options, output }, file = "") => {
    if (await isLogExport(resolve(around.cwd, file))) {
      throw cliError("RECEIPT_INVALID", `${file} is no receipt`, {
        hint: `it is a cluster's log: pleiad workspace verify ${printableLine(file)}`,
        details: { fileName: file },
      });
    }
    const receipt = parseReceipt(await readTextFile(file, around.cwd, RECEIPT_BYTES_MAX), file);
    const { client, data, rpcUrl } = openRpc(options, around);
    let trusted: Deployment | undefined;
    if (options.deployment !== undefined) trusted = await readDeployment(options.deployment, around.cwd);
    else if (data !== undefined && data.rpcUrl === rpcUrl)
      trusted = await readDeployment(data.deploymentFile, around.cwd);
    const verification = await checkReceipt(client, receipt, trusted);
    output.json({ ...verification, executionId: receipt.executionId, clusterId: receipt.clusterId });
    print(receipt, verification, output);
    return verification.verified ? 0 : 1;
  });
};

function print(receipt: Receipt, { verified, checks }: ReceiptVerification, output: Output): void {
  const { style } = output;
  output.table(
    [{ header: "" }, { header: "check" }, { header: "what was compared", narrow: "wrap" }],
    checks.map((check) => [mark(check, output), check.name, printableLine(check.text)]),
  );
  output.line();
  const what = `execution ${receipt.executionId} of cluster ${receipt.clusterId} on chain ${receipt.deployment.chainId}`;
  if (verified) {
    output.line(`${style.good("Verified:")} the receipt is right about ${what}.`);
    return;
  }
  const failed = checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
  const why = failed.length === 0 ? "the response's bytes are not in it" : `failed: ${failed.join(", ")}`;
  output.line(`${style.bad("Not verified:")} the receipt about ${what} is refused (${why}).`);
}

/** A word rather than a sign: it survives every terminal and every pipe. */
function mark({ outcome }: ReceiptCheck, { style }: Output): string {
  if (outcome === "passed") return style.good("ok");
  return outcome === "failed" ? style.bad("WRONG") : style.quiet("not checked");
}
