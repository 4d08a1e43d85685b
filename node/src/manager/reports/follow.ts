import type { Reporter } from "./reporter.ts";

/** Tells whichever orchestrator the manager's file names now. */
export interface FollowingReporter {
  /** Takes what the file says now: one that stayed is told on, another in its place. */
  follow(orchestrator: string | undefined): void;
  wake(): void;
  start(): void;
  stop(): Promise<void>;
}

/** @param modules.open makes the reporter to an orchestrator, by URL or by a member's name */
export function createFollowingReporter(modules: {
  readonly open: (orchestrator: string) => Reporter;
}): FollowingReporter {
  let current: string | undefined;
  let reporter: Reporter | undefined;
  let state: "new" | "running" | "stopped" = "new";
  /** Those that were told before, and end. */
  const ending = new Set<Promise<void>>();

  function end(): void {
    const stopping = reporter?.stop();
    reporter = undefined;
    if (stopping === undefined) return;
    ending.add(stopping);
    void stopping.then(() => ending.delete(stopping));
  }

  return {
    follow(orchestrator) {
      if (state === "stopped" || orchestrator === current) return;
      end();
      current = orchestrator;
      if (current === undefined) return;
      reporter = modules.open(current);
      if (state === "running") reporter.start();
    },
    wake: () => reporter?.wake(),
    start() {
      state = "running";
      reporter?.start();
    },
    async stop() {
      state = "stopped";
      end();
      await Promise.all(ending);
    },
  };
}
