import type { WorkspaceEndpoint } from "./endpoint.ts";
import { DELETE_CONTEXT, READ_CONTEXT, WRITE_CONTEXT } from "./endpoints/context.ts";
import { LIST_RESERVATIONS, RELEASE_FILES, RESERVE_FILES } from "./endpoints/files.ts";
import { LIST_JOBS, SPAWN_JOB, UPDATE_JOB } from "./endpoints/jobs.ts";
import { FORGET, RECALL, REMEMBER } from "./endpoints/memory.ts";
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
import { READ_RULES, UPDATE_RULES } from "./endpoints/rules.ts";
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
  INBOX_COUNTS,
  SUBSCRIBE_TOPIC,
  UNSUBSCRIBE_TOPIC,
  LIST_TOPICS,
  READ_CONTEXT,
  WRITE_CONTEXT,
  DELETE_CONTEXT,
  READ_RULES,
  UPDATE_RULES,
  REMEMBER,
  RECALL,
  FORGET,
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
