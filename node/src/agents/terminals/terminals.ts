import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { AgentError } from "../errors.ts";
import type { TerminalSize } from "../guardedProcess.ts";
import { COLUMNS_DEFAULT, LAST_WORDS_MS, ROWS_DEFAULT, TERMINALS_MAX } from "./limits.ts";
import { createRecorder, type Recording } from "./recorder.ts";
import type { TerminalSource } from "./source.ts";
import type { Terminal } from "./terminal.ts";

/** A terminal to open. */
export interface TerminalOpening {
  readonly cluster: bigint;
  /** The agent's name in its cluster. */
  readonly name: string;
  readonly source: TerminalSource;
  /** On whose behalf the agent works: that user may type. Lower case. @default nobody's but the operator's */
  readonly user?: string;
  /** Nobody may type. @default false */
  readonly isViewOnly?: boolean;
  /** @default COLUMNS_DEFAULT, ROWS_DEFAULT */
  readonly size?: TerminalSize;
  /** Where what it shows is recorded, and how. @default it is not */
  readonly recording?: Recording;
}

/** A terminal with where it belongs. */
export interface OpenTerminal extends Terminal {
  readonly cluster: bigint;
  readonly user: string | undefined;
  readonly isViewOnly: boolean;
}

/** The terminals of this daemon's agents. */
export interface Terminals {
  /**
   * Opens an agent's terminal, in place of one of the same name that is over. Where that has something left to show, it waits for it,
   * at most `LAST_WORDS_MS`.
   *
   * @throws AgentError TERMINAL_EXISTS, TERMINALS_TOO_MANY, TERMINAL_SIZE_INVALID, TERMINAL_RECORDING_FAILED
   */
  open(opening: TerminalOpening): Promise<OpenTerminal>;
  list(cluster: bigint): readonly OpenTerminal[];
  find(cluster: bigint, name: string): OpenTerminal | undefined;
  /** Takes one away. */
  close(cluster: bigint, name: string): void;
  /** Tells of each terminal that is opened, ends, gets another size or goes. The answer ends it. */
  onChange(listener: (cluster: bigint) => void): () => void;
  /** Takes all away, and writes what there is to write. */
  stop(): Promise<void>;
}

export function createTerminals(modules: {
  readonly logger: Logger;
  /** @default LAST_WORDS_MS */
  readonly lastWordsMs?: number;
}): Terminals {
  const { logger, lastWordsMs = LAST_WORDS_MS } = modules;
  /** In the order in which they were opened. */
  const open = new Map<string, OpenTerminal>();
  const recorded = new Set<Promise<void>>();
  const listeners = new Set<(cluster: bigint) => void>();
  const keyOf = (cluster: bigint, name: string) => `${cluster}/${name}`;

  return {
    async open({ cluster, name, source, user, size, recording, isViewOnly = false }) {
      // A daemon whose agents have none does without what it takes.
      const { createTerminal } = await import("./terminal.ts");
      const key = keyOf(cluster, name);
      await lastWordsOf(open.get(key));
      makeRoom(key);
      const terminal = createTerminal({
        name,
        source,
        size: size ?? { columns: COLUMNS_DEFAULT, rows: ROWS_DEFAULT },
        onResize: () => tell(cluster),
      });
      const entry = { ...terminal, cluster, user, isViewOnly };
      open.set(key, entry);
      if (recording !== undefined) {
        try {
          await record(entry, recording);
        } catch (error) {
          // What was to be recorded is not to run unrecorded.
          entry.close();
          open.delete(key);
          throw error;
        }
      }
      void terminal.ended.then(() => tell(cluster));
      tell(cluster);
      return entry;
    },
    list: (cluster) => [...open.values()].filter((terminal) => terminal.cluster === cluster),
    find: (cluster, name) => open.get(keyOf(cluster, name)),
    close(cluster, name) {
      open.get(keyOf(cluster, name))?.close();
      open.delete(keyOf(cluster, name));
      tell(cluster);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      for (const terminal of open.values()) terminal.close();
      open.clear();
      await Promise.all(recorded);
    },
  };

  /** On a busy machine an agent is there again before all that its former life printed is shown. */
  async function lastWordsOf(terminal: OpenTerminal | undefined): Promise<void> {
    if (terminal === undefined || !terminal.isOver()) return;
    const wait = new AbortController();
    const late = sleep(lastWordsMs, undefined, { signal: wait.signal }).catch(() => undefined);
    await Promise.race([terminal.ended, late]);
    wait.abort();
  }

  function tell(cluster: bigint): void {
    for (const listener of listeners) listener(cluster);
  }

  function makeRoom(key: string): void {
    const present = open.get(key);
    if (present?.isOver() === false)
      throw new AgentError("TERMINAL_EXISTS", `${present.name} has a terminal already`);
    present?.close();
    open.delete(key);
    if (open.size < TERMINALS_MAX) return;
    const over = [...open].find(([, terminal]) => terminal.isOver());
    if (over === undefined)
      throw new AgentError("TERMINALS_TOO_MANY", `${open.size} agents have a terminal`, {
        details: { terminalsMax: TERMINALS_MAX },
      });
    over[1].close();
    open.delete(over[0]);
    tell(over[1].cluster);
  }

  async function record(terminal: OpenTerminal, recording: Recording): Promise<void> {
    const recorder = await createRecorder(recording, terminal);
    const done = recorder.done.then((error) => {
      recorded.delete(done);
      if (error !== undefined)
        logger.error({ terminal: terminal.name, err: error }, "a terminal is recorded no further");
    });
    recorded.add(done);
  }
}
