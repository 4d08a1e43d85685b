import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { CONFIG_FILE } from "../../config/parse.ts";
import { addDataOption } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { shownPath } from "../context.ts";
import { findDataFolder, isStarting, readDataFolder } from "../dataFolder.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { askDaemon } from "../nodeStatus/daemonSays.ts";
import { type NodeView, printNode, printNodes } from "../nodeStatus/print.ts";
import { lookWithoutDaemon } from "../nodeStatus/withoutDaemon.ts";
import type { Surroundings } from "../surroundings.ts";

interface Options {
  readonly data?: string;
}

/** A daemon that is asked. */
interface Named {
  readonly name: string;
  readonly folder: string;
}

/** `pleiad node status [FOLDER]`: asks daemons how they are, and chain and data folder where a daemon does not answer. */
export const define: DefineCommand = (command, around) => {
  command.argument(
    "[folder]",
    "a node's data folder (default: this one, else all nodes of the local network)",
  );
  addDataOption(command);
  addExamples(command, [
    ["pleiad node status", "the node of this folder, or all of the local network"],
    ["pleiad node status /srv/pleiad", "another node's: chain, peers, jobs, money, the last errors"],
    ["pleiad node status /srv/pleiad --json", "for a program; ends with 1 unless the node is ready"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, folder) => {
    const starting = folder === undefined ? startingNetwork(options, around) : undefined;
    if (starting !== undefined) {
      output.json({ nodes: [], networkStarting: true });
      output.line(
        `the local network in ${shownPath(starting, around.cwd)} is starting; ask again in a moment`,
      );
      return 1;
    }
    const named = whomToAsk(folder, options, around);
    const views = await Promise.all(named.map((one) => viewOf(one, around)));
    output.json({
      nodes: views.map(({ name, apiUrl, status, starting, reason, without }, index) => ({
        name,
        folder: named[index]?.folder,
        apiUrl: apiUrl ?? null,
        status: status ?? null,
        starting: starting ?? null,
        reason: reason ?? null,
        withoutDaemon: without === undefined ? null : nulled(without),
      })),
    });
    const [only] = views;
    if (only !== undefined && views.length === 1) printNode(only, output, Date.now());
    else printNodes(views, output);
    return views.every(({ status }) => status?.ready.ready === true) ? 0 : 1;
  });
};

/** The data folder whose nodes would be asked, where they are not there yet. */
function startingNetwork(options: Options, around: Surroundings): string | undefined {
  if (existsSync(join(around.cwd, CONFIG_FILE))) return undefined;
  const dataPath = findDataFolder(options.data, around);
  return dataPath !== undefined && isStarting(dataPath) ? dataPath : undefined;
}

function whomToAsk(named: string | undefined, options: Options, around: Surroundings): readonly Named[] {
  const folder = named === undefined ? around.cwd : resolve(around.cwd, named);
  if (existsSync(join(folder, CONFIG_FILE))) return [{ name: "this node", folder }];
  if (named !== undefined)
    throw cliError("DAEMON_FOLDER_UNKNOWN", `${folder} holds no ${CONFIG_FILE}`, { details: { folder } });
  const dataPath = findDataFolder(options.data, around);
  const data = dataPath === undefined ? undefined : readDataFolder(dataPath);
  if (data !== undefined && data.operators.length > 0) return data.operators;
  throw cliError(
    "DAEMON_FOLDER_UNKNOWN",
    `${folder} holds no ${CONFIG_FILE}, and no data folder names a daemon`,
  );
}

async function viewOf({ name, folder }: Named, around: Surroundings): Promise<NodeView> {
  const asked = await askDaemon(folder);
  const place = shownPath(folder, around.cwd);
  const isSilent = asked.status === undefined && asked.starting === undefined;
  const without = isSilent ? await lookWithoutDaemon(folder) : undefined;
  return { name, place, ...asked, without };
}

/** What is not there as null, so that every key is. */
function nulled(without: NonNullable<NodeView["without"]>) {
  const { chain, chainError, folder, folderError } = without;
  return {
    chain: chain ?? null,
    chainError: chainError ?? null,
    folder: folder === undefined ? null : { history: folder.history ?? null },
    folderError: folderError ?? null,
  };
}
