import type { AcpServiceConfig, CommandServiceConfig, ServiceConfig } from "../config/service.ts";
import { createAcpDriver } from "./acp/acpDriver.ts";
import { describeProgram } from "./acp/check.ts";
import { checkCli } from "./cli/check.ts";
import { createCliDriver } from "./cli/driver.ts";
import { createCommandDriver } from "./commandDriver.ts";
import type { AgentDriver } from "./driver.ts";
import { PATH_DEFAULT } from "./environment.ts";
import { AgentError } from "./errors.ts";
import { findProgram } from "./findProgram.ts";
import { checkHttp } from "./http/check.ts";
import { createHttpDriver } from "./http/driver.ts";
import { createHttpSessions } from "./http/session.ts";
import type { DriverModules } from "./launch.ts";
import { aboutSandbox, NO_SANDBOX } from "./sandbox/sandbox.ts";
import type { SessionDriver } from "./session.ts";

/**
 * The driver of a service.
 *
 * @param service From the operator's configuration, parsed by `serviceSchema`.
 *
 * @example
 * const service = serviceSchema.parse({ kind: "command", program: "/usr/bin/wc", args: ["-w"] });
 * const driver = createDriver(service, { scratchFolder: "/var/lib/pleiad/scratch", environment: process.env, logger });
 */
export function createDriver(service: ServiceConfig, modules: DriverModules): AgentDriver {
  switch (service.kind) {
    case "command":
      return createCommandDriver(service, modules);
    case "http":
      return createHttpDriver(service, modules);
    case "acp":
      return createAcpDriver(service, modules);
    default:
      return createCliDriver(service, modules);
  }
}

/** The driver of a service that keeps sessions of more than one prompt; undefined for any other. */
export function createSessionDriver(
  service: ServiceConfig,
  modules: DriverModules,
): SessionDriver | undefined {
  switch (service.kind) {
    case "command":
      return undefined;
    case "http":
      return createHttpSessions(service, modules);
    case "acp":
      return createAcpDriver(service, modules);
    default:
      return createCliDriver(service, modules);
  }
}

/** What a check found. */
export interface ServiceCheck {
  readonly usable: boolean;
  /** What was found, or what is wrong, one sentence each, for a person. */
  readonly findings: readonly string[];
  /** Why the service is not usable. */
  readonly error?: AgentError;
}

/**
 * Whether a service can be used: its program exists and may be executed; its server answers, takes the key and knows
 * the model. Asks no model, and starts no program but a coding agent's for its version.
 */
export async function checkService(
  service: ServiceConfig,
  modules: Pick<DriverModules, "environment" | "sandbox">,
  signal: AbortSignal = new AbortController().signal,
): Promise<ServiceCheck> {
  try {
    const findings = await findingsOf(service, modules, signal);
    return { usable: true, findings };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { usable: false, findings: [error.message], error };
  }
}

function findingsOf(
  service: ServiceConfig,
  modules: Pick<DriverModules, "environment" | "sandbox">,
  signal: AbortSignal,
): Promise<string[]> {
  switch (service.kind) {
    case "http":
      return checkHttp(service, modules.environment, signal);
    case "command":
    case "acp":
      return checkProgram(service, modules, signal);
    default:
      return checkCli(service, modules.environment, signal);
  }
}

async function checkProgram(
  service: CommandServiceConfig | AcpServiceConfig,
  { environment, sandbox = NO_SANDBOX }: Pick<DriverModules, "environment" | "sandbox">,
  signal: AbortSignal,
): Promise<string[]> {
  const { program } = service;
  const searchPath = environment.PATH ?? PATH_DEFAULT;
  const path = await findProgram(program, searchPath);
  if (path === undefined) {
    const where = program.startsWith("/") ? "" : ` in PATH (${searchPath})`;
    throw new AgentError("AGENT_PROGRAM_MISSING", `there is no executable program ${program}${where}`, {
      details: { program },
    });
  }
  const described = service.kind === "acp" ? await describeProgram(service, path, environment, signal) : [];
  if (service.sandbox === "bubblewrap" && sandbox.kind === "none")
    throw new AgentError(
      "AGENT_SANDBOX_MISSING",
      `there is no bubblewrap to start ${program} in: ${sandbox.why}`,
    );
  const confined =
    service.sandbox === "none"
      ? "no sandbox, as `sandbox: none` says"
      : sandbox.kind === "none"
        ? "no sandbox"
        : `in ${aboutSandbox(sandbox)}, ${service.network ? "with" : "without"} the network`;
  const unset = service.environment.filter((name) => environment[name] === undefined);
  return [
    `program ${path}`,
    confined,
    ...described,
    ...unset.map((name) => `the environment variable ${name} is not set`),
  ];
}
