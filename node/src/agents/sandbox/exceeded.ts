import { AgentError, type AgentErrorCode } from "../errors.ts";
import type { Exceeded, RunLimits } from "./watch.mjs";

const CODES = {
  memory: "AGENT_MEMORY_EXCEEDED",
  processes: "AGENT_PROCESSES_EXCEEDED",
  folder: "AGENT_FOLDER_FULL",
} as const satisfies Readonly<Record<Exceeded["limit"], AgentErrorCode>>;

/** The error of a run that was ended because it took more than its service allows. */
export function exceededError(program: string, { limit, found }: Exceeded, limits: RunLimits): AgentError {
  const details = { program, found, limit: limitOf(limit, limits) };
  return new AgentError(CODES[limit], `${program} ${wordsOf(limit, found, details.limit)}`, { details });
}

function limitOf(limit: Exceeded["limit"], limits: RunLimits): number {
  if (limit === "processes") return limits.processesMax;
  return limit === "memory" ? limits.memoryBytesMax : limits.folderBytesMax;
}

function wordsOf(limit: Exceeded["limit"], found: number, most: number): string {
  if (limit === "processes") return `had ${found} processes, and may have ${most}`;
  if (limit === "memory") return `used ${found} bytes of memory, and may use ${most}`;
  return `wrote ${found} bytes into its folder, and may write ${most}`;
}
