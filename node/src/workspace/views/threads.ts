import type { Address, Hex } from "viem";
import { THREAD_MESSAGES_PER_NODE_MAX } from "../limits.ts";
import { canonical } from "./canonical.ts";
import { createShelf } from "./shelf.ts";
import { inTurn } from "./turns.ts";
import { groupOf, type Noted, noted, type View } from "./view.ts";

export interface StoredPost extends Noted {
  readonly user: Address;
  readonly thread: string;
  readonly text: string;
  readonly replyTo?: Hex;
  /** The job that it asks for or answers. */
  readonly job?: Hex;
  /** What its writer called the request to post it, where it did. */
  readonly request?: string;
}

export interface ThreadSummary {
  readonly thread: string;
  readonly messages: number;
  /** Said last, by the log's order. */
  readonly last: StoredPost;
}

/** Conversations of a cluster with one user each. A job's prompt and answer are posts, too: one entry says both, so none is lost. */
export interface ThreadsView extends View {
  get(id: string): StoredPost | undefined;
  /** In the order in which everybody reads them: that of the log, but an execution's posts in its turn (`turns.ts`). */
  of(user: Address, thread: string): readonly StoredPost[];
  /** The one last used first. */
  threadsOf(user: Address): readonly ThreadSummary[];
}

export function createThreadsView(): ThreadsView {
  const posts = createShelf<StoredPost>(THREAD_MESSAGES_PER_NODE_MAX);
  return {
    apply({ type, data, entry }) {
      if (type !== "thread.posted" && type !== "job.spawned" && type !== "job.ended") return;
      const note = noted(entry);
      const job = type === "job.spawned" ? note.id : type === "job.ended" ? (data.job as Hex) : undefined;
      const replyTo = type === "thread.posted" ? (data.replyTo as Hex | undefined) : undefined;
      const request = type === "thread.posted" ? data.request : undefined;
      posts.add(groupOf(note), {
        ...note,
        user: data.user as Address,
        thread: data.thread,
        text: type === "job.spawned" ? data.prompt : data.text,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(job === undefined ? {} : { job }),
        ...(request === undefined ? {} : { request }),
      });
    },
    reset: () => posts.clear(),
    dump: () => canonical(posts.all()),
    get: (id) => posts.get(id),
    of: (user, thread) => inTurn(posts.all().filter((post) => post.user === user && post.thread === thread)),
    threadsOf(user) {
      const threads = new Map<string, { thread: string; messages: number; last: StoredPost }>();
      for (const post of posts.all().toReversed()) {
        if (post.user !== user) continue;
        const known = threads.get(post.thread);
        if (known === undefined) threads.set(post.thread, { thread: post.thread, messages: 1, last: post });
        else known.messages += 1;
      }
      return [...threads.values()];
    },
  };
}
