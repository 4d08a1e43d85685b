import type { CommandServiceConfig, HttpServiceConfig, ServiceConfig } from "../config/service.ts";
import { readApiKey } from "./apiKey.ts";
import { checkCli } from "./cli/check.ts";
import { createCliDriver } from "./cli/driver.ts";
import { createCommandDriver } from "./commandDriver.ts";
import type { AgentDriver } from "./driver.ts";
import { PATH_DEFAULT } from "./environment.ts";
import { AgentError } from "./errors.ts";
import { findProgram } from "./findProgram.ts";
import { createHttpDriver, endpoint, requestHeaders, requestInTime } from "./httpDriver.ts";
import { statusError } from "./httpStatus.ts";
import type { DriverModules } from "./launch.ts";

/** A person waits for the answer. */
export const CHECK_TIMEOUT_MS = 5_000;
/** A server that lists thousands of models needs no more. */
const MODEL_LIST_BYTES_MAX = 4_194_304;

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
  modules: Pick<DriverModules, "environment">,
  signal: AbortSignal = new AbortController().signal,
): Promise<ServiceCheck> {
  try {
    const findings = await findingsOf(service, modules.environment, signal);
    return { usable: true, findings };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { usable: false, findings: [error.message], error };
  }
}

function findingsOf(
  service: ServiceConfig,
  environment: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<string[]> {
  switch (service.kind) {
    case "command":
      return checkCommand(service, environment);
    case "http":
      return checkHttp(service, environment, signal);
    default:
      return checkCli(service, environment, signal);
  }
}

async function checkCommand(
  service: CommandServiceConfig,
  environment: Readonly<NodeJS.ProcessEnv>,
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
  const unset = service.environment.filter((name) => environment[name] === undefined);
  return [`program ${path}`, ...unset.map((name) => `the environment variable ${name} is not set`)];
}

async function checkHttp(
  service: HttpServiceConfig,
  environment: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<string[]> {
  const apiKey = await readApiKey(service, environment);
  const url = endpoint(service, "models");
  const response = await requestInTime(
    { method: "GET", url, headers: requestHeaders(apiKey), bodyBytesMax: () => MODEL_LIST_BYTES_MAX },
    { signal, timeoutMs: CHECK_TIMEOUT_MS, remainingMs: CHECK_TIMEOUT_MS },
  );
  const { status } = response;
  // Not every server lists its models; one that says 404 or 405 here may well answer prompts.
  if (status === 404 || status === 405) return [`server ${url.origin}`, "it does not list its models"];
  if (status < 200 || status >= 300) throw statusError(service, response, apiKey);
  const names = modelNames(response.body);
  if (names === undefined) return [`server ${url.origin}`, "it does not list its models"];
  if (names.includes(service.model)) return [`server ${url.origin}`, `model ${service.model}`];
  return [`server ${url.origin}`, `it does not list the model ${service.model}`];
}

function modelNames(body: Uint8Array): string[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null || !("data" in json) || !Array.isArray(json.data))
    return undefined;
  return json.data.map((entry: unknown) =>
    typeof entry === "object" && entry !== null && "id" in entry ? String(entry.id) : "",
  );
}
