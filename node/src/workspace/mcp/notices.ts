import type { ServerEvent, ServerEventBus } from "@modelcontextprotocol/server";
import { NOTICE_EVERY_MS, NOTICE_STREAMS_MAX, WATCHED_RESOURCES_MAX } from "../face/limits.ts";
import { watchChanges } from "../face/speaker.ts";
import { VIEW_NAMES, type ViewName } from "../types.ts";
import type { McpContext } from "./context.ts";
import { viewOf } from "./resources.ts";

/** Tells one speaker's clients which resources changed. The log is listened to as long as there is somebody to tell. */
export interface Notices {
  /** Where streams of the newer protocol listen. */
  readonly bus: ServerEventBus;
  /** Resources that a stream of the newer protocol asks for. */
  ask(uris: readonly string[]): void;
  /** A session of the older protocol that may have something to tell. The answer ends it. */
  join(session: NoticeSession): () => void;
  stop(): void;
}

export interface NoticeSession {
  readonly watched: ReadonlySet<string>;
  /** Must not reject. */
  tell(uri: string): Promise<void>;
}

/** @param onEnd the speaker may hear of nothing any more */
export function createNotices(context: McpContext, onEnd: (reason: Error) => void): Notices {
  const listeners = new Set<(event: ServerEvent) => void>();
  const sessions = new Set<NoticeSession>();
  const asked = new Set<string>();
  const changed = new Set<ViewName>();
  let timer: NodeJS.Timeout | undefined;
  let endWatching: (() => void) | undefined;

  function update(): void {
    if (listeners.size === 0) asked.clear();
    const isNeeded = listeners.size > 0 || sessions.size > 0;
    if (isNeeded && endWatching === undefined) {
      endWatching = watchChanges(context.face, context.speaker, undefined, {
        onChange: ({ view }) => {
          for (const name of view === "all" ? VIEW_NAMES : [view]) changed.add(name);
          timer ??= setTimeout(tell, NOTICE_EVERY_MS);
        },
        onEnd,
      });
    } else if (!isNeeded) stop();
  }

  function tell(): void {
    timer = undefined;
    const views = new Set(changed);
    changed.clear();
    const isChanged = (uri: string) => {
      const view = viewOf(uri);
      return view !== undefined && views.has(view);
    };
    for (const uri of asked)
      if (isChanged(uri)) for (const listener of listeners) listener({ kind: "resource_updated", uri });
    for (const session of sessions)
      for (const uri of session.watched) if (isChanged(uri)) session.tell(uri).catch(onEnd);
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    changed.clear();
    endWatching?.();
    endWatching = undefined;
  }

  return {
    bus: {
      publish(event) {
        for (const listener of listeners) listener(event);
      },
      subscribe(listener) {
        listeners.add(listener);
        update();
        return () => {
          listeners.delete(listener);
          update();
        };
      },
    },
    ask(uris) {
      for (const uri of uris)
        if (asked.size < WATCHED_RESOURCES_MAX * NOTICE_STREAMS_MAX && viewOf(uri) !== undefined)
          asked.add(uri);
    },
    join(session) {
      sessions.add(session);
      update();
      return () => {
        sessions.delete(session);
        update();
      };
    },
    stop,
  };
}
