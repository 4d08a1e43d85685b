import { AgentError, type AgentErrorCode } from "../errors.ts";
import { FOLDER_ENTRIES_MAX } from "./folderSize.mjs";
import type { Exceeded, RunLimits } from "./watch.mjs";

const CODES = {
  memory: "AGENT_MEMORY_EXCEEDED",
  processes: "AGENT_PROCESSES_EXCEEDED",
  folder: "AGENT_FOLDER_FULL",
  files: "AGENT_FOLDER_FULL",
} as const satisfies Readonly<Record<Exceeded["limit"], AgentErrorCode>>;

/** The error of a run that was ended because it took more than it may, with the key of the limit where that is not its service's. */
export function exceededError(program: string, exceeded: Exceeded, limits: RunLimits): AgentError {
  const { limit, found, kept } = exceeded;
  const details = {
    program,
    found,
    limit: limitOf(exceeded, limits),
    ...(kept === undefined ? {} : { key: kept.key }),
  };
  return new AgentError(CODES[limit], `${program} ${wordsOf(exceeded, details.limit)}`, { details });
}

function limitOf({ limit, kept }: Exceeded, limits: RunLimits): number {
  switch (limit) {
    case "processes":
      return limits.processesMax;
    case "memory":
      return limits.memoryBytesMax;
    case "folder":
      return kept?.bytesMax ?? limits.folderBytesMax;
    case "files":
      return FOLDER_ENTRIES_MAX;
  }
}

function wordsOf({ limit, found, kept }: Exceeded, most: number): string {
  switch (limit) {
    case "processes":
      return `had ${found} processes, and may have ${most}`;
    case "memory":
      return `used ${found} bytes of memory, and may use ${most}`;
    case "folder":
      return kept === undefined
        ? `wrote ${found} bytes into its folder, and may write ${most}`
        : `has ${found} bytes in ${kept.what}, which may hold ${most} (${kept.key})`;
    case "files":
      return `has ${found} files in ${kept?.what ?? "its folder"}, and may have ${most} there`;
  }
}
