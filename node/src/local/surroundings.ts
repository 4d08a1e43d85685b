import { PleiadError } from "@pleiad/sdk/errors";
import { MEMORIES_MAX, THREAD_MESSAGES_MAX } from "../agents/promptSurroundings.ts";
import type { AroundWhat, Said, Surroundings } from "../work/ports.ts";
import type { Party, Workspace, WorkspaceOperations } from "../workspace/types.ts";
import { runOf } from "../workspace/views/turns.ts";
import { threadNameOf } from "./runThreads.ts";

/** Messages of a thread that are read to show the last five: those of the own run, a request and 32 tasks, may stand after these, and as many beside it. */
export const THREAD_MESSAGES_READ_MAX = 80;

/** Words by which memories are looked for: a long question. Each is compared with each word of the memory, a millisecond at most. */
export const QUERY_WORDS_MAX = 16;
/** Shorter words tell nothing: articles, pronouns. */
const QUERY_WORD_CHARS_MIN = 3;
/** The longest word of a dictionary; longer ones are text without spaces, cut so that the query stays short. */
const QUERY_WORD_CHARS_MAX = 32;
/** Of a request: a page, which says what it is about. */
const QUERY_START_BYTES = 2_048;

/**
 * What the workspace holds of a task's cluster and user, read as the task's agent: what that may not read, nobody is told.
 *
 * Texts are made well-formed: a member's log may hold any, and the agents of others must not fail for it.
 */
export function createSurroundings(modules: { readonly workspace: Pick<Workspace, "as"> }): Surroundings {
  const { workspace } = modules;
  const as = ({ agent, user, cluster }: AroundWhat): WorkspaceOperations =>
    workspace.as({ kind: "agent", agent, user, cluster });

  return {
    async messages(what) {
      const name = threadNameOf(what.thread);
      if (name === undefined) return [];
      const posts = await as(what)
        .readThread({ thread: name, limit: THREAD_MESSAGES_READ_MAX })
        .catch((error: unknown) => {
          // Nobody has said anything yet.
          if (error instanceof PleiadError && error.code === "THREAD_UNKNOWN") return [];
          throw error;
        });
      // Of its own execution an agent has the request, and what its task builds on, already.
      const others = posts.filter(({ requestId }) => runOf(requestId)?.execution !== what.execution);
      return others.slice(-THREAD_MESSAGES_MAX).map(({ author, text }) => said(author, text, what));
    },
    async memories(what) {
      const query = queryOf(what.request);
      if (query === "") return [];
      const { memories } = await as(what).recall({ query, limit: MEMORIES_MAX });
      return memories.map(({ author, text }) => said(author, text, what));
    },
    rules: async (what) => (await as(what).readRules())?.text.toWellFormed(),
  };
}

/** The first different words of a request, in their order: what a memory is looked for by. */
function queryOf(request: Uint8Array): string {
  const start = new TextDecoder().decode(request.subarray(0, QUERY_START_BYTES));
  const words = start.match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = words
    .filter(({ length }) => length >= QUERY_WORD_CHARS_MIN)
    .map((word) => word.slice(0, QUERY_WORD_CHARS_MAX));
  return [...new Set(telling.map((word) => word.toLowerCase()))]
    .slice(0, QUERY_WORDS_MAX)
    .join(" ")
    .toWellFormed();
}

/** Whose run it is, is `user` to its agents; others have their names. */
function said({ id, name }: Party, text: string, { user }: AroundWhat): Said {
  const author = id === `user:${user.toLowerCase()}` ? "user" : name;
  return { author: author.toWellFormed(), text: text.toWellFormed() };
}
