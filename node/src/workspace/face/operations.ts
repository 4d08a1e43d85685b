import {
  DELETE_CONTEXT,
  LIST_CONTEXT,
  READ_CONTEXT,
  READ_CONTEXT_HISTORY,
  WRITE_CONTEXT,
} from "@pleiad/sdk/workspace/endpoints/context";
import { READ_FEED } from "@pleiad/sdk/workspace/endpoints/feed";
import { LIST_RESERVATIONS, RELEASE_FILES, RESERVE_FILES } from "@pleiad/sdk/workspace/endpoints/files";
import { LIST_JOBS, SPAWN_JOB, UPDATE_JOB } from "@pleiad/sdk/workspace/endpoints/jobs";
import { FORGET, LIST_MEMORIES, RECALL, REMEMBER } from "@pleiad/sdk/workspace/endpoints/memory";
import {
  ACK_MESSAGE,
  INBOX_COUNTS,
  LIST_TOPICS,
  READ_MESSAGES,
  SEND_MESSAGE,
  SUBSCRIBE_TOPIC,
  UNSUBSCRIBE_TOPIC,
} from "@pleiad/sdk/workspace/endpoints/messages";
import {
  END_AGENT,
  LIST_AGENTS,
  PING,
  REGISTER_AGENT,
  RESTART_AGENT,
  SPAWN_AGENT,
} from "@pleiad/sdk/workspace/endpoints/presence";
import { READ_RULES, READ_RULES_HISTORY, UPDATE_RULES } from "@pleiad/sdk/workspace/endpoints/rules";
import { LIST_THREADS, POST_TO_THREAD, READ_THREAD } from "@pleiad/sdk/workspace/endpoints/threads";
import { bindOperation, type FaceOperation } from "./operation.ts";

const DONE = { done: true } as const;

/** Every endpoint with what answers it, in the order of the documents. */
export const FACE_OPERATIONS: readonly FaceOperation[] = [
  bindOperation(REGISTER_AGENT, (workspace, input) => workspace.registerAgent(input)),
  bindOperation(PING, (workspace, input) => workspace.ping(input)),
  bindOperation(LIST_AGENTS, async (workspace) => ({ agents: await workspace.listAgents() })),
  bindOperation(SPAWN_AGENT, async (workspace, input) => ({ agent: await workspace.spawnAgent(input) })),
  bindOperation(RESTART_AGENT, async (workspace, { name }) => {
    await workspace.restartAgent(name);
    return DONE;
  }),
  bindOperation(END_AGENT, async (workspace, { name }) => {
    await workspace.endAgent(name);
    return DONE;
  }),
  bindOperation(SEND_MESSAGE, async (workspace, input) => ({ message: await workspace.sendMessage(input) })),
  bindOperation(READ_MESSAGES, async (workspace, input) => ({
    messages: await workspace.readMessages(input),
  })),
  bindOperation(ACK_MESSAGE, async (workspace, { ids }) => {
    await workspace.ackMessage(ids);
    return DONE;
  }),
  bindOperation(READ_FEED, (workspace, input) => workspace.readFeed(input)),
  bindOperation(INBOX_COUNTS, (workspace) => workspace.inboxCounts()),
  bindOperation(SUBSCRIBE_TOPIC, async (workspace, { topic }) => {
    await workspace.subscribeTopic(topic);
    return DONE;
  }),
  bindOperation(UNSUBSCRIBE_TOPIC, async (workspace, { topic }) => {
    await workspace.unsubscribeTopic(topic);
    return DONE;
  }),
  bindOperation(LIST_TOPICS, async (workspace) => ({ topics: await workspace.listTopics() })),
  bindOperation(READ_CONTEXT, async (workspace, input) => ({ values: await workspace.readContext(input) })),
  bindOperation(WRITE_CONTEXT, (workspace, input) => workspace.writeContext(input)),
  bindOperation(DELETE_CONTEXT, (workspace, input) => workspace.deleteContext(input)),
  bindOperation(LIST_CONTEXT, async (workspace, input) => ({ keys: await workspace.listContext(input) })),
  bindOperation(READ_CONTEXT_HISTORY, (workspace, input) => workspace.readContextHistory(input)),
  bindOperation(READ_RULES, async (workspace) => ({ rules: await workspace.readRules() })),
  bindOperation(UPDATE_RULES, async (workspace, input) => ({ rules: await workspace.updateRules(input) })),
  bindOperation(READ_RULES_HISTORY, (workspace, input) => workspace.readRulesHistory(input)),
  bindOperation(REMEMBER, async (workspace, input) => ({ memory: await workspace.remember(input) })),
  bindOperation(RECALL, (workspace, input) => workspace.recall(input)),
  bindOperation(FORGET, async (workspace, { id }) => {
    await workspace.forget(id);
    return DONE;
  }),
  bindOperation(LIST_MEMORIES, (workspace, input) => workspace.listMemories(input)),
  bindOperation(READ_THREAD, async (workspace, input) => ({ messages: await workspace.readThread(input) })),
  bindOperation(LIST_THREADS, async (workspace) => ({ threads: await workspace.listThreads() })),
  bindOperation(POST_TO_THREAD, async (workspace, input) => ({
    message: await workspace.postToThread(input),
  })),
  bindOperation(SPAWN_JOB, async (workspace, input) => ({ job: await workspace.spawnJob(input) })),
  bindOperation(UPDATE_JOB, async (workspace, input) => ({ job: await workspace.updateJob(input) })),
  bindOperation(LIST_JOBS, async (workspace, input) => ({ jobs: await workspace.listJobs(input) })),
  bindOperation(RESERVE_FILES, async (workspace, input) => ({
    reservation: await workspace.reserveFiles(input),
  })),
  bindOperation(RELEASE_FILES, async (workspace, input) => {
    await workspace.releaseFiles(input);
    return DONE;
  }),
  bindOperation(LIST_RESERVATIONS, async (workspace) => ({
    reservations: await workspace.listReservations(),
  })),
];
