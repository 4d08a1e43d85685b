import type { JobFailure, JobKey } from "../chain/journal.ts";
import type { AttemptLife, JobLife, LifeSoFar, Moment } from "./jobLives.ts";

/** Jobs whose times are kept for whoever looks; of older ones the journal still has the end. */
export const STORIES_MAX = 1_024;
/** Executions of which it is kept when this process heard of them. */
export const SEEN_EXECUTIONS_MAX = 1_024;

/** What this process saw of a job, and when. What it did not see is undefined. */
export interface JobTimes {
  readonly attempts: readonly AttemptLife[];
  /** Of the attempt that is under way. */
  readonly attemptFrom: Moment | undefined;
  readonly begun: Moment | undefined;
  readonly answered: Moment | undefined;
  readonly signed: Moment | undefined;
  readonly gossiped: Moment | undefined;
  readonly sent: Moment | undefined;
  readonly mined: Moment | undefined;
  readonly ended: Moment | undefined;
  readonly end: JobFailure | null;
}

/** Stories of jobs for people: what happened to each, and when. */
export interface JobStories {
  of(key: JobKey): JobTimes | undefined;
  /** When this process heard of an execution from the chain. */
  seen(execution: bigint): Moment | undefined;
  /** Told of each step of a job. Must not throw. The answer ends it. */
  onChange(handler: (key: JobKey) => void): () => void;
}

export interface JobStoriesKeeper extends JobStories {
  saw(execution: bigint, at: Moment): void;
  passed(key: JobKey, life: LifeSoFar): void;
  gossiped(key: JobKey, at: Moment): void;
  ended(life: JobLife): void;
}

export function createJobStories(): JobStoriesKeeper {
  const stories = new Map<string, JobTimes & { readonly contextHash: string }>();
  const executions = new Map<bigint, Moment>();
  const handlers = new Set<(key: JobKey) => void>();

  function keep(key: JobKey, story: JobTimes & { readonly contextHash: string }): void {
    keepBounded(stories, nameOf(key), story, STORIES_MAX);
    for (const handler of handlers) handler(key);
  }

  /** When it was told to peers, by the life of the same context. */
  const gossipedOf = (key: JobKey, contextHash: string): Moment | undefined => {
    const before = stories.get(nameOf(key));
    return before?.contextHash === contextHash ? before.gossiped : undefined;
  };

  return {
    of: (key) => stories.get(nameOf(key)),
    seen: (execution) => executions.get(execution),
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    saw(execution, at) {
      if (!executions.has(execution)) keepBounded(executions, execution, at, SEEN_EXECUTIONS_MAX);
    },
    passed(key, { contextHash, attempts, attemptFrom, begun, answered, signed, sent, mined }) {
      const gossiped = gossipedOf(key, contextHash);
      const times = { attempts: [...attempts], attemptFrom, begun, answered, signed, gossiped, sent, mined };
      keep(key, { ...times, contextHash, ended: undefined, end: null });
    },
    gossiped(key, at) {
      const before = stories.get(nameOf(key));
      if (before !== undefined && before.gossiped === undefined) keep(key, { ...before, gossiped: at });
    },
    ended({ contextHash, attempts, begun, answered, signed, sent, mined, ended, end, ...key }) {
      const gossiped = gossipedOf(key, contextHash);
      const times = { attempts, attemptFrom: undefined, begun, answered, signed, gossiped, sent, mined };
      keep(key, { ...times, contextHash, ended, end });
    },
  };
}

function nameOf({ execution, task }: JobKey): string {
  return `${execution}.${task}`;
}

/** What is written last stays longest. */
function keepBounded<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
