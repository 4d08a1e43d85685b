import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { CONFIG_FILE } from "../../config/parse.ts";
import { daemonClient } from "../../local/daemonClient.ts";
import { readDaemonState } from "../../local/daemonState.ts";
import { addDataOption } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { shownPath } from "../context.ts";
import { daemonAccess, findDataFolder, readDataFolder } from "../dataFolder.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { printableLine } from "../text/printable.ts";

interface Options {
  readonly data?: string;
}

/** What is shown of `GET /status`; the daemon may say more. */
const statusSchema = z.looseObject({
  node: z.coerce.bigint(),
  chain: z.looseObject({ state: z.string(), head: z.looseObject({ number: z.coerce.bigint() }).nullish() }),
  peers: z.array(z.unknown()),
  activeJobs: z.int().nonnegative(),
});

/** A daemon that is asked. */
interface Asked {
  readonly name: string;
  readonly folder: string;
}

/** What became of asking. */
interface Told extends Asked {
  readonly apiUrl: string | undefined;
  readonly status: z.output<typeof statusSchema> | undefined;
  /** Why there is no status. */
  readonly reason: string | undefined;
}

/** `pleiad node status [FOLDER]`: asks daemons how they are. */
export const define: DefineCommand = (command, around) => {
  command.argument(
    "[folder]",
    "a node's data folder (default: this one, else all nodes of the local network)",
  );
  addDataOption(command);
  addExamples(command, [
    ["pleiad node status", "the node of this folder, or all of the local network"],
    ["pleiad node status /srv/pleiad --json", "another node's, for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, folder) => {
    const told = await Promise.all(whomToAsk(folder, options, around).map(ask));
    output.json({
      nodes: told.map(({ name, folder: path, apiUrl, status, reason }) => ({
        name,
        folder: path,
        apiUrl: apiUrl ?? null,
        status: status ?? null,
        reason: reason ?? null,
      })),
    });
    print(told, output, around);
    return told.every(({ status }) => status?.chain.state === "following") ? 0 : 1;
  });
};

function whomToAsk(named: string | undefined, options: Options, around: Surroundings): readonly Asked[] {
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

async function ask({ name, folder }: Asked): Promise<Told> {
  const state = readDaemonState(folder);
  const access = daemonAccess(folder);
  const told = { name, folder, apiUrl: access?.apiUrl, status: undefined };
  if (state?.state === "failed")
    return { ...told, reason: `stopped with ${state.error.code}: ${state.error.message}` };
  if (access === undefined) return { ...told, reason: "does not run" };
  try {
    const status = statusSchema.safeParse(await daemonClient(access).status());
    if (status.success) return { ...told, status: status.data, reason: undefined };
    return { ...told, reason: "answers something else than a daemon does" };
  } catch (error) {
    if (error instanceof PleiadError) return { ...told, reason: error.message };
    throw error;
  }
}

function print(told: readonly Told[], output: Output, around: Surroundings): void {
  output.table(
    [
      { header: "node", align: "right" },
      { header: "name", narrow: "cut" },
      { header: "state", narrow: "wrap" },
      { header: "block", align: "right" },
      { header: "peers", align: "right" },
      { header: "jobs", align: "right" },
      { header: "folder", narrow: "cut" },
    ],
    told.map(({ name, folder, status, reason }) => {
      const place = shownPath(folder, around.cwd);
      if (status === undefined) {
        return [
          "–",
          printableLine(name),
          output.style.bad(printableLine(reason ?? "")),
          "–",
          "–",
          "–",
          place,
        ];
      }
      const { chain, peers, activeJobs, node } = status;
      const state =
        chain.state === "following" ? output.style.good("works") : output.style.warning(chain.state);
      return [
        `${node}`,
        printableLine(name),
        state,
        `${chain.head?.number ?? "–"}`,
        `${peers.length}`,
        `${activeJobs}`,
        place,
      ];
    }),
  );
}
