import { randomUUID } from "node:crypto";
import { isAbsolute } from "node:path";
import type { CliServiceConfig } from "../../config/service.ts";
import { namedValues } from "../environment.ts";
import { AgentError } from "../errors.ts";
import type { DriverModules, LaunchedAgent } from "../launch.ts";
import { launchAgent } from "../launch.ts";
import { removeTree } from "../removeTree.ts";
import type { KeptFolder } from "../sandbox/watch.mjs";
import { createScratch, openInput, type Scratch } from "../scratch.ts";
import type { Attachment, SessionEnd, SessionStart, SessionState, ToolServer } from "../session.ts";
import { isSystemError } from "../systemError.ts";
import type { FailureContext } from "./failure.ts";
import { fileIn, placeAttachments, placeFiles, takeFiles } from "./place.ts";
import type { CliContext, CliTool } from "./tool.ts";
import type { FoundProgram } from "./version.ts";

/** What every session with a command line has: its folders, its end, and how its program is started. */
export interface SessionFrame {
  readonly service: CliServiceConfig;
  readonly tool: CliTool;
  readonly start: SessionStart;
  readonly found: FoundProgram;
  readonly logger: DriverModules["logger"];
  readonly home: string;
  readonly secrets: readonly string[];
  /** The id that a new session gets where the program lets one choose. */
  readonly newId: string;
  /** Aborted when the session is to end: by its caller, by its time, or by `end`. */
  readonly signal: AbortSignal;
  state(): SessionState;
  /** The program is ready. */
  ready(): void;
  /** Starts the program once. */
  launch(options: LaunchOptions): Promise<LaunchedAgent>;
  failureContext(timeoutMs: number, resume: string | undefined): FailureContext;
  /**
   * Ends the session, and its program if one runs; the first reason counts. Settles once nothing is left.
   */
  end(reason: SessionEnd): Promise<SessionEnd>;
  /** The reason, once the session is over or about to be. */
  over(): SessionEnd | undefined;
  readonly ended: Promise<SessionEnd>;
}

export interface LaunchOptions {
  readonly resume: string | undefined;
  readonly attachments: readonly Attachment[];
  /** Its standard input; undefined: a pipe. */
  readonly text: string | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** @throws AgentError AGENT_START_FAILED */
export async function createFrame(
  { service, tool, modules }: { service: CliServiceConfig; tool: CliTool; modules: DriverModules },
  start: SessionStart,
  found: FoundProgram,
  onExpired: () => void,
): Promise<SessionFrame> {
  const folders = await makeFolders(modules.scratchFolder);
  const home = start.homeFolder ?? folders.home;
  const workFolder = start.workFolder ?? folders.work;
  // Of the session, whose turns are runs of their own: home and work folder, where none was given.
  const ownFolder: KeptFolder = {
    path: folders.folder,
    bytesMax: service.folderBytesMax,
    what: "the folder of its session",
    key: "folderBytesMax of the service",
  };
  const newId = randomUUID();
  const stop = new AbortController();
  const { promise: ended, resolve } = Promise.withResolvers<SessionEnd>();
  let state: SessionState = "spawning";
  let over: SessionEnd | undefined;
  const secrets = [
    ...namedValues(modules.environment, service.environment),
    ...start.toolServers.flatMap(({ environment }) => Object.values(environment)),
  ];
  const runs = new Set<Promise<unknown>>();
  const expired = setTimeout(onExpired, start.timeoutMs);

  const contextOf = (
    scratch: Scratch,
    resume: string | undefined,
    attached: readonly string[],
  ): CliContext => ({
    service,
    home,
    workFolder,
    toolServers: start.toolServers,
    resume,
    newId,
    fileAt: fileIn(scratch),
    attached,
  });

  return {
    service,
    tool,
    start,
    found,
    logger: modules.logger,
    home,
    secrets,
    newId,
    signal: AbortSignal.any([start.signal, stop.signal]),
    state: () => state,
    ready() {
      if (state === "spawning") state = "running";
    },
    launch(options) {
      const launched = launchAgent(modules, {
        environmentNames: service.environment,
        confinement: service,
        workFolder,
        homeFolder: home,
        kept: [...(start.kept ?? []), ownFolder],
        tag: start.tag,
        timeoutMs: options.timeoutMs,
        signal: options.signal,
        command: async (scratch) => {
          const attached = await placeAttachments(options.attachments, scratch);
          const context = contextOf(scratch, options.resume, attached);
          await placeFiles(tool, scratch, context);
          return {
            program: found.path,
            args: [...tool.args(context), ...service.args, ...(tool.lastArgs?.(context) ?? [])],
            environment: tool.environment(context),
            readable: [...(start.readable ?? []), ...start.toolServers.flatMap(readableOf)],
            // A login is renewed now and then.
            writable: service.loginFile === undefined ? [] : [service.loginFile],
            ...(options.text === undefined ? {} : { input: await openInput(scratch, options.text) }),
          };
        },
      });
      const run: Promise<unknown> = launched
        .then((agent) => agent.ended)
        .catch(() => {})
        .finally(() => runs.delete(run));
      runs.add(run);
      return launched;
    },
    failureContext: (timeoutMs, resume) => ({
      tool,
      program: found.path,
      timeoutMs,
      resume,
      secrets,
      limits: service,
    }),
    async end(reason) {
      if (over !== undefined) return await ended;
      over = reason;
      clearTimeout(expired);
      stop.abort();
      await Promise.all(runs);
      await tidy();
      state = "done";
      resolve(reason);
      return reason;
    },
    over: () => over,
    ended,
  };

  async function tidy(): Promise<void> {
    try {
      await takeFiles(tool, contextOf(folders, undefined, []));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      modules.logger.warn(
        { tag: start.tag, errorCode: error.code },
        "a link in an agent's home is left behind",
      );
    }
    const errorCode = await removeTree(folders.folder);
    if (errorCode !== undefined)
      modules.logger.warn({ tag: start.tag, errorCode }, "an agent's folder is left behind");
  }
}

async function makeFolders(scratchFolder: string): Promise<Scratch> {
  try {
    return await createScratch(scratchFolder);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new AgentError("AGENT_START_FAILED", `the machine refuses a folder for an agent: ${error.code}`, {
      details: { errorCode: error.code, scratchFolder },
      cause: error,
    });
  }
}

/** The error of a text that comes when the session is over, or while it has one. */
export function notNow(frame: SessionFrame, isBusy: boolean): AgentError | undefined {
  const over = frame.over();
  if (over !== undefined) return errorOf(over);
  if (!isBusy) return undefined;
  return new AgentError("AGENT_TURN_RUNNING", `${frame.tool.kind} has a turn under way`);
}

/** What a session's end means for a turn. */
export function errorOf({ error }: SessionEnd): AgentError {
  return error ?? new AgentError("AGENT_STOPPED", "the session was closed");
}

/** The error of an agent that would begin without its tools. */
export function toolsMissing({ tool, service, start }: SessionFrame): AgentError {
  const names = start.toolServers.map(({ name }) => name);
  return new AgentError(
    "AGENT_TOOLS_MISSING",
    `${tool.kind} did not connect its tools in ${service.readyMs} ms (${names.join(", ")})`,
    { details: { toolServers: names, readyMs: service.readyMs } },
  );
}

/** What a sandbox shows of a tool's server. */
function readableOf({ command, args, readable = [] }: ToolServer): readonly string[] {
  return [command, ...args.filter(isAbsolute), ...readable];
}
