import { type Alone, createMutex } from "../chain/mutex.ts";
import type { ClusterLog, LogEntry } from "./log/types.ts";
import type { Names } from "./names.ts";
import type { WorkspaceChange } from "./types.ts";
import { isEntryType, VIEWS_OF } from "./views/entryTypes.ts";
import { createViews, type Views } from "./views/views.ts";

/** An open cluster: its log and what that comes to. */
export interface Space {
  readonly cluster: bigint;
  readonly log: ClusterLog;
  readonly views: Views;
  readonly names: Names;
  /** Waits while the log is told anew: until then the views lack what they will have again. */
  settled(): Promise<void>;
  /** Runs what checks first and appends then, one after the other. */
  readonly alone: Alone;
  /** Told when the cluster is closed. The answer ends it. */
  onClose(handler: () => void): () => void;
  close(): Promise<void>;
}

/** Folds a log and starts it; one that does not start is stopped. */
export async function openSpace(
  log: ClusterLog,
  modules: {
    readonly namesOf: (views: Views) => Names;
    readonly onChange: (change: WorkspaceChange) => void;
  },
): Promise<Space> {
  const { cluster } = log;
  const views = createViews();
  const mutex = createMutex();
  const closeHandlers = new Set<() => void>();
  let rewriting: Promise<unknown> | undefined;

  function tell(entry: LogEntry): void {
    const { type } = entry;
    const names = isEntryType(type) ? VIEWS_OF[type] : [];
    for (const view of names) modules.onChange({ cluster, view, type, entry });
  }

  const ends = [
    log.onEntry((entry) => {
      views.apply(entry);
      tell(entry);
    }),
    log.onRewrite(() => {
      views.reset();
      // What is taken next waits until everything has been told again; a log that stops meanwhile answers no more.
      const mine: Promise<unknown> = log.take({}).then(
        () => {
          if (rewriting !== mine) return;
          rewriting = undefined;
          modules.onChange({ cluster, view: "all", type: "log.rewritten" });
        },
        () => undefined,
      );
      rewriting = mine;
    }),
  ];
  try {
    await log.start();
  } catch (error) {
    for (const end of ends) end();
    await log.stop();
    throw error;
  }

  async function settled(): Promise<void> {
    while (rewriting !== undefined) {
      const mine = rewriting;
      await mine;
      if (rewriting === mine) break;
    }
  }

  return {
    cluster,
    log,
    views,
    names: modules.namesOf(views),
    settled,
    alone: (task) =>
      mutex(async () => {
        await settled();
        return task();
      }),
    onClose(handler) {
      closeHandlers.add(handler);
      return () => closeHandlers.delete(handler);
    },
    async close() {
      await log.stop();
      for (const end of ends) end();
      for (const handler of closeHandlers) handler();
      closeHandlers.clear();
    },
  };
}
