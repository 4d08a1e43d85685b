import type { Hex } from "viem";
import { requireCount, requireForm, requireKnown, requireText, unknown } from "../checks.ts";
import { type Desk, once, say, type Visit } from "../desk.ts";
import {
  MESSAGES_PER_READ_DEFAULT,
  TEXT_BYTES_MAX,
  THREAD_LAST_CHARS_MAX,
  THREAD_MESSAGES_PER_READ_MAX,
  THREADS_LISTED_MAX,
} from "../limits.ts";
import { startOf } from "../texts.ts";
import type { ThreadMessage, WorkspaceOperations } from "../types.ts";
import type { StoredPost } from "../views/threads.ts";

type ThreadOperations = Pick<WorkspaceOperations, "readThread" | "postToThread" | "listThreads">;

/** Threads of the speaker's user: those of another have no name here. */
export function createThreadOperations(desk: Desk): ThreadOperations {
  return {
    async readThread({ thread, limit = MESSAGES_PER_READ_DEFAULT, before }) {
      const visit = await desk.enter("readThread");
      const { grant, space } = visit;
      const { threads } = space.views;
      requireForm("thread", thread);
      requireCount("limit", limit, THREAD_MESSAGES_PER_READ_MAX);
      const posts = threads.of(grant.user, thread);
      if (posts.length === 0)
        throw unknown(
          "THREAD_UNKNOWN",
          "thread",
          thread,
          threads.threadsOf(grant.user).map((one) => one.thread),
        );
      const end = before === undefined ? posts.length : posts.indexOf(postIn(posts, before));
      return posts.slice(Math.max(0, end - limit), end).map((post) => shownPost(visit, post));
    },

    async postToThread({ thread, text, replyTo, requestId }) {
      const visit = await desk.enter("postToThread");
      const { grant, space } = visit;
      const { threads } = space.views;
      requireForm("thread", thread);
      requireText("message", text, TEXT_BYTES_MAX);
      if (replyTo !== undefined) postIn(threads.of(grant.user, thread), replyTo);
      const find = (id: Hex) => {
        const post = threads.get(id);
        return post === undefined ? undefined : shownPost(visit, post);
      };
      return once(visit, requestId, ["thread.posted"], {
        find,
        async make() {
          const data = { user: grant.user, thread, text, replyTo, request: requestId };
          const { id } = await say(visit, "thread.posted", data);
          return requireKnown("MESSAGE_UNKNOWN", "message", id, find(id));
        },
      });
    },

    async listThreads() {
      const { grant, space } = await desk.enter("listThreads");
      return space.views.threads
        .threadsOf(grant.user)
        .slice(0, THREADS_LISTED_MAX)
        .map(({ thread, messages, last: { id, party, text, atMs } }) => ({
          thread,
          messages,
          last: {
            id,
            author: space.names.partyOf(party),
            text: startOf(text, THREAD_LAST_CHARS_MAX),
            postedAtMs: atMs,
          },
        }));
    },
  };
}

/** @throws PleiadError ID_INVALID, MESSAGE_UNKNOWN also for a message of another thread */
function postIn(posts: readonly StoredPost[], id: Hex): StoredPost {
  const found = posts.find((post) => post.id === id);
  return requireKnown("MESSAGE_UNKNOWN", "message", id, found);
}

function shownPost(
  { space }: Visit,
  { id, party, text, atMs, replyTo, job, request }: StoredPost,
): ThreadMessage {
  return {
    id,
    author: space.names.partyOf(party),
    text,
    postedAtMs: atMs,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(job === undefined ? {} : { job }),
    ...(request === undefined ? {} : { requestId: request }),
  };
}
