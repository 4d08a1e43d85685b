import { z } from "zod";
import { HELPER_NAME } from "../author.ts";
import {
  ACKS_PER_CALL_MAX,
  CAPABILITIES_MAX,
  CONTEXT_VALUE_BYTES_MAX,
  JOB_TEXT_BYTES_MAX,
  LINE_CHARS_MAX,
  MEMORY_BYTES_MAX,
  PATH_CHARS_MAX,
  PATHS_MAX,
  RESERVATIONS_PER_PARTY_MAX,
  RULES_BYTES_MAX,
  TAGS_MAX,
  TEXT_BYTES_MAX,
} from "../limits.ts";
import type { LogEntry } from "../log/types.ts";
import type { ViewName } from "../types.ts";
import { PARTY_ID } from "./party.ts";

/** Forms of what is given a name. Each is short enough to be shown in a line. */
export const KEY = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;
export const TOPIC = /^[a-z0-9][a-z0-9._-]{0,47}$/;
export const THREAD = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/;
export const TAG = /^[a-z0-9][a-z0-9._-]{0,47}$/;
export const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;
export const FOLDER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const ENTRY_ID = /^0x[0-9a-f]{64}$/;
const ADDRESS = /^0x[0-9a-f]{40}$/;

const id = z.string().regex(ENTRY_ID);
const party = z.string().regex(PARTY_ID);
const user = z.string().regex(ADDRESS);
const request = z.string().regex(REQUEST_ID).optional();
const line = z.string().max(LINE_CHARS_MAX);
const key = z.string().regex(KEY);
const topic = z.string().regex(TOPIC);
const thread = z.string().regex(THREAD);
const helperName = z.string().regex(HELPER_NAME);
const milliseconds = z.int().min(0);
const ids = z.array(id).min(1);

function text(bytesMax: number) {
  return z.string().refine((value) => Buffer.byteLength(value) <= bytesMax);
}

/** A decision of the home: who asked for it, through which node, and against which version. */
const decided = {
  writer: party,
  request: z.string().regex(REQUEST_ID),
  ifVersion: id.nullable(),
};

/** Every type of entry that a view knows, with what its data is. Fields that are not named here are of a later version, and left out. */
export const ENTRY_TYPES = {
  "message.sent": z.object({
    to: z.union([
      z.object({ party }).strict(),
      z.object({ topic }).strict(),
      z.object({ broadcast: z.literal(true) }).strict(),
    ]),
    text: text(TEXT_BYTES_MAX),
    thread: id.optional(),
    replyTo: id.optional(),
    dueAtMs: milliseconds.optional(),
    request,
  }),
  "message.delivered": z.object({ messages: ids.max(ACKS_PER_CALL_MAX) }),
  "message.acknowledged": z.object({ messages: ids.max(ACKS_PER_CALL_MAX) }),
  "topic.subscribed": z.object({ topic }),
  "topic.unsubscribed": z.object({ topic }),
  "context.written": z.object({ key, value: text(CONTEXT_VALUE_BYTES_MAX), request }),
  "context.deleted": z.object({ key, request }),
  "context.decided": z.object({ key, value: text(CONTEXT_VALUE_BYTES_MAX).nullable(), ...decided }),
  "rules.updated": z.object({ text: text(RULES_BYTES_MAX), request }),
  "rules.decided": z.object({ text: text(RULES_BYTES_MAX), ...decided }),
  "memory.remembered": z.object({
    user,
    text: text(MEMORY_BYTES_MAX),
    tags: z.array(z.string().regex(TAG)).max(TAGS_MAX),
    request,
  }),
  "memory.forgotten": z.object({ user, memory: id }),
  "thread.posted": z.object({
    user,
    thread,
    text: text(TEXT_BYTES_MAX),
    replyTo: id.optional(),
    request,
  }),
  "job.spawned": z.object({
    user,
    thread,
    worker: party,
    prompt: text(TEXT_BYTES_MAX),
    parent: id.optional(),
    request,
  }),
  "job.started": z.object({ job: id }),
  "job.ended": z.object({
    job: id,
    user,
    thread,
    state: z.enum(["done", "failed"]),
    text: text(JOB_TEXT_BYTES_MAX),
  }),
  "agent.registered": z.object({
    role: line.optional(),
    capabilities: z.array(z.string().min(1).max(LINE_CHARS_MAX)).max(CAPABILITIES_MAX),
  }),
  "presence.changed": z.object({ state: z.enum(["spawning", "running", "done"]), note: line.optional() }),
  "helper.spawned": z.object({
    name: helperName,
    role: line,
    goal: text(TEXT_BYTES_MAX),
    service: line.optional(),
    user,
    by: party.optional(),
    request,
  }),
  "helper.ended": z.object({ name: helperName, reason: line.optional() }),
  "files.reserved": z.object({
    folder: z.string().regex(FOLDER),
    paths: z.array(z.string().min(1).max(PATH_CHARS_MAX)).min(1).max(PATHS_MAX),
    reason: line.optional(),
    expiresAtMs: milliseconds,
  }),
  "files.released": z.object({ reservations: ids.max(RESERVATIONS_PER_PARTY_MAX) }),
} as const;

export type EntryType = keyof typeof ENTRY_TYPES;

/** Which views take a type: a job's prompt and its answer are messages of its thread, too. */
export const VIEWS_OF: Readonly<Record<EntryType, readonly ViewName[]>> = {
  "message.sent": ["messages"],
  "message.delivered": ["messages"],
  "message.acknowledged": ["messages"],
  "topic.subscribed": ["messages"],
  "topic.unsubscribed": ["messages"],
  "context.written": ["context"],
  "context.deleted": ["context"],
  "context.decided": ["context"],
  "rules.updated": ["rules"],
  "rules.decided": ["rules"],
  "memory.remembered": ["memory"],
  "memory.forgotten": ["memory"],
  "thread.posted": ["threads"],
  "job.spawned": ["jobs", "threads"],
  "job.started": ["jobs"],
  "job.ended": ["jobs", "threads"],
  "agent.registered": ["presence"],
  "presence.changed": ["presence"],
  "helper.spawned": ["presence"],
  "helper.ended": ["presence"],
  "files.reserved": ["files"],
  "files.released": ["files"],
};

export type DataOf<T extends EntryType> = z.output<(typeof ENTRY_TYPES)[T]>;

/** An entry whose type and data are known. */
export type Said = {
  readonly [T in EntryType]: { readonly type: T; readonly data: DataOf<T>; readonly entry: LogEntry };
}[EntryType];

export function isEntryType(type: string): type is EntryType {
  return Object.hasOwn(ENTRY_TYPES, type);
}

/** What an entry says; undefined where its data is not what its type asks for. */
export function readEntry(entry: LogEntry & { readonly type: EntryType }): Said | undefined {
  const parsed = ENTRY_TYPES[entry.type].safeParse(entry.data);
  return parsed.success ? ({ type: entry.type, data: parsed.data, entry } as Said) : undefined;
}
