import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { readDocument } from "../../local/documentFile.ts";
import type { LocalNetwork } from "../../local/localNetwork.ts";
import { requireNoProject } from "../../local/project/projectFolder.ts";
import { runDocument } from "../../local/runDocument.ts";
import { openSession, resetFolder, type Session } from "../../local/session.ts";
import { dashboardOf } from "../dashboardOf.ts";
import { addExamples, type DefineCommand, parseUrlOption, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import {
  addLocalOptions,
  dataFolderOf,
  documentPath,
  serviceChoice,
  windowSecondsOf,
} from "./localOptions.ts";
import { printRun, runJson } from "./runReport.ts";
import { type ProjectOptions, projectFor, upProject } from "./upProject.ts";

/** The port that every local chain has by custom. */
const CHAIN_PORT = 8_545;
/** Nobody should wonder whether it still works. Milliseconds. */
const SILENCE_MS = 2_500;

/** `pleiad up`: what `npm start` runs; in a project of the user's, a team for it. */
export const define: DefineCommand = (command, around) => {
  addLocalOptions(command)
    .option(
      "--project <dir>",
      "open a team on this git repository (default: the one that the command runs in)",
    )
    .option("--no-project", "the sample cluster, though the command runs in a git repository")
    .option("--data <dir>", "where everything is kept (default: .pleiad, in a project at its top)")
    .option("--rpc <url>", "use this development chain instead of starting one", parseUrlOption)
    .option("--reset", "begin anew: forget the chain and everything on it");
  addExamples(command, [
    ["pleiad up", "in a git repository a team for it; elsewhere the sample cluster"],
    ["pleiad up --input report.md", "runs it on another document; while one is up, submits to that"],
    ["pleiad up --model-url http://127.0.0.1:11434/v1 --model llama3.2", "lets a language model answer"],
    ["pleiad up --reset", "forgets everything and begins anew"],
  ]);
  setAction<ProjectOptions>(command, around, async ({ options, output }) => {
    const project = await projectFor(options, around);
    const place = { chainPort: CHAIN_PORT, silenceMs: SILENCE_MS };
    if (project !== undefined) return upProject(project, options, place, { around, output });
    const document = await readDocument(documentPath(options, around.cwd));
    const folder = dataFolderOf(options.data, around.env, around.cwd);
    const serviceOf = serviceChoice(options);
    if (options.reset === true) resetFolder(folder);
    requireNoProject(folder);
    const stopped = around.stopSignal();
    const progress = output.progress({ silenceMs: SILENCE_MS });
    const say = (text: string) => progress.say(text);
    const session = await openSession({
      folder,
      chainPort: CHAIN_PORT,
      windowSeconds: windowSecondsOf(options),
      serviceOf,
      networkEnabled: options.network,
      say,
      signal: stopped,
      ...(options.rpc === undefined ? {} : { rpcUrl: options.rpc }),
    });
    if (session.kind === "other") {
      say("a network is up in this folder; running the document on it");
      const result = await session.run(document, { say, signal: stopped });
      progress.end();
      printRun(output, result);
      output.json(runJson(result));
      return result.verified ? 0 : 1;
    }
    try {
      const running = runDocument(session.network.target, document, { say, signal: stopped });
      const ended = untilAborted(stopped);
      const result = await Promise.race([running, ended, session.network.broken]);
      if (result === undefined) return await closed(session, output);
      progress.end();
      printRun(output, result);
      output.json(runJson(result));
      const dashboard = await dashboardOf(folder);
      printNext(output, session.network, result.executionId, around.cwd, dashboard, options.network);
      await Promise.race([ended, session.network.broken]);
      return await closed(session, output);
    } catch (error) {
      progress.end();
      await session.close();
      throw error;
    }
  });
};

async function closed(session: Extract<Session, { kind: "own" }>, output: Output): Promise<number> {
  output.note("Stopping the daemons, then the chain.");
  await session.close();
  return 0;
}

/** What to try next, and where everything is. */
function printNext(
  output: Output,
  network: LocalNetwork,
  execution: bigint,
  cwd: string,
  dashboard: string | undefined,
  hasNetwork: boolean,
): void {
  const { layout, target } = network;
  const data = relative(cwd, layout.folder) || layout.folder;
  output.line();
  output.line("Try next, in another terminal:");
  output.line(
    `  ${`npx pleiad execution show ${execution} --why`.padEnd(39)}  the story of the run, in sentences`,
  );
  output.line("  npx pleiad cluster show document-brief   its agents, tasks and prices");
  output.line("  npx pleiad workspace agents              who takes part, and can be written to");
  output.line("  npm start -- --input FILE                run it on a document of yours");
  output.line();
  output.facts([
    ...(dashboard === undefined ? [] : [["dashboard", dashboard] as const]),
    ["chain", target.rpcUrl],
    ["data", data],
    ["owners' keys", `${join(data, "owners")}, one for each operator and one for the cluster`],
    ...(existsSync(layout.managerFile)
      ? [["manager", managerText(join(data, basename(layout.managerFile)), hasNetwork)] as const]
      : []),
    ["reset", "npm start -- --reset"],
  ]);
  output.prose(
    "All keys here are throwaway: they were made on this machine and lie in the data folder. Send them nothing of worth.",
  );
  output.line("Up until Ctrl-C.");
}

/** A file that is there and not followed is said to be so. */
function managerText(file: string, hasNetwork: boolean): string {
  return hasNetwork
    ? `${file}, which the first daemon follows: pleiad manager status`
    : `${file} is not followed: a manager needs peers, and there are none with --no-network`;
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
