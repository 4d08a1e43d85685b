import type { CliServiceConfig } from "../../config/service.ts";
import type { Attachment, ToolServer } from "../session.ts";
import type { JsonObject } from "./jsonLines.ts";
import type { TurnState } from "./turn.ts";

/**
 * What is particular about one coding agent's command line: how it is started without a person, where its configuration
 * lies, and how its stream of JSON lines is read. One file for each, beside this one; everything else is common.
 */
export interface CliTool {
  readonly kind: CliServiceConfig["kind"];
  /** The program's name, looked up in PATH where the service names none. */
  readonly program: string;
  /** By which the npm registry has it, for hints. */
  readonly packageName: string;
  /** The oldest version that is let through, and the one with which all of this was seen to work. */
  readonly versions: { readonly oldest: string; readonly tested: string };
  /** Variables by which it is given a key; one that is set is enough. The first is the one that hints name. */
  readonly keyVariables: readonly string[];
  /** Where it keeps a login, below its home. */
  readonly loginPath: string;
  /** Files that it is to find, each with what may be secret in it. */
  files(context: CliContext): readonly PrivateFile[];
  /** Variables of its own. */
  environment(context: CliContext): Readonly<Record<string, string>>;
  /** Arguments of one start, before those that the service adds. */
  args(context: CliContext): readonly string[];
  /** Arguments that go last. @default none */
  lastArgs?(context: CliContext): readonly string[];
  /** What of a turn's files it takes as files beside the text. @default none */
  takesFile?(attachment: Attachment): boolean;
  /** Whether its home knows a session. */
  hasSession(home: string, sessionId: string): Promise<boolean>;
  /** Reads one line of its stream. */
  read(message: JsonObject, turn: TurnState): void;
}

/** Tokens of a turn, or of a whole session. */
export interface UsageTotal {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What one start of a program is to know. */
export interface CliContext {
  readonly service: CliServiceConfig;
  /** The program's HOME. */
  readonly home: string;
  readonly workFolder: string;
  readonly toolServers: readonly ToolServer[];
  /** The session to go on with. */
  readonly resume: string | undefined;
  /** The id of a new session, for programs that let one choose it. */
  readonly newId: string;
  /** Absolute path of a private file, by the name that `files` gives it. */
  readonly fileAt: (name: string) => string;
  /** Absolute paths of the turn's files. */
  readonly attached: readonly string[];
}

/** A file that may hold tokens. It lies in the private folder of one start, which the guard removes, also after a crash. */
export interface PrivateFile {
  readonly name: string;
  readonly text: string;
  /** Where a link to it is to lie, below the home, for programs that look nowhere else. @default nowhere */
  readonly linkedAt?: string;
}

/** The servers as most programs' JSON wants them. */
export function jsonServers(
  servers: readonly ToolServer[],
  more: object = {},
): Record<string, { command: string; args: readonly string[]; env: Readonly<Record<string, string>> }> {
  return Object.fromEntries(
    servers.map(({ name, command, args, environment }) => [
      name,
      { command, args, env: environment, ...more },
    ]),
  );
}

/** The address of an OpenAI-compatible server as programs want it: ending in /v1. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
