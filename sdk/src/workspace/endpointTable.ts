import type { WorkspaceEndpoint } from "./endpoint.ts";
import {
  DELETE_CONTEXT,
  LIST_CONTEXT,
  READ_CONTEXT,
  READ_CONTEXT_HISTORY,
  WRITE_CONTEXT,
} from "./endpoints/context.ts";
import { READ_FEED } from "./endpoints/feed.ts";
import { LIST_RESERVATIONS, RELEASE_FILES, RESERVE_FILES } from "./endpoints/files.ts";
import { LIST_JOBS, SPAWN_JOB, UPDATE_JOB } from "./endpoints/jobs.ts";
import { FORGET, LIST_MEMORIES, RECALL, REMEMBER } from "./endpoints/memory.ts";
import {
  ACK_MESSAGE,
  INBOX_COUNTS,
  LIST_TOPICS,
  READ_MESSAGES,
  SEND_MESSAGE,
  SUBSCRIBE_TOPIC,
  UNSUBSCRIBE_TOPIC,
} from "./endpoints/messages.ts";
import {
  END_AGENT,
  LIST_AGENTS,
  PING,
  REGISTER_AGENT,
  RESTART_AGENT,
  SPAWN_AGENT,
} from "./endpoints/presence.ts";
import { READ_RULES, READ_RULES_HISTORY, UPDATE_RULES } from "./endpoints/rules.ts";
import { LIST_THREADS, POST_TO_THREAD, READ_THREAD } from "./endpoints/threads.ts";

/** Everything that can be asked of a workspace, in the order of the documents. */
export const WORKSPACE_ENDPOINTS: readonly WorkspaceEndpoint[] = [
  REGISTER_AGENT,
  PING,
  LIST_AGENTS,
  SPAWN_AGENT,
  RESTART_AGENT,
  END_AGENT,
  SEND_MESSAGE,
  READ_MESSAGES,
  ACK_MESSAGE,
  READ_FEED,
  INBOX_COUNTS,
  SUBSCRIBE_TOPIC,
  UNSUBSCRIBE_TOPIC,
  LIST_TOPICS,
  READ_CONTEXT,
  WRITE_CONTEXT,
  DELETE_CONTEXT,
  LIST_CONTEXT,
  READ_CONTEXT_HISTORY,
  READ_RULES,
  UPDATE_RULES,
  READ_RULES_HISTORY,
  REMEMBER,
  RECALL,
  FORGET,
  LIST_MEMORIES,
  READ_THREAD,
  LIST_THREADS,
  POST_TO_THREAD,
  SPAWN_JOB,
  UPDATE_JOB,
  LIST_JOBS,
  RESERVE_FILES,
  RELEASE_FILES,
  LIST_RESERVATIONS,
];
