import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { read, write } from "./client.ts";
import type {
  ListMemoriesAnswer,
  ListThreadsAnswer,
  ReadContextHistoryAnswer,
  ReadFeedAnswer,
  ReadRulesHistoryAnswer,
  ReadThreadAnswer,
} from "./types.ts";

/** What agents of a cluster say, write and remember. Keys are as `useWorkspaceChanges` wants them, which keeps all of it fresh. */
export type Message = ReadFeedAnswer["messages"][number];
export type Party = ReadFeedAnswer["self"];
export type ThreadSummary = ListThreadsAnswer["threads"][number];
export type ThreadPost = ReadThreadAnswer["messages"][number];
export type ContextVersion = ReadContextHistoryAnswer["versions"][number];
export type RulesVersion = ReadRulesHistoryAnswer["versions"][number];
export type Memory = ListMemoriesAnswer["memories"][number];

/** Messages that are read at once: several screens, some 40 kB. */
const MESSAGES_PER_READ = 60;
/** The same when somebody scrolls through many. */
const MESSAGES_PER_PAGE = 200;
/** What a search shows: three screens; what is not among them was asked for in other words. */
const RECALLED = 30;

export interface FeedFilter {
  readonly box?: "inbox" | "all" | "sent" | undefined;
  readonly agent?: string | undefined;
  readonly topic?: string | undefined;
  readonly thread?: string | undefined;
}

export type FeedPlace = { readonly at: string; readonly direction: "before" | "after" | "around" };

export function readFeed(cluster: string, filter: FeedFilter, place: FeedPlace, signal?: AbortSignal) {
  const query = { ...filter, ...place, limit: MESSAGES_PER_PAGE };
  return read("/workspace/{cluster}/messages/feed", { cluster }, query, signal);
}

/** The end of a feed, fresh. */
export function useNewestMessages(cluster: string, filter: FeedFilter) {
  return useQuery({
    queryKey: ["workspace", cluster, "messages", "newest", filter],
    queryFn: ({ signal }) =>
      read(
        "/workspace/{cluster}/messages/feed",
        { cluster },
        { ...filter, limit: MESSAGES_PER_READ },
        signal,
      ),
  });
}

/** A message with those around it, fresh; nothing without one. */
export function useMessagesAround(cluster: string, filter: FeedFilter, at: string | undefined) {
  return useQuery({
    queryKey: ["workspace", cluster, "messages", "around", filter, at],
    enabled: at !== undefined,
    queryFn: ({ signal }) => readFeed(cluster, filter, { at: at ?? "", direction: "around" }, signal),
  });
}

/** How much waits for whoever has the token. */
export function useInbox(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "messages", "inbox"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/inbox", { cluster }, {}, signal),
  });
}

export function useTopics(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "messages", "topics"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/topics", { cluster }, {}, signal),
  });
}

/** Whom one can write to. */
export function useNames(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "presence", "names"],
    queryFn: async ({ signal }) => {
      const { agents } = await read("/workspace/{cluster}/agents", { cluster }, {}, signal);
      return agents.map(({ name, kind, role }) => ({ name, kind, role: role ?? "" }));
    },
  });
}

export function useThreads(cluster: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "threads", "list"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/threads", { cluster }, {}, signal),
  });
}

export function readThread(cluster: string, thread: string, before?: string, signal?: AbortSignal) {
  const query = { thread, before, limit: before === undefined ? MESSAGES_PER_READ : MESSAGES_PER_PAGE };
  return read("/workspace/{cluster}/thread", { cluster }, query, signal);
}

/** How many a reading gives at most: fewer are all there are. */
export const threadPageSize = (before: string | undefined) =>
  before === undefined ? MESSAGES_PER_READ : MESSAGES_PER_PAGE;

export function useNewestPosts(cluster: string, thread: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "threads", "newest", thread],
    queryFn: ({ signal }) => readThread(cluster, thread, undefined, signal),
  });
}

export function useContextKeys(cluster: string, isWanted = true) {
  return useQuery({
    enabled: isWanted,
    queryKey: ["workspace", cluster, "context", "keys"],
    queryFn: ({ signal }) => read("/workspace/{cluster}/context/keys", { cluster }, {}, signal),
  });
}

export function useContextHistory(cluster: string, key: string) {
  return useInfiniteQuery({
    queryKey: ["workspace", cluster, "context", "history", key],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: before, signal }) =>
      read("/workspace/{cluster}/context/history", { cluster }, { key, before }, signal),
    getNextPageParam: ({ hasEarlier, versions }) => (hasEarlier ? versions.at(-1)?.version : undefined),
  });
}

export function useRulesHistory(cluster: string) {
  return useInfiniteQuery({
    queryKey: ["workspace", cluster, "rules", "history"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: before, signal }) =>
      read("/workspace/{cluster}/rules/history", { cluster }, { before }, signal),
    getNextPageParam: ({ hasEarlier, versions }) => (hasEarlier ? versions.at(-1)?.version : undefined),
  });
}

export function useMemories(cluster: string) {
  return useInfiniteQuery({
    queryKey: ["workspace", cluster, "memory", "list"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: before, signal }) =>
      read("/workspace/{cluster}/memory", { cluster }, { before }, signal),
    getNextPageParam: ({ hasEarlier, memories }) => (hasEarlier ? memories.at(-1)?.id : undefined),
  });
}

export function useRecall(cluster: string, query: string) {
  return useQuery({
    queryKey: ["workspace", cluster, "memory", "recall", query],
    enabled: query !== "",
    queryFn: ({ signal }) => recall(cluster, query, signal),
    // What was found before stays until there is something else.
    placeholderData: keepPreviousData,
  });
}

function recall(cluster: string, query: string, signal: AbortSignal) {
  const body = { query, limit: RECALLED };
  return write("POST /workspace/{cluster}/memory/recall", { cluster }, body, { signal });
}
