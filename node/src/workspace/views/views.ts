import type { Hex } from "viem";
import type { LogEntry } from "../log/types.ts";
import { type ContextView, createContextView } from "./context.ts";
import { isEntryType, readEntry } from "./entryTypes.ts";
import { createFilesView, type FilesView } from "./files.ts";
import { createJobsView, type JobsView } from "./jobs.ts";
import { createMemoryView, type MemoryView } from "./memory.ts";
import { createMessagesView, type MessagesView } from "./messages.ts";
import { createPresenceView, type PresenceView } from "./presence.ts";
import { createRequestsView, type RequestsView } from "./requests.ts";
import { createRulesView, type RulesView } from "./rules.ts";
import { createThreadsView, type ThreadsView } from "./threads.ts";
import type { View } from "./view.ts";

/** Everything that the entries of one cluster come to. */
export interface Views {
  readonly messages: MessagesView;
  readonly context: ContextView;
  readonly rules: RulesView;
  readonly memory: MemoryView;
  readonly threads: ThreadsView;
  readonly jobs: JobsView;
  readonly presence: PresenceView;
  readonly files: FilesView;
  readonly requests: RequestsView;
  /** Takes an entry of the log. One that says nothing any view knows, or not what its type asks for, is counted. */
  apply(entry: LogEntry): void;
  reset(): void;
  dump(): string;
  /**
   * Ids of the entries by which something stands: without any other the fold is the same. Read off the dump, where each thing
   * stands under the id of its entry, so that no view can forget to name one.
   */
  held(): ReadonlySet<Hex>;
  /** Entries of types that no view knows. */
  unknown(): number;
  /** Entries whose data is not what their type asks for. */
  invalid(): number;
}

const ENTRY_IDS = /0x[0-9a-f]{64}/g;

export function createViews(): Views {
  const all = {
    messages: createMessagesView(),
    context: createContextView(),
    rules: createRulesView(),
    memory: createMemoryView(),
    threads: createThreadsView(),
    jobs: createJobsView(),
    presence: createPresenceView(),
    files: createFilesView(),
    requests: createRequestsView(),
  };
  const list: readonly (readonly [name: string, view: View])[] = Object.entries(all);
  let unknown = 0;
  let invalid = 0;

  return {
    ...all,
    apply(entry) {
      const { type } = entry;
      if (!isEntryType(type)) {
        unknown += 1;
        return;
      }
      const said = readEntry({ ...entry, type });
      if (said === undefined) invalid += 1;
      else for (const [, view] of list) view.apply(said);
    },
    reset() {
      unknown = 0;
      invalid = 0;
      for (const [, view] of list) view.reset();
    },
    held() {
      const held = new Set<Hex>();
      for (const [, view] of list) for (const [id] of view.dump().matchAll(ENTRY_IDS)) held.add(id as Hex);
      return held;
    },
    dump: () =>
      [
        `unknown ${unknown}, invalid ${invalid}`,
        ...list.map(([name, view]) => `${name} ${view.dump()}`),
      ].join("\n"),
    unknown: () => unknown,
    invalid: () => invalid,
  };
}
