import { constants } from "node:fs";
import { access, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { CliServiceConfig } from "../../config/service.ts";
import { AgentError } from "../errors.ts";
import { removeTree } from "../removeTree.ts";
import { agentTag } from "../tag.ts";
import { CLI_TOOLS } from "./tools.ts";
import { createProgramFinder } from "./version.ts";

/** A large program on a busy machine takes some seconds to say its version. */
const CHECK_VERSION_MS = 15_000;

/**
 * Whether a coding agent is there, in a version that works, and with a key or a login. It is started for its version alone: no
 * model is asked.
 *
 * @returns what was found, one sentence each
 * @throws AgentError AGENT_PROGRAM_MISSING, AGENT_VERSION_REFUSED, AGENT_LOGIN_MISSING, AGENT_TIMED_OUT
 */
export async function checkCli(
  service: CliServiceConfig,
  environment: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<string[]> {
  const tool = CLI_TOOLS[service.kind];
  const folder = await mkdtemp(join(tmpdir(), "pleiad-check-"));
  try {
    const modules = { scratchFolder: folder, environment, logger: pino({ level: "silent" }) };
    const finder = createProgramFinder(tool, service.program ?? tool.program, modules);
    const tag = agentTag(`check-${process.pid}-`, service.kind);
    const found = await finder.find({ tag, signal, timeoutMs: CHECK_VERSION_MS });
    const warning = found.warning === undefined ? [] : [found.warning];
    return [
      `program ${found.path}`,
      `version ${found.version}`,
      ...warning,
      ...(await checkLogin(service, environment, found.version)),
    ];
  } finally {
    await removeTree(folder);
  }
}

async function checkLogin(
  service: CliServiceConfig,
  environment: Readonly<NodeJS.ProcessEnv>,
  version: string,
): Promise<string[]> {
  const { loginFile, baseUrl, kind } = service;
  const tool = CLI_TOOLS[kind];
  if (loginFile !== undefined) {
    try {
      await access(loginFile, constants.R_OK);
      return [`login ${loginFile}`];
    } catch {
      throw new AgentError(
        "AGENT_LOGIN_MISSING",
        `there is no login at ${loginFile} that this user can read`,
        {
          details: { loginFile },
        },
      );
    }
  }
  const unset = service.environment.filter((name) => environment[name] === undefined);
  const missing = unset.map((name) => `the environment variable ${name} is not set`);
  // Providers have ways of their own to name a key; any variable that the operator names may be it.
  if (unset.length < service.environment.length) return missing;
  const text = [
    `${kind} ${version} has no key and no login: it reads ${tool.keyVariables[0]}`,
    ...missing,
  ].join("; ");
  if (baseUrl !== undefined) return [`${text}; ${new URL(baseUrl).origin} may need none`];
  throw new AgentError("AGENT_LOGIN_MISSING", text, { details: { kind, keyVariables: tool.keyVariables } });
}
