import { resolve } from "node:path";
import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { daemonClient } from "../../local/daemonClient.ts";
import { addDataOption } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { shownPath } from "../context.ts";
import { daemonOf, findDataFolder, readDataFolder } from "../dataFolder.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { writeLogFile } from "../logFile.ts";
import { openNodeFolder } from "../nodeStore.ts";
import { refuseExisting } from "../outputFile.ts";
import type { Surroundings } from "../surroundings.ts";
import { bytesText } from "../text/amounts.ts";

interface Options {
  readonly cluster: string;
  readonly out?: string;
  readonly withKeys?: boolean;
  readonly data?: string;
}

type Daemon = ReturnType<typeof daemonClient>;

/** `pleiad workspace export --cluster N`: what a running daemon has of a cluster's log, for a stranger to verify. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("[folder]", "a node's data folder (default: the nodes of the data folder)")
    .requiredOption("--cluster <id>", "the cluster's id")
    .option("--out <file>", "where to write it; nothing is overwritten (default: standard output)")
    .option(
      "--with-keys",
      "with the keys of its feeds: who has the file then reads everything that was said",
    );
  addDataOption(command);
  addExamples(command, [
    [
      "pleiad workspace export --cluster 1 --out cluster-1.log",
      "who said something when, and that nothing was changed",
    ],
    [
      "pleiad workspace export --cluster 1 --out cluster-1.log --with-keys",
      "and what was said, readable for who has the file",
    ],
    ["pleiad workspace verify cluster-1.log", "checks it against the chain"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, folder) => {
    const cluster = idOf(options.cluster);
    const withKeys = options.withKeys === true;
    const path = options.out === undefined ? undefined : resolve(around.cwd, options.out);
    if (path !== undefined) refuseExisting(path);
    else if (output.isJson)
      throw cliError(
        "USAGE_INVALID",
        "--json tells of a file: it needs --out; without both the log is the answer",
      );
    const chunks = await exportFrom(await daemonsOf(folder, options, around), cluster, withKeys);
    if (withKeys) {
      output.warn(
        `WHOEVER HAS THIS EXPORT READS EVERYTHING that this node can read of cluster ${cluster}: messages, the whiteboard, memories of all its users. Give it to nobody who may not.`,
      );
    }
    if (path === undefined) {
      const decoder = new TextDecoder();
      for await (const chunk of chunks) output.raw(decoder.decode(chunk, { stream: true }));
      return 0;
    }
    const progress = output.progress();
    progress.say("reading the log");
    const bytes = await writeLogFile(path, chunks).finally(() => progress.end());
    output.json({ file: path, cluster, bytes, withKeys });
    const shown = shownPath(path, around.cwd);
    output.line(`${shown}  (${bytesText(bytes)})`);
    output.line();
    output.line("Check it, against any endpoint of its chain:");
    output.line(`  pleiad workspace verify ${shown} --rpc URL`);
    return 0;
  });
};

interface Asked {
  readonly name: string;
  readonly daemon: Daemon | undefined;
}

async function daemonsOf(
  folder: string | undefined,
  options: Options,
  around: Surroundings,
): Promise<readonly Asked[]> {
  if (folder !== undefined) {
    const { dataFolder } = await openNodeFolder(folder, around);
    return [{ name: folder, daemon: daemonOf(dataFolder) }];
  }
  const found = findDataFolder(options.data, around);
  const operators = found === undefined ? [] : (readDataFolder(found)?.operators ?? []);
  return operators.map((operator) => ({ name: operator.name, daemon: daemonOf(operator.folder) }));
}

/** From the first daemon that has the log. @throws PleiadError LOG_NOT_TO_BE_HAD, saying what each said */
async function exportFrom(
  daemons: readonly Asked[],
  cluster: bigint,
  withKeys: boolean,
): Promise<AsyncIterable<Uint8Array>> {
  const reasons: string[] = [];
  let mayComeLater = false;
  for (const { name, daemon } of daemons) {
    if (daemon === undefined) {
      reasons.push(`${name}: it does not run`);
      mayComeLater = true;
      continue;
    }
    try {
      return await daemon.exportLog(cluster, { withKeys });
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      reasons.push(`${name}: ${error.message}`);
      mayComeLater ||= isRetryable(error);
    }
  }
  const why = reasons.length === 0 ? "no data folder names a node" : reasons.join("; ");
  throw cliError("LOG_NOT_TO_BE_HAD", `no daemon gives the log of cluster ${cluster}: ${why}`, {
    details: { cluster, reasons },
    // Where every daemon was asked and says that there is none, asking again helps nobody.
    retryable: mayComeLater,
  });
}
