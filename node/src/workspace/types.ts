import type { Address, Hex } from "viem";
import type { LogEntry } from "./log/types.ts";
import type { HelperProgram, TaskFile } from "./ports.ts";

/**
 * Who speaks, as the layer that checked a token says it. Nothing that a caller passes to an operation names the speaker.
 * `user` is on whose behalf the speaker works: whose memory and threads it sees.
 */
export type Credential =
  /** An agent whose model this node serves; its cluster follows from the chain. Another `cluster` than that is refused. */
  | {
      readonly kind: "agent";
      readonly agent: bigint;
      readonly user: Address;
      readonly cluster?: bigint;
    }
  /** A helper of this node. */
  | { readonly kind: "helper"; readonly cluster: bigint; readonly name: string; readonly user: Address }
  /** A person: the cluster's owner may do what an operator may, others see their own memory, threads and messages. */
  | { readonly kind: "user"; readonly cluster: bigint; readonly user: Address }
  /** The operator of this node. */
  | { readonly kind: "node"; readonly cluster: bigint };

/** One name for each who takes part: `agent:12`, `helper:3/tester` (of node 3), `user:0x…` in lower case, `node:3`. */
export type PartyId = string;

export interface Party {
  readonly id: PartyId;
  readonly kind: "agent" | "helper" | "user" | "node";
  /** What others write as `to`: an agent's name, `tester` or `tester@3`, an address, `node:3`. */
  readonly name: string;
  /** The node that signed for it; undefined where it has said nothing yet. */
  readonly node?: bigint;
}

/** What a call that may be repeated after a lost answer carries, so that the same is not done twice. */
export interface Repeatable {
  /** Chosen by the caller, the same for each try; 1 to 64 of `A-Z a-z 0-9 . _ : -`. */
  readonly requestId?: string;
}

/* Presence and helpers */

export type PresenceState = "spawning" | "running" | "done";

export interface Registration {
  readonly cluster: bigint;
  readonly self: Party;
  /** Whose memory and threads it sees. */
  readonly user: Address;
  readonly rulesVersion: Version | null;
  readonly inbox: InboxCounts;
}

export interface RegisterOptions {
  /** What it does, in a line. */
  readonly role?: string;
  readonly capabilities?: readonly string[];
}

export interface PingOptions {
  /** @default "running" */
  readonly state?: PresenceState;
  /** What it is at, in a line. */
  readonly note?: string;
}

export interface Member extends Party {
  readonly role?: string;
  readonly capabilities: readonly string[];
  /** Undefined for an agent that has not registered. */
  readonly state?: PresenceState;
  readonly note?: string;
  /** Unix milliseconds of the last sign of life. */
  readonly lastSeenMs?: number;
  /** Said something within the last minute, and is not done. */
  readonly isAlive: boolean;
  /** Of a helper: who spawned it. */
  readonly spawnedBy?: Party;
  /** Of a helper of this node: what runs it. */
  readonly program?: HelperProgram;
}

export interface SpawnAgentOptions extends Repeatable {
  /** As an agent's name: `[a-z0-9][a-z0-9-]{0,30}`. */
  readonly name: string;
  readonly role: string;
  readonly goal: string;
  /** A service that this node's operator configured; never a program. @default none: somebody connects it himself */
  readonly service?: string;
  /** What it does first; needs a service, as the following do. */
  readonly task?: string;
  /** A project that the operator offers, by name. @default an empty folder */
  readonly project?: string;
  /** What it may cost in all, as text (`"12.50"`), in the currency of the operator's budgets. @default the operator's budget */
  readonly budget?: string;
  /** Files for the task. */
  readonly files?: readonly TaskFile[];
}

/* Messages */

export type Destination =
  /** By the name of an agent or helper, `name@node` where two nodes have such a helper, or a `PartyId`. */
  | { readonly kind: "direct"; readonly to: string }
  | { readonly kind: "broadcast" }
  | { readonly kind: "topic"; readonly topic: string };

export interface SendMessageOptions extends Repeatable {
  readonly destination: Destination;
  readonly text: string;
  /** Id of the message that this one answers; it joins that one's thread. */
  readonly replyTo?: Hex;
  /** Within which it should be acknowledged. */
  readonly dueInSeconds?: number;
}

/** Where a message stands for one who gets it: three different times. */
export interface Receipt {
  readonly recipient: Party;
  /** Handed to the recipient. */
  readonly deliveredAtMs?: number;
  readonly acknowledgedAtMs?: number;
}

export interface Message {
  /** Id of the entry that said it. */
  readonly id: Hex;
  readonly from: Party;
  readonly destination: Destination;
  readonly text: string;
  /** The first message of the thread that it is in; its own id where it begins one. */
  readonly thread: Hex;
  readonly replyTo?: Hex;
  /** Unix milliseconds at which it was in its sender's log, to stay. */
  readonly queuedAtMs: number;
  readonly dueAtMs?: number;
  /** In an inbox: past its time and not acknowledged. In `sent`: by any recipient. */
  readonly isOverdue: boolean;
  /** In an inbox: the reader's own, alone; in `sent`: of each who got it or said so. */
  readonly receipts: readonly Receipt[];
}

export interface ReadMessagesOptions {
  /** `inbox`: what is not acknowledged yet; `all`: that, too; `sent`: what the reader sent. @default "inbox" */
  readonly box?: "inbox" | "all" | "sent";
  /** Only of this topic. */
  readonly topic?: string;
  /** Only of the thread that begins with this message. */
  readonly thread?: Hex;
  /** Only what comes after this message. */
  readonly after?: Hex;
  /** @default 50 */
  readonly limit?: number;
  /** Whether it is noted of what is in the inbox that it was delivered. @default true */
  readonly isNoted?: boolean;
}

export interface ReadFeedOptions {
  /** `inbox`: for the reader and not acknowledged; `all`: for it; `sent`: by it. @default everything that it may see */
  readonly box?: "inbox" | "all" | "sent";
  /** Only what this one sent, or got by its name: a name or a `PartyId`. */
  readonly agent?: string;
  readonly topic?: string;
  /** Only of the thread that begins with this message. */
  readonly thread?: Hex;
  /** A message to go on from. @default the end */
  readonly at?: Hex;
  /** @default "before" */
  readonly direction?: "before" | "after" | "around";
  /** @default 50 */
  readonly limit?: number;
}

/** What was said, in order, as somebody who looks on sees it. */
export interface Feed {
  readonly self: Party;
  readonly messages: readonly (Message & { readonly isForReader: boolean })[];
  /** Of all that fit. */
  readonly total: number;
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
  /** False where a node has said so much that it may no longer keep the oldest. */
  readonly isWhole: boolean;
}

export interface InboxCounts {
  /** Not acknowledged. */
  readonly unread: number;
  /** Of these, handed over already. */
  readonly delivered: number;
  readonly overdue: number;
}

/** Who talked with whom, over the last messages. */
export interface Talk {
  /** Those that were counted. */
  readonly messages: number;
  readonly pairs: readonly TalkPair[];
  /** Of each who said something, the last. */
  readonly said: readonly LastSaid[];
}

export interface TalkPair {
  readonly from: PartyId;
  /** Null: all of them, or a topic. */
  readonly to: PartyId | null;
  readonly messages: number;
  readonly lastId: Hex;
  readonly lastAtMs: number;
}

export interface LastSaid {
  readonly by: PartyId;
  readonly to: PartyId | null;
  readonly topic?: string;
  readonly id: Hex;
  readonly atMs: number;
  /** How it begins, as a line. */
  readonly text: string;
}

/** Everything that the log says of one who takes part. */
export interface AboutAgent {
  readonly agent: Member;
  /** How it was spawned; null for an agent of the chain. */
  readonly helper: {
    readonly goal: string;
    readonly service?: string;
    readonly user: Address;
    readonly spawnedAtMs: number;
  } | null;
}

/* Context and rules */

/** Id of the entry that wrote it; names one write of one key for ever. */
export type Version = Hex;

export interface ContextValue {
  readonly key: string;
  /** Text; null where it was deleted. */
  readonly value: string | null;
  readonly version: Version;
  readonly writer: Party;
  readonly writtenAtMs: number;
  /** The home node that decided it, where a version was asked for. */
  readonly decidedBy?: bigint;
}

export interface ContextKey extends Omit<ContextValue, "value"> {
  /** Of its value, in UTF-8. */
  readonly bytes: number;
}

/** Which versions are meant, newest first. */
export interface VersionsOptions {
  readonly before?: Version;
  /** @default 20 */
  readonly limit?: number;
}

export interface Versions<Item> {
  readonly versions: readonly Item[];
  /** Whether older ones are kept than those that are here. */
  readonly hasEarlier: boolean;
  /** False where a node has written so much that it may no longer keep the oldest. */
  readonly isWhole: boolean;
}

export interface ReadContextOptions {
  /** One key. */
  readonly key?: string;
  /** All keys that begin so. @default "" */
  readonly prefix?: string;
  /** With `key`: earlier versions as well, newest first. @default false */
  readonly history?: boolean;
  /** Of each key, deleted ones too, the last that these wrote, whatever others wrote since. @default of each key what stands */
  readonly writtenBy?: (writer: PartyId) => boolean;
}

export interface Written {
  readonly version: Version;
}

/**
 * A plain write always converges: the latest by the log's order stands. With `ifVersion` the cluster's home node decides
 * (null: only if there is no value).
 *
 * @throws PleiadError VERSION_CONFLICT with the current value in its details, HOME_UNREACHABLE (retryable)
 */
export interface WriteContextOptions extends Repeatable {
  readonly key: string;
  readonly value: string;
  readonly ifVersion?: Version | null;
}

export interface DeleteContextOptions extends Repeatable {
  readonly key: string;
  readonly ifVersion?: Version;
}

export interface WatchContextOptions {
  /** @default "" */
  readonly prefix?: string;
}

export interface ContextWatcher {
  /** A value stands now that did not before. */
  onValue(value: ContextValue): void;
  /** The watcher may see this no more: nothing follows. */
  onEnd?(reason: Error): void;
}

export interface Rules {
  readonly text: string;
  readonly version: Version;
  readonly writer: Party;
  readonly writtenAtMs: number;
}

export interface UpdateRulesOptions extends Repeatable {
  readonly text: string;
  readonly ifVersion?: Version | null;
}

/* Memory */

export interface RememberOptions extends Repeatable {
  readonly text: string;
  readonly tags?: readonly string[];
}

export interface RecallOptions {
  readonly query: string;
  /** Only what carries all of them. */
  readonly tags?: readonly string[];
  /** @default 10 */
  readonly limit?: number;
}

export interface Memory {
  readonly id: Hex;
  readonly text: string;
  readonly tags: readonly string[];
  readonly author: Party;
  readonly rememberedAtMs: number;
  /** `cluster`: of the cluster and the user; `agent`: what the agent wrote in no cluster, seen by it alone. */
  readonly scope: "cluster" | "agent";
}

export interface ListMemoriesOptions {
  readonly before?: Hex;
  /** @default 30 */
  readonly limit?: number;
}

export interface Memories {
  /** Newest first. */
  readonly memories: readonly Memory[];
  readonly total: number;
  readonly hasEarlier: boolean;
}

export interface Recalled {
  readonly memories: readonly (Memory & { readonly score: number })[];
  /** Whether vectors took part: `off` without an embedding endpoint, `failed` where it did not answer. */
  readonly vectors: "used" | "off" | "failed";
}

/* Threads and jobs */

export interface ThreadMessage {
  readonly id: Hex;
  readonly author: Party;
  readonly text: string;
  readonly postedAtMs: number;
  readonly replyTo?: Hex;
  /** The job that this message asks for or answers. */
  readonly job?: Hex;
  /** What its writer called the request to post it, where it did: tells what an execution said. */
  readonly requestId?: string;
}

export interface ReadThreadOptions {
  /** 1 to 80 of `A-Z a-z 0-9 . _ : -`; an execution's thread is the 32 bytes on the chain in hex, lower case, with 0x. */
  readonly thread: string;
  /** The last so many. @default 50 */
  readonly limit?: number;
  /** Only what comes before this message. */
  readonly before?: Hex;
}

export interface PostToThreadOptions extends Repeatable {
  readonly thread: string;
  readonly text: string;
  readonly replyTo?: Hex;
}

export type JobState = "queued" | "running" | "done" | "failed";

export interface Job {
  readonly id: Hex;
  readonly spawner: Party;
  readonly worker: Party;
  readonly thread: string;
  readonly prompt: string;
  /** The job in the course of which it was handed on. */
  readonly parent?: Hex;
  /** 1 for a job that stands alone. */
  readonly depth: number;
  readonly state: JobState;
  /** Answer, or why it failed. */
  readonly text?: string;
  readonly spawnedAtMs: number;
  readonly changedAtMs: number;
}

export interface ThreadSummary {
  readonly thread: string;
  /** Those that are kept. */
  readonly messages: number;
  /** Said last; of its text the start, as a line. */
  readonly last: Pick<ThreadMessage, "id" | "author" | "text" | "postedAtMs">;
}

export interface SpawnJobOptions extends Repeatable {
  /** Name of an agent or helper of the cluster. */
  readonly to: string;
  readonly prompt: string;
  /** Where prompt and answer land. */
  readonly thread: string;
  /** The job that the speaker works at. @default the one of that thread that it runs, if any */
  readonly parent?: Hex;
}

export interface UpdateJobOptions {
  readonly job: Hex;
  /** The worker says `running`, `done` or `failed`; who spawned it may say `failed`. */
  readonly state: Exclude<JobState, "queued">;
  /** Needed with `done` and `failed`. */
  readonly text?: string;
}

export interface ListJobsOptions {
  /** `mine`: handed to the reader; `spawned`: by the reader. @default "all" */
  readonly whose?: "mine" | "spawned" | "all";
  readonly state?: JobState;
  /** @default 50 */
  readonly limit?: number;
}

/* Files */

export interface Reservation {
  readonly id: Hex;
  readonly holder: Party;
  /** The node on whose disk the folder is. */
  readonly node: bigint;
  /** A project folder's name on that node. */
  readonly folder: string;
  /** Files, or folders with a `/` at the end, relative to `folder`. */
  readonly paths: readonly string[];
  readonly reason?: string;
  readonly expiresAtMs: number;
}

export interface ReserveFilesOptions {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly reason?: string;
  /** @default 3600 */
  readonly seconds?: number;
}

export interface ReleaseFilesOptions {
  /** @default all of the speaker's */
  readonly reservation?: Hex;
}

/**
 * What a credential may do. Each operation asks the choke point (`scope.ts`) anew, so a right that ended is gone at the next call.
 * Besides the errors named at each, all throw UNAUTHORIZED ones of the scope (see the README), CLUSTER_NOT_OPEN (retryable) and,
 * where they write, what `ClusterLog.append` throws.
 */
export interface WorkspaceOperations {
  /** Says that an agent or helper runs. */
  registerAgent(options?: RegisterOptions): Promise<Registration>;
  /** A sign of life; only a change of state goes into the log. */
  ping(
    options?: PingOptions,
  ): Promise<{ readonly inbox: InboxCounts; readonly rulesVersion: Version | null }>;
  listAgents(): Promise<readonly Member[]>;
  /** Makes a helper of this node. @throws PleiadError REQUEST_REUSED, HELPER_EXISTS, HELPER_NAME_INVALID, HELPERS_TOO_MANY */
  spawnAgent(options: SpawnAgentOptions): Promise<Party>;
  /**
   * Starts the program of a helper of this node again; for the node's operator also that of one which failed, as it was: for its user and its
   * spawner, on their budgets.
   *
   * @throws PleiadError HELPER_UNKNOWN, HELPER_NOT_RUNNING
   */
  restartAgent(name: string): Promise<void>;
  /** Ends a helper of this node. @throws PleiadError HELPER_UNKNOWN */
  endAgent(name: string): Promise<void>;

  /** @throws PleiadError RECIPIENT_UNKNOWN, RECIPIENT_AMBIGUOUS, TOPIC_UNKNOWN, MESSAGE_UNKNOWN, TEXT_TOO_LONG */
  sendMessage(options: SendMessageOptions): Promise<Message>;
  /** Reads, and notes of what is in the inbox that it was delivered, unless told not to. @throws PleiadError TOPIC_UNKNOWN, MESSAGE_UNKNOWN */
  readMessages(options?: ReadMessagesOptions): Promise<readonly Message[]>;
  /** @throws PleiadError MESSAGE_UNKNOWN, MESSAGE_NOT_YOURS */
  ackMessage(ids: readonly Hex[]): Promise<void>;
  /** What the operator and the owner see of all, others of their own; leaves no trace. @throws PleiadError MESSAGE_UNKNOWN */
  readFeed(options?: ReadFeedOptions): Promise<Feed>;
  inboxCounts(): Promise<InboxCounts>;
  /** Who talked with whom and what each said last: for the operator and the cluster's owner, who may read the whole log. */
  readTalk(options?: { /** @default 2000 */ readonly last?: number }): Promise<Talk>;
  /** The same of one, by its name. @throws PleiadError RECIPIENT_UNKNOWN, RECIPIENT_AMBIGUOUS */
  aboutAgent(name: string): Promise<AboutAgent>;
  subscribeTopic(topic: string): Promise<void>;
  /** @throws PleiadError TOPIC_NOT_SUBSCRIBED */
  unsubscribeTopic(topic: string): Promise<void>;
  /** Topics with their subscribers. */
  listTopics(): Promise<readonly { readonly topic: string; readonly subscribers: readonly Party[] }[]>;

  /** Without `key`: all current values by key. @throws PleiadError CONTEXT_KEY_UNKNOWN, when one key is asked for */
  readContext(options?: ReadContextOptions): Promise<readonly ContextValue[]>;
  listContext(options?: { readonly prefix?: string }): Promise<readonly ContextKey[]>;
  /** None of a key that nobody has written. @throws PleiadError VERSION_UNKNOWN */
  readContextHistory(options: VersionsOptions & { readonly key: string }): Promise<Versions<ContextValue>>;
  /** @throws PleiadError KEY_INVALID, VALUE_TOO_LONG, CONTEXT_FULL, VERSION_CONFLICT, HOME_UNREACHABLE (retryable) */
  writeContext(options: WriteContextOptions): Promise<Written>;
  /** @throws PleiadError CONTEXT_KEY_UNKNOWN, VERSION_CONFLICT, HOME_UNREACHABLE (retryable) */
  deleteContext(options: DeleteContextOptions): Promise<Written>;
  /** Hears of values that change from now on. The answer ends it. */
  watchContext(options: WatchContextOptions, watcher: ContextWatcher): () => void;

  /** @throws PleiadError TEXT_TOO_LONG, MEMORY_FULL */
  remember(options: RememberOptions): Promise<Memory>;
  recall(options: RecallOptions): Promise<Recalled>;
  /** @throws PleiadError MEMORY_UNKNOWN */
  forget(id: Hex): Promise<void>;

  /** @throws PleiadError MEMORY_UNKNOWN */
  listMemories(options?: ListMemoriesOptions): Promise<Memories>;

  /** @throws PleiadError THREAD_UNKNOWN, MESSAGE_UNKNOWN */
  readThread(options: ReadThreadOptions): Promise<readonly ThreadMessage[]>;
  postToThread(options: PostToThreadOptions): Promise<ThreadMessage>;
  /** The threads of the speaker's user, the one last used first. */
  listThreads(): Promise<readonly ThreadSummary[]>;
  /** @throws PleiadError RECIPIENT_UNKNOWN, JOB_UNKNOWN, JOB_NOT_YOURS, JOB_ENDED, JOB_TOO_DEEP, JOB_CYCLE, JOBS_TOO_MANY */
  spawnJob(options: SpawnJobOptions): Promise<Job>;
  /** @throws PleiadError JOB_UNKNOWN, JOB_NOT_YOURS, JOB_ENDED, JOB_TEXT_MISSING */
  updateJob(options: UpdateJobOptions): Promise<Job>;
  listJobs(options?: ListJobsOptions): Promise<readonly Job[]>;

  /** What the speaker may see of changes of its cluster, one for each. */
  seeChanges(changes: readonly WorkspaceChange[]): Promise<readonly SeenChange[]>;

  /** Null before the first. */
  readRules(): Promise<Rules | null>;
  /** @throws PleiadError VERSION_UNKNOWN */
  readRulesHistory(options?: VersionsOptions): Promise<Versions<Rules>>;
  /** @throws PleiadError TEXT_TOO_LONG, VERSION_CONFLICT, HOME_UNREACHABLE (retryable) */
  updateRules(options: UpdateRulesOptions): Promise<Rules>;

  /** @throws PleiadError PATH_INVALID, FILES_RESERVED with the holder in its details, RESERVATIONS_TOO_MANY */
  reserveFiles(options: ReserveFilesOptions): Promise<Reservation>;
  /** @throws PleiadError RESERVATION_UNKNOWN, RESERVATION_NOT_YOURS */
  releaseFiles(options?: ReleaseFilesOptions): Promise<void>;
  listReservations(): Promise<readonly Reservation[]>;
}

/** What the agents of this node's clusters share. */
export interface Workspace {
  /** Opens the log of a cluster and folds it; once open, opening it again does nothing. */
  open(cluster: bigint): Promise<void>;
  /** Stops its log; what waits for it fails as CLUSTER_NOT_OPEN. */
  close(cluster: bigint): Promise<void>;
  clusters(): readonly bigint[];
  /** What that credential may do: cheap, may be made for each call. */
  as(credential: Credential): WorkspaceOperations;
  /**
   * Whether a credential would be let in: for who gives out tokens. The hint names those that there are.
   *
   * @throws PleiadError as each operation
   */
  check(credential: Credential): Promise<void>;
  /** Hears of each entry that counts, of any open cluster, once the views have it: for live pages. The answer ends it. */
  onChange(handler: (change: WorkspaceChange) => void): () => void;
  status(cluster: bigint): WorkspaceStatus;
  /**
   * A cluster's log as it is now, line by line, in the form that `verifyLogExport` of the SDK takes: for the operator and the
   * cluster's owner. Whether that is allowed is said before the first line is read.
   *
   * @throws PleiadError as each operation; LOG_CHANGED (retryable), LOG_DAMAGED, STORE_IO while it is read
   */
  exportLog(credential: Credential, options?: ExportLogOptions): Promise<AsyncIterable<string>>;
  stop(): Promise<void>;
}

export interface ExportLogOptions {
  /** With the keys to read it: whoever has the export then reads everything that this node can. @default false */
  readonly withKeys?: boolean;
}

/** What changed: for whom it is to be told, `WorkspaceOperations.seeChanges` says what that one may see of it. */
export interface WorkspaceChange {
  readonly cluster: bigint;
  readonly view: ViewName | "all";
  readonly type: string;
  /** What changed it; undefined where the whole log was told anew. */
  readonly entry?: LogEntry;
}

/** What a speaker may see of a change. Of what is another's: view and type alone. */
export interface SeenChange {
  readonly view: ViewName | "all";
  readonly type: string;
  /** Of the entry: a message's, a version's, a memory's … */
  readonly id?: Hex;
  readonly author?: Party;
  /** What it is about, in a few words: a key, a thread, a recipient. */
  readonly about?: string;
  /** The start of its text, as a line. */
  readonly text?: string;
}

export const VIEW_NAMES = [
  "messages",
  "context",
  "rules",
  "memory",
  "threads",
  "jobs",
  "presence",
  "files",
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

export interface WorkspaceStatus {
  readonly cluster: bigint;
  /** Entries that no view knows, by type: of a later version, say. */
  readonly unknown: number;
  /** Entries whose data is not what their type says: their node signed them, nobody else suffers. */
  readonly invalid: number;
  /** What this node has said: its bytes, and the entries kept below its feed's base. Above the most of either LOG_FULL comes near. */
  readonly own: {
    readonly bytes: number;
    readonly bytesMax: number;
    readonly kept: number;
    readonly keptMax: number;
  };
}
