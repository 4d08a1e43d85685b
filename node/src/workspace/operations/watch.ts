import { PleiadError } from "@pleiad/sdk/errors";
import { workspaceError } from "../errors.ts";
import { WATCHERS_MAX } from "../limits.ts";
import type { Space } from "../space.ts";
import type { ContextWatcher } from "../types.ts";
import type { Order } from "../views/order.ts";
import { shownValue } from "./context.ts";

/** Watchers of the whiteboards of all clusters. */
export interface ContextWatchers {
  /**
   * @param mayStill throws once the watcher's credential may not read any more
   * @throws PleiadError WATCHERS_TOO_MANY
   */
  watch(space: Space, prefix: string, watcher: ContextWatcher, mayStill: () => void): () => void;
}

export function createContextWatchers(): ContextWatchers {
  let watching = 0;

  return {
    watch(space, prefix, watcher, mayStill) {
      if (watching >= WATCHERS_MAX) {
        throw workspaceError("WATCHERS_TOO_MANY", `${watching} watchers of whiteboards are there already`, {
          retryable: true,
          hint: "end those that nobody listens to",
          details: { watchersMax: WATCHERS_MAX },
        });
      }
      watching += 1;
      const { context } = space.views;
      /** What was seen of each key: when the log is told anew, old values come by once more. */
      const seen = new Map<string, Order>(context.values(prefix).map(({ key, order }) => [key, order]));
      let isOver = false;
      function end(reason?: Error): void {
        if (isOver) return;
        isOver = true;
        watching -= 1;
        endValues();
        endClose();
        if (reason !== undefined) watcher.onEnd?.(reason);
      }
      const endValues = context.onValue((write) => {
        if (!write.key.startsWith(prefix) || write.order <= (seen.get(write.key) ?? "")) return;
        try {
          mayStill();
        } catch (error) {
          if (!(error instanceof PleiadError)) throw error;
          end(error);
          return;
        }
        seen.set(write.key, write.order);
        watcher.onValue(shownValue(space, write));
      });
      const endClose = space.onClose(() =>
        end(workspaceError("CLUSTER_NOT_OPEN", `cluster ${space.cluster} was closed`, { retryable: true })),
      );
      return () => end();
    },
  };
}
