import type { DefineCommand } from "../define.ts";

/**
 * One command: what it is called, what it does in a line, and the module that defines the rest. A module is loaded only
 * when its command is the one that was typed, so that each starts fast.
 */
export interface CommandEntry {
  /** Words to type, the last one the command itself. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

/** Commands that stand under one heading of the help. */
export interface CommandGroup {
  readonly heading: string;
  /** What the words that only lead to others stand for. */
  readonly families: Readonly<Record<string, string>>;
  readonly commands: readonly CommandEntry[];
}
