// Written by `node scripts/dashboard-types.ts` from docs/openapi.json; do not edit.

/** Say that this agent runs, and learn who and where it is. */
export type RegisterAgentAnswer = {
  /** a whole number as digits */
  readonly cluster: string;
  readonly self: {
    /** agent:12, helper:3/tester, user:0x… or node:3 */
    readonly id: string;
    readonly kind: "agent" | "helper" | "user" | "node";
    /** what others write as `to` */
    readonly name: string;
    /** a whole number as digits */
    readonly node?: string;
  };
  /** on whose behalf: whose memory and threads are seen */
  readonly user: string;
  readonly rulesVersion: string | null;
  readonly inbox: {
    /** not acknowledged */
    readonly unread: number;
    /** of these, handed over already */
    readonly delivered: number;
    readonly overdue: number;
  };
};

export type RegisterAgentBody = {
  /** What you do. At most 200 characters. */
  readonly role?: string;
  readonly capabilities?: readonly (string)[];
};

/** Give a sign of life. */
export type PingAnswer = {
  readonly inbox: {
    /** not acknowledged */
    readonly unread: number;
    /** of these, handed over already */
    readonly delivered: number;
    readonly overdue: number;
  };
  readonly rulesVersion: string | null;
};

export type PingBody = {
  /** `done` when your work is over. */
  readonly state?: "spawning" | "running" | "done";
  /** What you are at. At most 200 characters. */
  readonly note?: string;
};

/** List who takes part in the cluster. */
export type ListAgentsAnswer = {
  readonly agents: readonly ({
    /** agent:12, helper:3/tester, user:0x… or node:3 */
    readonly id: string;
    readonly kind: "agent" | "helper" | "user" | "node";
    /** what others write as `to` */
    readonly name: string;
    /** a whole number as digits */
    readonly node?: string;
    readonly role?: string;
    readonly capabilities: readonly (string)[];
    readonly state?: "spawning" | "running" | "done";
    readonly note?: string;
    /** Unix milliseconds */
    readonly lastSeenMs?: number;
    readonly isAlive: boolean;
    readonly spawnedBy?: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** of a helper of this node: what runs it, and what it is at */
    readonly program?: {
      readonly service: string;
      /** asking: it works, and waits for a person's answer to what it asks leave for */
      readonly state: "spawning" | "waiting" | "working" | "asking" | "done";
      readonly note: string;
      readonly turns: number;
      readonly restarts: number;
      /** since when it is in that state, Unix milliseconds */
      readonly sinceMs: number;
      /** how the task begins that it was spawned with */
      readonly task?: string;
      readonly project?: string;
    };
  })[];
};

/** Start a helper on this node. */
export type SpawnAgentAnswer = {
  readonly agent: {
    /** agent:12, helper:3/tester, user:0x… or node:3 */
    readonly id: string;
    readonly kind: "agent" | "helper" | "user" | "node";
    /** what others write as `to` */
    readonly name: string;
    /** a whole number as digits */
    readonly node?: string;
  };
};

export type SpawnAgentBody = {
  /** Lower-case letters, digits and hyphens, at most 31. */
  readonly name: string;
  /** What it is. At most 200 characters. */
  readonly role: string;
  /** What it should achieve, complete: it knows nothing else of your work. At most 16 KiB. */
  readonly goal: string;
  /** A service that this node's operator configured. */
  readonly service?: string;
  /** What it does first; its result comes to you as a message. Needs `service`. At most 16 KiB. */
  readonly task?: string;
  /** A project that this node's operator offers: it works in a copy of its own. Needs `service`. */
  readonly project?: string;
  /** What it may cost in all, as text: "12.50"; at most what is left of your own budget, and part of it. Needs `service`. */
  readonly budget?: string;
  /** files for the task */
  readonly files?: readonly ({
    /** The file's name, without folders. */
    readonly name: string;
    /** For example image/png or text/plain. */
    readonly mediaType: string;
    /** keccak256 of the bytes, which POST /blobs took before */
    readonly digest: string;
  })[];
};

/** Start the program of a helper of this node again. */
export type RestartAgentAnswer = {
  readonly done: true;
};

export type RestartAgentBody = {
  /** The helper's name. */
  readonly name: string;
};

/** End a helper of this node. */
export type EndAgentAnswer = {
  readonly done: true;
};

export type EndAgentBody = {
  /** The helper's name. */
  readonly name: string;
};

/** Send a message to one, to all, or to a topic's subscribers. */
export type SendMessageAnswer = {
  readonly message: {
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly from: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly destination: {
      readonly kind: "direct";
      readonly to: string;
    } | {
      readonly kind: "broadcast";
    } | {
      readonly kind: "topic";
      readonly topic: string;
    };
    readonly text: string;
    /** 0x and 64 hex digits */
    readonly thread: string;
    /** 0x and 64 hex digits */
    readonly replyTo?: string;
    /** Unix milliseconds */
    readonly queuedAtMs: number;
    /** Unix milliseconds */
    readonly dueAtMs?: number;
    readonly isOverdue: boolean;
    readonly receipts: readonly ({
      readonly recipient: {
        /** agent:12, helper:3/tester, user:0x… or node:3 */
        readonly id: string;
        readonly kind: "agent" | "helper" | "user" | "node";
        /** what others write as `to` */
        readonly name: string;
        /** a whole number as digits */
        readonly node?: string;
      };
      /** Unix milliseconds */
      readonly deliveredAtMs?: number;
      /** Unix milliseconds */
      readonly acknowledgedAtMs?: number;
    })[];
  };
};

export type SendMessageBody = {
  readonly destination: {
    readonly kind: "direct";
    /** Name from list_agents; `name@node` where two nodes have such a helper. */
    readonly to: string;
  } | {
    readonly kind: "broadcast";
  } | {
    readonly kind: "topic";
    /** 1 to 48 of a-z 0-9 . _ - */
    readonly topic: string;
  };
  /** What is longer belongs into a file. At most 16 KiB. */
  readonly text: string;
  /** Id of the message that this one answers. */
  readonly replyTo?: string;
  /** Within which it should be acknowledged, at most 604800. */
  readonly dueInSeconds?: number;
  /** The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : - */
  readonly requestId?: string;
};

/** Read messages; those in the inbox count as delivered from then on, but to a token that may only look. */
export type ReadMessagesAnswer = {
  readonly messages: readonly ({
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly from: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly destination: {
      readonly kind: "direct";
      readonly to: string;
    } | {
      readonly kind: "broadcast";
    } | {
      readonly kind: "topic";
      readonly topic: string;
    };
    readonly text: string;
    /** 0x and 64 hex digits */
    readonly thread: string;
    /** 0x and 64 hex digits */
    readonly replyTo?: string;
    /** Unix milliseconds */
    readonly queuedAtMs: number;
    /** Unix milliseconds */
    readonly dueAtMs?: number;
    readonly isOverdue: boolean;
    readonly receipts: readonly ({
      readonly recipient: {
        /** agent:12, helper:3/tester, user:0x… or node:3 */
        readonly id: string;
        readonly kind: "agent" | "helper" | "user" | "node";
        /** what others write as `to` */
        readonly name: string;
        /** a whole number as digits */
        readonly node?: string;
      };
      /** Unix milliseconds */
      readonly deliveredAtMs?: number;
      /** Unix milliseconds */
      readonly acknowledgedAtMs?: number;
    })[];
  })[];
};

export type ReadMessagesBody = {
  /** `inbox`: not acknowledged yet; `all`: those, too; `sent`: your own. */
  readonly box?: "inbox" | "all" | "sent";
  /** 1 to 48 of a-z 0-9 . _ - */
  readonly topic?: string;
  /** Only of the thread that begins with this message. */
  readonly thread?: string;
  /** Only what comes after this message. */
  readonly after?: string;
  /** How many at most; 50 when left out. */
  readonly limit?: number;
};

/** Acknowledge messages, so that they leave the inbox. */
export type AckMessageAnswer = {
  readonly done: true;
};

export type AckMessageBody = {
  readonly ids: readonly (string)[];
};

/** Read what was said in the cluster, as far as it is yours to see, without a trace. */
export type ReadFeedAnswer = {
  /** who asks */
  readonly self: {
    /** agent:12, helper:3/tester, user:0x… or node:3 */
    readonly id: string;
    readonly kind: "agent" | "helper" | "user" | "node";
    /** what others write as `to` */
    readonly name: string;
    /** a whole number as digits */
    readonly node?: string;
  };
  readonly messages: readonly ({
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly from: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly destination: {
      readonly kind: "direct";
      readonly to: string;
    } | {
      readonly kind: "broadcast";
    } | {
      readonly kind: "topic";
      readonly topic: string;
    };
    readonly text: string;
    /** 0x and 64 hex digits */
    readonly thread: string;
    /** 0x and 64 hex digits */
    readonly replyTo?: string;
    /** Unix milliseconds */
    readonly queuedAtMs: number;
    /** Unix milliseconds */
    readonly dueAtMs?: number;
    readonly isOverdue: boolean;
    readonly receipts: readonly ({
      readonly recipient: {
        /** agent:12, helper:3/tester, user:0x… or node:3 */
        readonly id: string;
        readonly kind: "agent" | "helper" | "user" | "node";
        /** what others write as `to` */
        readonly name: string;
        /** a whole number as digits */
        readonly node?: string;
      };
      /** Unix milliseconds */
      readonly deliveredAtMs?: number;
      /** Unix milliseconds */
      readonly acknowledgedAtMs?: number;
    })[];
    /** whether it is for who asks, to acknowledge */
    readonly isForReader: boolean;
  })[];
  /** of all that fit, also those that are not here */
  readonly total: number;
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
  /** false where a node has said so much that it may no longer keep the oldest */
  readonly isWhole: boolean;
};

/** Count what is in the inbox. */
export type InboxCountsAnswer = {
  /** not acknowledged */
  readonly unread: number;
  /** of these, handed over already */
  readonly delivered: number;
  readonly overdue: number;
};

/** Get a topic's messages from now on. */
export type SubscribeTopicAnswer = {
  readonly done: true;
};

export type SubscribeTopicBody = {
  /** 1 to 48 of a-z 0-9 . _ - */
  readonly topic: string;
};

/** Get a topic's messages no longer. */
export type UnsubscribeTopicAnswer = {
  readonly done: true;
};

export type UnsubscribeTopicBody = {
  /** 1 to 48 of a-z 0-9 . _ - */
  readonly topic: string;
};

/** List topics with their subscribers. */
export type ListTopicsAnswer = {
  readonly topics: readonly ({
    readonly topic: string;
    readonly subscribers: readonly ({
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    })[];
  })[];
};

/** Read the whiteboard: one key, or all that begin alike. */
export type ReadContextAnswer = {
  readonly values: readonly ({
    readonly key: string;
    /** null where it was deleted */
    readonly value: string | null;
    /** 0x and 64 hex digits */
    readonly version: string;
    readonly writer: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly writtenAtMs: number;
    /** a whole number as digits */
    readonly decidedBy?: string;
  })[];
};

/** Write a value of the whiteboard. */
export type WriteContextAnswer = {
  /** 0x and 64 hex digits */
  readonly version: string;
};

export type WriteContextBody = {
  /** 1 to 128 of A-Z a-z 0-9 . _ : / -, as plan/step-1 */
  readonly key: string;
  /** Text. At most 32 KiB. */
  readonly value: string;
  readonly ifVersion?: string | null;
  /** The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : - */
  readonly requestId?: string;
};

/** Delete a value of the whiteboard. */
export type DeleteContextAnswer = {
  /** 0x and 64 hex digits */
  readonly version: string;
};

export type DeleteContextBody = {
  /** 1 to 128 of A-Z a-z 0-9 . _ : / -, as plan/step-1 */
  readonly key: string;
  /** Delete only if this version stands. */
  readonly ifVersion?: string;
  /** The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : - */
  readonly requestId?: string;
};

/** List the keys of the whiteboard without their values. */
export type ListContextAnswer = {
  readonly keys: readonly ({
    readonly key: string;
    /** 0x and 64 hex digits */
    readonly version: string;
    readonly writer: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly writtenAtMs: number;
    /** a whole number as digits */
    readonly decidedBy?: string;
    /** of the value, in UTF-8 */
    readonly bytes: number;
  })[];
};

/** Read the versions of a key of the whiteboard, newest first. */
export type ReadContextHistoryAnswer = {
  readonly versions: readonly ({
    readonly key: string;
    /** null where it was deleted */
    readonly value: string | null;
    /** 0x and 64 hex digits */
    readonly version: string;
    readonly writer: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly writtenAtMs: number;
    /** a whole number as digits */
    readonly decidedBy?: string;
  })[];
  /** whether older ones are kept than those that are here */
  readonly hasEarlier: boolean;
  /** false where a node has written so much that it may no longer keep the oldest */
  readonly isWhole: boolean;
};

/** Read the rules that all agents of the cluster share. */
export type ReadRulesAnswer = {
  /** null before the first */
  readonly rules: {
    readonly text: string;
    /** 0x and 64 hex digits */
    readonly version: string;
    readonly writer: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly writtenAtMs: number;
  } | null;
};

/** Replace the rules. */
export type UpdateRulesAnswer = {
  readonly rules: {
    readonly text: string;
    /** 0x and 64 hex digits */
    readonly version: string;
    readonly writer: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly writtenAtMs: number;
  };
};

export type UpdateRulesBody = {
  /** The whole document. At most 32 KiB. */
  readonly text: string;
  readonly ifVersion?: string | null;
  /** The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : - */
  readonly requestId?: string;
};

/** Read the versions of the rules, newest first. */
export type ReadRulesHistoryAnswer = {
  readonly versions: readonly ({
    readonly text: string;
    /** 0x and 64 hex digits */
    readonly version: string;
    readonly writer: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly writtenAtMs: number;
  })[];
  /** whether older ones are kept than those that are here */
  readonly hasEarlier: boolean;
  /** false where a node has written so much that it may no longer keep the oldest */
  readonly isWhole: boolean;
};

/** Keep a fact for later. */
export type RememberAnswer = {
  readonly memory: {
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly text: string;
    readonly tags: readonly (string)[];
    readonly author: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly rememberedAtMs: number;
    readonly scope: "cluster" | "agent";
  };
};

export type RememberBody = {
  /** One fact. At most 8 KiB. */
  readonly text: string;
  readonly tags?: readonly (string)[];
  /** The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : - */
  readonly requestId?: string;
};

/** List what was remembered, newest first. */
export type ListMemoriesAnswer = {
  readonly memories: readonly ({
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly text: string;
    readonly tags: readonly (string)[];
    readonly author: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly rememberedAtMs: number;
    readonly scope: "cluster" | "agent";
  })[];
  readonly total: number;
  readonly hasEarlier: boolean;
};

/** Find what was remembered. */
export type RecallAnswer = {
  readonly memories: readonly ({
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly text: string;
    readonly tags: readonly (string)[];
    readonly author: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** Unix milliseconds */
    readonly rememberedAtMs: number;
    readonly scope: "cluster" | "agent";
    readonly score: number;
  })[];
  readonly vectors: "used" | "off" | "failed";
};

export type RecallBody = {
  /** What you look for, in words. At most 2 KiB. */
  readonly query: string;
  readonly tags?: readonly (string)[];
  /** How many at most; 10 when left out. */
  readonly limit?: number;
};

/** Forget something remembered. */
export type ForgetAnswer = {
  readonly done: true;
};

export type ForgetBody = {
  /** Id of the memory. */
  readonly id: string;
};

/** Read the last messages of a thread. */
export type ReadThreadAnswer = {
  readonly messages: readonly ({
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly author: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly text: string;
    /** Unix milliseconds */
    readonly postedAtMs: number;
    /** 0x and 64 hex digits */
    readonly replyTo?: string;
    /** 0x and 64 hex digits */
    readonly job?: string;
  })[];
};

/** List threads with their last message, the one last used first. */
export type ListThreadsAnswer = {
  readonly threads: readonly ({
    readonly thread: string;
    readonly messages: number;
    readonly last: {
      /** 0x and 64 hex digits */
      readonly id: string;
      readonly author: {
        /** agent:12, helper:3/tester, user:0x… or node:3 */
        readonly id: string;
        readonly kind: "agent" | "helper" | "user" | "node";
        /** what others write as `to` */
        readonly name: string;
        /** a whole number as digits */
        readonly node?: string;
      };
      /** Unix milliseconds */
      readonly postedAtMs: number;
      /** its start, as a line */
      readonly text: string;
    };
  })[];
};

/** Post to a thread. */
export type PostToThreadAnswer = {
  readonly message: {
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly author: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly text: string;
    /** Unix milliseconds */
    readonly postedAtMs: number;
    /** 0x and 64 hex digits */
    readonly replyTo?: string;
    /** 0x and 64 hex digits */
    readonly job?: string;
  };
};

export type PostToThreadBody = {
  /** 1 to 80 of A-Z a-z 0-9 . _ : -; an execution's thread is its 32 bytes on the chain in hex: 0x and 64 digits. */
  readonly thread: string;
  /** What you say. At most 16 KiB. */
  readonly text: string;
  /** Id of the message of that thread that this one answers. */
  readonly replyTo?: string;
  /** The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : - */
  readonly requestId?: string;
};

/** Hand work to another agent of the cluster. */
export type SpawnJobAnswer = {
  readonly job: {
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly spawner: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly worker: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly thread: string;
    readonly prompt: string;
    /** 0x and 64 hex digits */
    readonly parent?: string;
    readonly depth: number;
    readonly state: "queued" | "running" | "done" | "failed";
    /** answer, or why it failed */
    readonly text?: string;
    /** Unix milliseconds */
    readonly spawnedAtMs: number;
    /** Unix milliseconds */
    readonly changedAtMs: number;
  };
};

export type SpawnJobBody = {
  /** Name of an agent or helper from list_agents. */
  readonly to: string;
  /** What it should do, complete. At most 16 KiB. */
  readonly prompt: string;
  /** 1 to 80 of A-Z a-z 0-9 . _ : -; an execution's thread is its 32 bytes on the chain in hex: 0x and 64 digits. */
  readonly thread: string;
  /** The job that you work at; found by itself when left out. */
  readonly parent?: string;
  /** The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : - */
  readonly requestId?: string;
};

/** List jobs. */
export type ListJobsAnswer = {
  readonly jobs: readonly ({
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly spawner: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly worker: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly thread: string;
    readonly prompt: string;
    /** 0x and 64 hex digits */
    readonly parent?: string;
    readonly depth: number;
    readonly state: "queued" | "running" | "done" | "failed";
    /** answer, or why it failed */
    readonly text?: string;
    /** Unix milliseconds */
    readonly spawnedAtMs: number;
    /** Unix milliseconds */
    readonly changedAtMs: number;
  })[];
};

/** Say how a job stands. */
export type UpdateJobAnswer = {
  readonly job: {
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly spawner: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly worker: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    readonly thread: string;
    readonly prompt: string;
    /** 0x and 64 hex digits */
    readonly parent?: string;
    readonly depth: number;
    readonly state: "queued" | "running" | "done" | "failed";
    /** answer, or why it failed */
    readonly text?: string;
    /** Unix milliseconds */
    readonly spawnedAtMs: number;
    /** Unix milliseconds */
    readonly changedAtMs: number;
  };
};

export type UpdateJobBody = {
  /** Id of the job. */
  readonly job: string;
  /** Its worker says any of them; who spawned it may say `failed`. */
  readonly state: "running" | "done" | "failed";
  /** The answer, or why it failed; needed with `done` and `failed`. At most 32 KiB. */
  readonly text?: string;
};

/** Reserve files of a project folder while you change them. */
export type ReserveFilesAnswer = {
  readonly reservation: {
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly holder: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** a whole number as digits */
    readonly node: string;
    readonly folder: string;
    readonly paths: readonly (string)[];
    readonly reason?: string;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
  };
};

export type ReserveFilesBody = {
  /** A project folder's name on this node. */
  readonly folder: string;
  readonly paths: readonly (string)[];
  /** Why. At most 200 characters. */
  readonly reason?: string;
  /** How long; 3600 when left out, at most 86400. */
  readonly seconds?: number;
};

/** List which files are reserved, and by whom. */
export type ListReservationsAnswer = {
  readonly reservations: readonly ({
    /** 0x and 64 hex digits */
    readonly id: string;
    readonly holder: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** a whole number as digits */
    readonly node: string;
    readonly folder: string;
    readonly paths: readonly (string)[];
    readonly reason?: string;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
  })[];
};

/** Release reserved files. */
export type ReleaseFilesAnswer = {
  readonly done: true;
};

export type ReleaseFilesBody = {
  /** Id of one reservation; all of yours when left out. */
  readonly reservation?: string;
};

/** Tell how the clusters of this manager are, what it wants and what it has under way. */
export type ManagerStatusAnswer = {
  readonly status: {
    readonly id: string;
    readonly name: string;
    readonly capabilities: readonly (string)[];
    readonly formationIntervalMs: number;
    readonly scalingIntervalMs: number;
    /** acts that need no person's yes */
    readonly unasked: readonly (string)[];
    readonly reconciled?: {
      /** Unix milliseconds */
      readonly atMs: number;
      readonly tookMs: number;
      /** a whole number as digits */
      readonly block: string;
    };
    readonly clusters: readonly ({
      /** a whole number as digits */
      readonly cluster: string;
      readonly slug: string;
      readonly version: number;
      readonly members: number;
      readonly ready: number;
      readonly waiting: number;
      readonly running: number;
      readonly places: number;
      readonly stability: {
        readonly score: number;
        readonly parts: {
          readonly availability: number;
          readonly success: number;
          readonly punctuality: number;
          readonly steadiness: number;
          readonly latency: number;
        };
      };
      readonly wanted: readonly (string)[];
    })[];
    /** slugs of the manager's file that no cluster on the chain had at the last look */
    readonly missing?: readonly (string)[];
    readonly alerts: readonly ({
      readonly id: string;
      readonly name: "cluster_size" | "communication_latency" | "resource_usage" | "stability_score";
      /** cluster/7, node/3 */
      readonly subject: string;
      readonly state: "pending" | "firing" | "acknowledged" | "resolved";
      readonly value: number;
      readonly threshold: number;
      readonly summary: string;
      /** Unix milliseconds */
      readonly sinceMs: number;
      /** Unix milliseconds */
      readonly firedAtMs?: number;
      /** Unix milliseconds */
      readonly resolvedAtMs?: number;
      readonly acknowledgedBy?: string;
    })[];
    readonly plans: readonly ({
      readonly id: string;
      readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
      /** 0 for one that is to be formed */
      readonly cluster: string;
      readonly title: string;
      readonly steps: readonly ({
        readonly step: {
          readonly act: "publish";
          readonly slug: string;
          readonly yaml: string;
          readonly from: number;
          readonly owner?: string;
        } | {
          readonly act: "serve-model";
          /** a whole number as digits */
          readonly node: string;
          /** a whole number as digits */
          readonly model: string;
        } | {
          readonly act: "leave-model";
          /** a whole number as digits */
          readonly node: string;
          /** a whole number as digits */
          readonly model: string;
        } | {
          readonly act: "set-places";
          /** a whole number as digits */
          readonly node: string;
          readonly from: number;
          readonly to: number;
        } | {
          readonly act: "set-share";
          /** a whole number as digits */
          readonly node: string;
          /** a whole number as digits */
          readonly cluster: string;
          readonly from?: number;
          readonly to?: number;
        } | {
          readonly act: "start-helper";
          /** a whole number as digits */
          readonly cluster: string;
          readonly name: string;
          readonly service: string;
        } | {
          readonly act: "stop-helper";
          /** a whole number as digits */
          readonly cluster: string;
          readonly name: string;
          readonly service: string;
        } | {
          readonly act: "restart-member";
          /** a whole number as digits */
          readonly cluster: string;
          readonly name: string;
        } | {
          readonly act: "drain-node";
          /** a whole number as digits */
          readonly node: string;
        } | {
          readonly act: "resume-node";
          /** a whole number as digits */
          readonly node: string;
        } | {
          readonly act: "set-route";
          /** a whole number as digits */
          readonly cluster: string;
          readonly member: string;
          readonly from: readonly (string)[];
          readonly to: readonly (string)[];
        } | {
          readonly act: "connect";
          /** a whole number as digits */
          readonly cluster: string;
          readonly nodes: readonly (string)[];
        } | {
          readonly act: "write-rules";
          /** a whole number as digits */
          readonly cluster: string;
          readonly text: string;
        } | {
          readonly act: "write-context";
          /** a whole number as digits */
          readonly cluster: string;
          readonly key: string;
          readonly value: string;
        } | {
          readonly act: "broadcast";
          /** a whole number as digits */
          readonly cluster: string;
          readonly topic: string;
          readonly text: string;
          readonly to?: string;
        };
        readonly why: string;
        readonly cost: {
          /** an amount in wei, as digits */
          readonly gas: string;
          /** an amount in wei, as digits */
          readonly gasWei: string;
          /** an amount in wei, as digits */
          readonly feesWei: string;
          readonly currency: string;
        };
      })[];
      readonly basis: string;
      /** Unix milliseconds */
      readonly madeAtMs: number;
      /** Unix milliseconds */
      readonly expiresAtMs: number;
      readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
      /** why somebody has to say yes */
      readonly consent?: string;
      /** how many steps are done */
      readonly done: number;
      /** what a step led to, by its index */
      readonly outcomes: readonly (string | null)[];
      readonly problem?: {
        readonly code: string;
        readonly message: string;
      };
    })[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  };
};

/** Ask for a cluster to be formed, for members to be told something, or for places; answers with the plan. */
export type ManagerRequestAnswer = {
  readonly plan: {
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: {
        readonly act: "publish";
        readonly slug: string;
        readonly yaml: string;
        readonly from: number;
        readonly owner?: string;
      } | {
        readonly act: "serve-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "leave-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "set-places";
        /** a whole number as digits */
        readonly node: string;
        readonly from: number;
        readonly to: number;
      } | {
        readonly act: "set-share";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly cluster: string;
        readonly from?: number;
        readonly to?: number;
      } | {
        readonly act: "start-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "stop-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "restart-member";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
      } | {
        readonly act: "drain-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "resume-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "set-route";
        /** a whole number as digits */
        readonly cluster: string;
        readonly member: string;
        readonly from: readonly (string)[];
        readonly to: readonly (string)[];
      } | {
        readonly act: "connect";
        /** a whole number as digits */
        readonly cluster: string;
        readonly nodes: readonly (string)[];
      } | {
        readonly act: "write-rules";
        /** a whole number as digits */
        readonly cluster: string;
        readonly text: string;
      } | {
        readonly act: "write-context";
        /** a whole number as digits */
        readonly cluster: string;
        readonly key: string;
        readonly value: string;
      } | {
        readonly act: "broadcast";
        /** a whole number as digits */
        readonly cluster: string;
        readonly topic: string;
        readonly text: string;
        readonly to?: string;
      };
      readonly why: string;
      readonly cost: {
        /** an amount in wei, as digits */
        readonly gas: string;
        /** an amount in wei, as digits */
        readonly gasWei: string;
        /** an amount in wei, as digits */
        readonly feesWei: string;
        readonly currency: string;
      };
    })[];
    readonly basis: string;
    /** Unix milliseconds */
    readonly madeAtMs: number;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
    readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
    /** why somebody has to say yes */
    readonly consent?: string;
    /** how many steps are done */
    readonly done: number;
    /** what a step led to, by its index */
    readonly outcomes: readonly (string | null)[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  };
};

export type ManagerRequestBody = {
  readonly request: {
    readonly kind: "FORMATION";
    /** One sentence: what the cluster is for. */
    readonly goal: string;
    /** Its name on the chain: 3 to 31 of a-z 0-9 -. */
    readonly slug: string;
    /** In the order in which they work. */
    readonly needs: readonly ({
      /** What some member must be able to do, in lower case. */
      readonly capability: string;
      readonly count: number;
    })[];
    readonly size: {
      readonly min: number;
      readonly max: number;
    };
    /** What one run may cost at most, in wei. */
    readonly budgetWei: string;
    readonly limits: {
      /** Of one model, for one task, in wei. */
      readonly priceWeiMax: string;
      readonly ratingMin?: number;
      readonly ratingsMin?: number;
      readonly roundTripMsMax?: number;
    };
    /** Who will own the cluster. */
    readonly owner: string;
  } | {
    readonly kind: "COMMUNICATION";
    /** a whole number as digits */
    readonly cluster: string;
    readonly to: {
      readonly how: "route";
      /** Name of a member. */
      readonly member: string;
    } | {
      readonly how: "broadcast";
    } | {
      readonly how: "topic";
      /** Topic. */
      readonly topic: string;
    } | {
      readonly how: "gateway";
      /** a whole number as digits */
      readonly cluster: string;
      /** Topic. */
      readonly topic: string;
    };
    readonly text: string;
  } | {
    readonly kind: "SCALING";
    /** a whole number as digits */
    readonly cluster: string;
    /** Left out: what the manager finds right. */
    readonly places?: number;
  };
};

/** List plans, the newest first. */
export type ManagerPlansAnswer = {
  readonly plans: readonly ({
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: {
        readonly act: "publish";
        readonly slug: string;
        readonly yaml: string;
        readonly from: number;
        readonly owner?: string;
      } | {
        readonly act: "serve-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "leave-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "set-places";
        /** a whole number as digits */
        readonly node: string;
        readonly from: number;
        readonly to: number;
      } | {
        readonly act: "set-share";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly cluster: string;
        readonly from?: number;
        readonly to?: number;
      } | {
        readonly act: "start-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "stop-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "restart-member";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
      } | {
        readonly act: "drain-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "resume-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "set-route";
        /** a whole number as digits */
        readonly cluster: string;
        readonly member: string;
        readonly from: readonly (string)[];
        readonly to: readonly (string)[];
      } | {
        readonly act: "connect";
        /** a whole number as digits */
        readonly cluster: string;
        readonly nodes: readonly (string)[];
      } | {
        readonly act: "write-rules";
        /** a whole number as digits */
        readonly cluster: string;
        readonly text: string;
      } | {
        readonly act: "write-context";
        /** a whole number as digits */
        readonly cluster: string;
        readonly key: string;
        readonly value: string;
      } | {
        readonly act: "broadcast";
        /** a whole number as digits */
        readonly cluster: string;
        readonly topic: string;
        readonly text: string;
        readonly to?: string;
      };
      readonly why: string;
      readonly cost: {
        /** an amount in wei, as digits */
        readonly gas: string;
        /** an amount in wei, as digits */
        readonly gasWei: string;
        /** an amount in wei, as digits */
        readonly feesWei: string;
        readonly currency: string;
      };
    })[];
    readonly basis: string;
    /** Unix milliseconds */
    readonly madeAtMs: number;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
    readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
    /** why somebody has to say yes */
    readonly consent?: string;
    /** how many steps are done */
    readonly done: number;
    /** what a step led to, by its index */
    readonly outcomes: readonly (string | null)[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  })[];
};

/** Show one plan, step by step. */
export type ManagerPlanAnswer = {
  readonly plan: {
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: {
        readonly act: "publish";
        readonly slug: string;
        readonly yaml: string;
        readonly from: number;
        readonly owner?: string;
      } | {
        readonly act: "serve-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "leave-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "set-places";
        /** a whole number as digits */
        readonly node: string;
        readonly from: number;
        readonly to: number;
      } | {
        readonly act: "set-share";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly cluster: string;
        readonly from?: number;
        readonly to?: number;
      } | {
        readonly act: "start-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "stop-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "restart-member";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
      } | {
        readonly act: "drain-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "resume-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "set-route";
        /** a whole number as digits */
        readonly cluster: string;
        readonly member: string;
        readonly from: readonly (string)[];
        readonly to: readonly (string)[];
      } | {
        readonly act: "connect";
        /** a whole number as digits */
        readonly cluster: string;
        readonly nodes: readonly (string)[];
      } | {
        readonly act: "write-rules";
        /** a whole number as digits */
        readonly cluster: string;
        readonly text: string;
      } | {
        readonly act: "write-context";
        /** a whole number as digits */
        readonly cluster: string;
        readonly key: string;
        readonly value: string;
      } | {
        readonly act: "broadcast";
        /** a whole number as digits */
        readonly cluster: string;
        readonly topic: string;
        readonly text: string;
        readonly to?: string;
      };
      readonly why: string;
      readonly cost: {
        /** an amount in wei, as digits */
        readonly gas: string;
        /** an amount in wei, as digits */
        readonly gasWei: string;
        /** an amount in wei, as digits */
        readonly feesWei: string;
        readonly currency: string;
      };
    })[];
    readonly basis: string;
    /** Unix milliseconds */
    readonly madeAtMs: number;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
    readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
    /** why somebody has to say yes */
    readonly consent?: string;
    /** how many steps are done */
    readonly done: number;
    /** what a step led to, by its index */
    readonly outcomes: readonly (string | null)[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  };
};

/** Say yes to a plan and apply it, as far as the daemon has the keys. */
export type ManagerApplyAnswer = {
  readonly plan: {
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: {
        readonly act: "publish";
        readonly slug: string;
        readonly yaml: string;
        readonly from: number;
        readonly owner?: string;
      } | {
        readonly act: "serve-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "leave-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "set-places";
        /** a whole number as digits */
        readonly node: string;
        readonly from: number;
        readonly to: number;
      } | {
        readonly act: "set-share";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly cluster: string;
        readonly from?: number;
        readonly to?: number;
      } | {
        readonly act: "start-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "stop-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "restart-member";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
      } | {
        readonly act: "drain-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "resume-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "set-route";
        /** a whole number as digits */
        readonly cluster: string;
        readonly member: string;
        readonly from: readonly (string)[];
        readonly to: readonly (string)[];
      } | {
        readonly act: "connect";
        /** a whole number as digits */
        readonly cluster: string;
        readonly nodes: readonly (string)[];
      } | {
        readonly act: "write-rules";
        /** a whole number as digits */
        readonly cluster: string;
        readonly text: string;
      } | {
        readonly act: "write-context";
        /** a whole number as digits */
        readonly cluster: string;
        readonly key: string;
        readonly value: string;
      } | {
        readonly act: "broadcast";
        /** a whole number as digits */
        readonly cluster: string;
        readonly topic: string;
        readonly text: string;
        readonly to?: string;
      };
      readonly why: string;
      readonly cost: {
        /** an amount in wei, as digits */
        readonly gas: string;
        /** an amount in wei, as digits */
        readonly gasWei: string;
        /** an amount in wei, as digits */
        readonly feesWei: string;
        readonly currency: string;
      };
    })[];
    readonly basis: string;
    /** Unix milliseconds */
    readonly madeAtMs: number;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
    readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
    /** why somebody has to say yes */
    readonly consent?: string;
    /** how many steps are done */
    readonly done: number;
    /** what a step led to, by its index */
    readonly outcomes: readonly (string | null)[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  };
};

export type ManagerApplyBody = {
  /** The plan's id. */
  readonly id: string;
};

/** Say no to a plan. */
export type ManagerRefuseAnswer = {
  readonly plan: {
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: {
        readonly act: "publish";
        readonly slug: string;
        readonly yaml: string;
        readonly from: number;
        readonly owner?: string;
      } | {
        readonly act: "serve-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "leave-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "set-places";
        /** a whole number as digits */
        readonly node: string;
        readonly from: number;
        readonly to: number;
      } | {
        readonly act: "set-share";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly cluster: string;
        readonly from?: number;
        readonly to?: number;
      } | {
        readonly act: "start-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "stop-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "restart-member";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
      } | {
        readonly act: "drain-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "resume-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "set-route";
        /** a whole number as digits */
        readonly cluster: string;
        readonly member: string;
        readonly from: readonly (string)[];
        readonly to: readonly (string)[];
      } | {
        readonly act: "connect";
        /** a whole number as digits */
        readonly cluster: string;
        readonly nodes: readonly (string)[];
      } | {
        readonly act: "write-rules";
        /** a whole number as digits */
        readonly cluster: string;
        readonly text: string;
      } | {
        readonly act: "write-context";
        /** a whole number as digits */
        readonly cluster: string;
        readonly key: string;
        readonly value: string;
      } | {
        readonly act: "broadcast";
        /** a whole number as digits */
        readonly cluster: string;
        readonly topic: string;
        readonly text: string;
        readonly to?: string;
      };
      readonly why: string;
      readonly cost: {
        /** an amount in wei, as digits */
        readonly gas: string;
        /** an amount in wei, as digits */
        readonly gasWei: string;
        /** an amount in wei, as digits */
        readonly feesWei: string;
        readonly currency: string;
      };
    })[];
    readonly basis: string;
    /** Unix milliseconds */
    readonly madeAtMs: number;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
    readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
    /** why somebody has to say yes */
    readonly consent?: string;
    /** how many steps are done */
    readonly done: number;
    /** what a step led to, by its index */
    readonly outcomes: readonly (string | null)[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  };
};

export type ManagerRefuseBody = {
  /** The plan's id. */
  readonly id: string;
};

/** Take up the next step of a plan before you send it: it is looked at, priced and counted. */
export type ManagerTakeStepAnswer = {
  readonly plan: {
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: {
        readonly act: "publish";
        readonly slug: string;
        readonly yaml: string;
        readonly from: number;
        readonly owner?: string;
      } | {
        readonly act: "serve-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "leave-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "set-places";
        /** a whole number as digits */
        readonly node: string;
        readonly from: number;
        readonly to: number;
      } | {
        readonly act: "set-share";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly cluster: string;
        readonly from?: number;
        readonly to?: number;
      } | {
        readonly act: "start-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "stop-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "restart-member";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
      } | {
        readonly act: "drain-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "resume-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "set-route";
        /** a whole number as digits */
        readonly cluster: string;
        readonly member: string;
        readonly from: readonly (string)[];
        readonly to: readonly (string)[];
      } | {
        readonly act: "connect";
        /** a whole number as digits */
        readonly cluster: string;
        readonly nodes: readonly (string)[];
      } | {
        readonly act: "write-rules";
        /** a whole number as digits */
        readonly cluster: string;
        readonly text: string;
      } | {
        readonly act: "write-context";
        /** a whole number as digits */
        readonly cluster: string;
        readonly key: string;
        readonly value: string;
      } | {
        readonly act: "broadcast";
        /** a whole number as digits */
        readonly cluster: string;
        readonly topic: string;
        readonly text: string;
        readonly to?: string;
      };
      readonly why: string;
      readonly cost: {
        /** an amount in wei, as digits */
        readonly gas: string;
        /** an amount in wei, as digits */
        readonly gasWei: string;
        /** an amount in wei, as digits */
        readonly feesWei: string;
        readonly currency: string;
      };
    })[];
    readonly basis: string;
    /** Unix milliseconds */
    readonly madeAtMs: number;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
    readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
    /** why somebody has to say yes */
    readonly consent?: string;
    /** how many steps are done */
    readonly done: number;
    /** what a step led to, by its index */
    readonly outcomes: readonly (string | null)[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  };
  /** What one gas may cost, in wei; not there for a step that takes none. */
  readonly weiPerGasMax?: string;
};

export type ManagerTakeStepBody = {
  /** The plan's id. */
  readonly id: string;
  /** Its index, from 0. */
  readonly step: number;
};

/** Tell that somebody with the key has done a step of a plan. */
export type ManagerCarriedOutAnswer = {
  readonly plan: {
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: {
        readonly act: "publish";
        readonly slug: string;
        readonly yaml: string;
        readonly from: number;
        readonly owner?: string;
      } | {
        readonly act: "serve-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "leave-model";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly model: string;
      } | {
        readonly act: "set-places";
        /** a whole number as digits */
        readonly node: string;
        readonly from: number;
        readonly to: number;
      } | {
        readonly act: "set-share";
        /** a whole number as digits */
        readonly node: string;
        /** a whole number as digits */
        readonly cluster: string;
        readonly from?: number;
        readonly to?: number;
      } | {
        readonly act: "start-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "stop-helper";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
        readonly service: string;
      } | {
        readonly act: "restart-member";
        /** a whole number as digits */
        readonly cluster: string;
        readonly name: string;
      } | {
        readonly act: "drain-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "resume-node";
        /** a whole number as digits */
        readonly node: string;
      } | {
        readonly act: "set-route";
        /** a whole number as digits */
        readonly cluster: string;
        readonly member: string;
        readonly from: readonly (string)[];
        readonly to: readonly (string)[];
      } | {
        readonly act: "connect";
        /** a whole number as digits */
        readonly cluster: string;
        readonly nodes: readonly (string)[];
      } | {
        readonly act: "write-rules";
        /** a whole number as digits */
        readonly cluster: string;
        readonly text: string;
      } | {
        readonly act: "write-context";
        /** a whole number as digits */
        readonly cluster: string;
        readonly key: string;
        readonly value: string;
      } | {
        readonly act: "broadcast";
        /** a whole number as digits */
        readonly cluster: string;
        readonly topic: string;
        readonly text: string;
        readonly to?: string;
      };
      readonly why: string;
      readonly cost: {
        /** an amount in wei, as digits */
        readonly gas: string;
        /** an amount in wei, as digits */
        readonly gasWei: string;
        /** an amount in wei, as digits */
        readonly feesWei: string;
        readonly currency: string;
      };
    })[];
    readonly basis: string;
    /** Unix milliseconds */
    readonly madeAtMs: number;
    /** Unix milliseconds */
    readonly expiresAtMs: number;
    readonly state: "proposed" | "approved" | "applying" | "applied" | "verified" | "reverted" | "failed" | "refused" | "stale" | "expired";
    /** why somebody has to say yes */
    readonly consent?: string;
    /** how many steps are done */
    readonly done: number;
    /** what a step led to, by its index */
    readonly outcomes: readonly (string | null)[];
    readonly problem?: {
      readonly code: string;
      readonly message: string;
    };
  };
};

export type ManagerCarriedOutBody = {
  /** The plan's id. */
  readonly id: string;
  /** Its index, from 0. */
  readonly step: number;
  /** What it led to: a transaction's hash, a cluster's id. */
  readonly outcome: string;
};

/** List alerts. */
export type ManagerAlertsAnswer = {
  readonly alerts: readonly ({
    readonly id: string;
    readonly name: "cluster_size" | "communication_latency" | "resource_usage" | "stability_score";
    /** cluster/7, node/3 */
    readonly subject: string;
    readonly state: "pending" | "firing" | "acknowledged" | "resolved";
    readonly value: number;
    readonly threshold: number;
    readonly summary: string;
    /** Unix milliseconds */
    readonly sinceMs: number;
    /** Unix milliseconds */
    readonly firedAtMs?: number;
    /** Unix milliseconds */
    readonly resolvedAtMs?: number;
    readonly acknowledgedBy?: string;
  })[];
};

/** Say that you know of an alert. */
export type ManagerAcknowledgeAnswer = {
  readonly alert: {
    readonly id: string;
    readonly name: "cluster_size" | "communication_latency" | "resource_usage" | "stability_score";
    /** cluster/7, node/3 */
    readonly subject: string;
    readonly state: "pending" | "firing" | "acknowledged" | "resolved";
    readonly value: number;
    readonly threshold: number;
    readonly summary: string;
    /** Unix milliseconds */
    readonly sinceMs: number;
    /** Unix milliseconds */
    readonly firedAtMs?: number;
    /** Unix milliseconds */
    readonly resolvedAtMs?: number;
    readonly acknowledgedBy?: string;
  };
};

export type ManagerAcknowledgeBody = {
  /** The alert's id. */
  readonly id: string;
};

/** List which nodes are asked for each member of a cluster. */
export type ManagerRoutesAnswer = {
  readonly routes: readonly ({
    /** a whole number as digits */
    readonly cluster: string;
    readonly member: string;
    /** the nearest that lives first */
    readonly nodes: readonly (string)[];
    /** Unix milliseconds */
    readonly changedAtMs: number;
    readonly roundTripMs?: number;
    readonly lossShare?: number;
  })[];
};

/** Say why a plan was made, an alert fires, or a cluster is as it is. */
export type ManagerExplainAnswer = {
  readonly sentences: readonly (string)[];
};

/** List requests for clusters that are not formed yet, and are tried again. */
export type ManagerStandingAnswer = {
  readonly requests: readonly ({
    readonly slug: string;
    readonly goal: string;
    readonly needs: readonly ({
      readonly capability: string;
      readonly count: number;
    })[];
    readonly owner: string;
    /** who asked for it */
    readonly by: string;
    /** Unix milliseconds */
    readonly sinceMs: number;
    /** the plan that shall form it; none where it is impossible yet */
    readonly plan?: string;
  })[];
};

/** Let a request for a cluster be tried no more. */
export type ManagerDropAnswer = {
  readonly request: {
    readonly slug: string;
    readonly goal: string;
    readonly needs: readonly ({
      readonly capability: string;
      readonly count: number;
    })[];
    readonly owner: string;
    /** who asked for it */
    readonly by: string;
    /** Unix milliseconds */
    readonly sinceMs: number;
    /** the plan that shall form it; none where it is impossible yet */
    readonly plan?: string;
  };
};

export type ManagerDropBody = {
  /** The slug that the cluster was to have. */
  readonly slug: string;
};

/** List the clusters that are open on this node, as far as the token may see them. */
export type ListWorkspacesAnswer = {
  readonly workspaces: readonly ({
    /** a whole number as digits */
    readonly cluster: string;
    /** entries of the log that no view knows: of a later version, say */
    readonly unknown: number;
    /** entries that are not what their type says */
    readonly invalid: number;
    /** what this node has said: bytes, and entries kept below its feed's base; LOG_FULL is near where one nears its most */
    readonly own: {
      readonly bytes: number;
      readonly bytesMax: number;
      readonly kept: number;
      readonly keptMax: number;
    };
  })[];
};

/** Who talked with whom, and what each said last: for the operator and the cluster's owner. */
export type TalkAnswer = {
  /** that were counted */
  readonly messages: number;
  readonly pairs: readonly ({
    /** agent:12, helper:3/tester, user:0x… or node:3 */
    readonly from: string;
    /** null: all of them, or a topic */
    readonly to: string | null;
    readonly messages: number;
    /** of its last message */
    readonly lastId: string;
    /** Unix milliseconds */
    readonly lastAtMs: number;
  })[];
  /** of each who said something, the last */
  readonly said: readonly ({
    /** agent:12, helper:3/tester, user:0x… or node:3 */
    readonly by: string;
    readonly to: string | null;
    readonly topic?: string;
    /** 0x and 64 hex digits */
    readonly id: string;
    /** Unix milliseconds */
    readonly atMs: number;
    /** how it begins */
    readonly text: string;
  })[];
};

/** One who takes part, and how it was spawned: for the operator and the cluster's owner. */
export type AboutAgentAnswer = {
  readonly agent: {
    /** agent:12, helper:3/tester, user:0x… or node:3 */
    readonly id: string;
    readonly kind: "agent" | "helper" | "user" | "node";
    /** what others write as `to` */
    readonly name: string;
    /** a whole number as digits */
    readonly node?: string;
    readonly role?: string;
    readonly capabilities: readonly (string)[];
    readonly state?: "spawning" | "running" | "done";
    readonly note?: string;
    /** Unix milliseconds */
    readonly lastSeenMs?: number;
    readonly isAlive: boolean;
    readonly spawnedBy?: {
      /** agent:12, helper:3/tester, user:0x… or node:3 */
      readonly id: string;
      readonly kind: "agent" | "helper" | "user" | "node";
      /** what others write as `to` */
      readonly name: string;
      /** a whole number as digits */
      readonly node?: string;
    };
    /** of a helper of this node: what runs it, and what it is at */
    readonly program?: {
      readonly service: string;
      /** asking: it works, and waits for a person's answer to what it asks leave for */
      readonly state: "spawning" | "waiting" | "working" | "asking" | "done";
      readonly note: string;
      readonly turns: number;
      readonly restarts: number;
      /** since when it is in that state, Unix milliseconds */
      readonly sinceMs: number;
      /** how the task begins that it was spawned with */
      readonly task?: string;
      readonly project?: string;
    };
  };
  /** null for an agent of the chain, whose goal its version says */
  readonly helper: {
    readonly goal: string;
    readonly service?: string;
    /** on whose behalf */
    readonly user: string;
    /** Unix milliseconds */
    readonly spawnedAtMs: number;
  } | null;
};

/** List the terminals of this node's agents, as far as the token may look at them. */
export type ListTerminalsAnswer = {
  readonly terminals: readonly ({
    /** the agent's */
    readonly name: string;
    /** program, or session of a driver */
    readonly kind: string;
    readonly columns: number;
    readonly rows: number;
    readonly viewers: number;
    /** whether the token allows to type */
    readonly mayType: boolean;
    readonly state: "running" | "done";
    /** when done: finished, failed, stopped or lost */
    readonly why?: string;
    readonly exitCode?: number | null;
  })[];
};

/** What stands on an agent's terminal; or, as a WebSocket, the terminal to look at and to type into. */
export type TerminalAnswer = {
  /** the agent's */
  readonly name: string;
  /** program, or session of a driver */
  readonly kind: string;
  readonly columns: number;
  readonly rows: number;
  readonly viewers: number;
  /** whether the token allows to type */
  readonly mayType: boolean;
  readonly state: "running" | "done";
  /** when done: finished, failed, stopped or lost */
  readonly why?: string;
  readonly exitCode?: number | null;
  readonly cursor: {
    readonly column: number;
    readonly row: number;
  };
  readonly lines: readonly (string)[];
};

/** What this token may, and for whom. */
export type MeAnswer = {
  /** what the token is good for */
  readonly role: "view" | "act" | "operate";
  readonly who: {
    readonly kind: "operator" | "agent" | "helper" | "user";
    /** the only cluster it is for */
    readonly cluster: string | null;
    /** of a helper */
    readonly name: string | null;
    readonly agent: string | null;
    /** on whose behalf */
    readonly user: string | null;
  };
  readonly expiresAtMs: number | null;
  /** of the daemon */
  readonly version: string;
  readonly chainId: number;
  /** whether this node takes part in clusters' workspaces */
  readonly hasWorkspace: boolean;
  /** the daemon's clock */
  readonly nowMs: number;
};

/** Problems first, then clusters, executions in flight and money. */
export type OverviewAnswer = {
  /** null while the daemon starts */
  readonly node: string | null;
  readonly isStarting: boolean;
  readonly version: string;
  /** unix milliseconds */
  readonly startedAtMs: number;
  readonly chain: {
    readonly chainId: number;
    readonly state: string;
    readonly head: {
      /** a whole number as digits */
      readonly number: string;
      /** 0x and 64 hex digits */
      readonly hash: string;
      /** unix seconds as digits */
      readonly timestamp: string;
    } | null;
    readonly lagBlocks: number;
    readonly headAgeSeconds: number | null;
    /** whether a WebSocket tells of new blocks */
    readonly isHinted: boolean | null;
  };
  /** what somebody must do something about first */
  readonly problems: readonly ({
    readonly kind: "chain" | "node" | "money" | "budget" | "approval" | "lost" | "stalled" | "failing" | "failed" | "log";
    /** act: somebody must do something */
    readonly urgency: "act" | "watch";
    /** of the errors' table, or empty */
    readonly code: string;
    readonly title: string;
    readonly text: string;
    readonly whatToDo: string;
    readonly execution: string | null;
    readonly approval: string | null;
    readonly sinceMs: number | null;
  })[];
  readonly problemsLeftOut: number;
  readonly counts: {
    readonly clusters: number;
    readonly running: number;
    readonly nodes: number;
    readonly models: number;
    readonly agents: number;
    readonly peers: number;
    readonly approvalsWaiting: number;
  };
  readonly clusters: readonly ({
    /** a whole number as digits */
    readonly cluster: string;
    readonly slug: string;
    readonly name: string;
    readonly description: string;
    /** 0x and 40 hex digits */
    readonly owner: string;
    readonly agents: number;
    readonly versions: number;
    readonly running: number;
  })[];
  readonly running: readonly ({
    /** a whole number as digits */
    readonly execution: string;
    /** a whole number as digits */
    readonly cluster: string;
    readonly clusterName: string | null;
    /** a whole number as digits */
    readonly version: string;
    /** 0x and 40 hex digits */
    readonly requester: string;
    readonly state: "None" | "Running" | "Succeeded" | "Failed" | "Cancelled" | "Expired";
    /** unix seconds as digits */
    readonly createdAt: string;
    /** unix seconds as digits */
    readonly deadline: string;
    readonly endedAt: string | null;
    /** null while this node has not read the version */
    readonly tasks: number | null;
    readonly completed: number;
    /** reports of nodes that could not answer */
    readonly failures: number;
  })[];
  /** that ended last */
  readonly recent: readonly ({
    /** a whole number as digits */
    readonly execution: string;
    /** a whole number as digits */
    readonly cluster: string;
    readonly clusterName: string | null;
    /** a whole number as digits */
    readonly version: string;
    /** 0x and 40 hex digits */
    readonly requester: string;
    readonly state: "None" | "Running" | "Succeeded" | "Failed" | "Cancelled" | "Expired";
    /** unix seconds as digits */
    readonly createdAt: string;
    /** unix seconds as digits */
    readonly deadline: string;
    readonly endedAt: string | null;
    /** null while this node has not read the version */
    readonly tasks: number | null;
    readonly completed: number;
    /** reports of nodes that could not answer */
    readonly failures: number;
  })[];
  readonly money: {
    readonly account: string | null;
    readonly balanceWei: string | null;
    /** gas of transactions of the chain's last day */
    readonly spentWei: string | null;
    readonly spendingLimitWei: string | null;
    /** that the node has earned and nobody withdrew; null where the chain could not be asked */
    readonly earnings: readonly ({
      /** 0x and 40 hex digits */
      readonly currency: string;
      /** an amount in the smallest unit of its currency, as digits */
      readonly amount: string;
    })[] | null;
  };
  readonly agentsToday: {
    readonly turns: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
    /** by currency, in millionths */
    readonly micros: Readonly<Record<string, string>>;
  };
};

/** What a helper can be started with on this node. */
export type OffersAnswer = {
  readonly services: readonly ({
    readonly name: string;
    /** acp, http or the name of a coding agent */
    readonly kind: string;
    /** that the operator chose; null: its own */
    readonly model: string | null;
    /** whether it works in a folder, and so on a project */
    readonly hasFolder: boolean;
  })[];
  readonly projects: readonly (string)[];
  /** of budgets */
  readonly currency: string;
  /** what one may cost where nothing is said; null: no bound */
  readonly budget: string | null;
  /** programs of helpers that run here at once */
  readonly helpersMax: number;
  /** files that go with one task */
  readonly filesMax: number;
  readonly fileBytesMax: number;
  /** of all files of one task */
  readonly filesBytesMax: number;
};

/** List the chain's clusters, the newest first. */
export type ListClustersAnswer = {
  readonly clusters: readonly ({
    /** a whole number as digits */
    readonly cluster: string;
    readonly slug: string;
    readonly name: string;
    readonly description: string;
    /** 0x and 40 hex digits */
    readonly owner: string;
    readonly agents: number;
    readonly versions: number;
    readonly running: number;
  })[];
  readonly total: number;
  readonly next: string | null;
};

/** One cluster with its members and versions. */
export type ClusterAnswer = {
  /** a whole number as digits */
  readonly cluster: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** 0x and 40 hex digits */
  readonly owner: string;
  readonly agents: number;
  readonly versions: number;
  readonly running: number;
  readonly members: readonly ({
    /** a whole number as digits */
    readonly agent: string;
    readonly name: string;
    readonly owner: string | null;
    readonly model: string | null;
  })[];
  readonly published: readonly ({
    /** a whole number as digits */
    readonly version: string;
    /** 0x and 64 hex digits */
    readonly digest: string;
    /** 0x and 40 hex digits */
    readonly code: string;
  })[];
};

/** What a version says: its tasks, agents and prices. */
export type VersionAnswer = {
  /** a whole number as digits */
  readonly cluster: string;
  /** a whole number as digits */
  readonly version: string;
  /** 0x and 64 hex digits */
  readonly digest: string;
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly windowSeconds: number;
  /** an amount in the smallest unit of its currency, as digits */
  readonly feeWei: string;
  /** what a run costs, exactly */
  readonly quoteWei: string;
  /** zero: the chain's own */
  readonly currency: string;
  readonly attempts: number;
  readonly inputs: readonly (string)[];
  readonly agents: readonly ({
    /** a whole number as digits */
    readonly agent: string;
    readonly name: string;
    readonly role: string;
    readonly goal: string;
    readonly backstory: string;
  })[];
  readonly tasks: readonly ({
    readonly task: number;
    readonly name: string;
    readonly prompt: string;
    readonly tool: string;
    readonly agentIndex: number;
    /** a whole number as digits */
    readonly model: string;
    readonly modelName: string | null;
    /** an amount in the smallest unit of its currency, as digits */
    readonly priceWei: string;
    readonly nodeShareBps: number;
    readonly dependsOn: readonly (number)[];
    readonly quorum: number;
  })[];
};

/** List executions, the newest first. */
export type ListExecutionsAnswer = {
  readonly executions: readonly ({
    /** a whole number as digits */
    readonly execution: string;
    /** a whole number as digits */
    readonly cluster: string;
    readonly clusterName: string | null;
    /** a whole number as digits */
    readonly version: string;
    /** 0x and 40 hex digits */
    readonly requester: string;
    readonly state: "None" | "Running" | "Succeeded" | "Failed" | "Cancelled" | "Expired";
    /** unix seconds as digits */
    readonly createdAt: string;
    /** unix seconds as digits */
    readonly deadline: string;
    readonly endedAt: string | null;
    /** null while this node has not read the version */
    readonly tasks: number | null;
    readonly completed: number;
    /** reports of nodes that could not answer */
    readonly failures: number;
  })[];
  readonly next: string | null;
  /** ended executions that this node still knows; older ones are on the chain */
  readonly remembered: number;
};

/** One execution from its creation to its end, with who may answer what from when on. */
export type ExecutionAnswer = {
  /** a whole number as digits */
  readonly execution: string;
  /** a whole number as digits */
  readonly cluster: string;
  readonly clusterName: string | null;
  /** a whole number as digits */
  readonly version: string;
  /** 0x and 40 hex digits */
  readonly requester: string;
  readonly state: "None" | "Running" | "Succeeded" | "Failed" | "Cancelled" | "Expired";
  /** unix seconds as digits */
  readonly createdAt: string;
  /** unix seconds as digits */
  readonly deadline: string;
  readonly endedAt: string | null;
  /** null while this node has not read the version */
  readonly tasks: number | null;
  readonly completed: number;
  /** reports of nodes that could not answer */
  readonly failures: number;
  readonly thread: string | null;
  readonly ownerMayAnswer: boolean;
  readonly outputsByReference: boolean;
  /** when its last completion was accepted, or it was created */
  readonly readyAt: string;
  readonly windowSeconds: number | null;
  readonly quoteWei: string | null;
  readonly currency: string | null;
  readonly created: {
    /** a whole number as digits */
    readonly blockNumber: string;
    /** 0x and 64 hex digits */
    readonly blockHash: string;
    /** 0x and 64 hex digits */
    readonly transactionHash: string;
    readonly logIndex: number;
    /** unix seconds as digits */
    readonly timestamp: string;
    /** as deep as this node's policy demands, and its endpoints agree on it */
    readonly settled: boolean;
    /** so deep that nothing takes it away */
    readonly final: boolean;
  };
  readonly ended: {
    /** a whole number as digits */
    readonly blockNumber: string;
    /** 0x and 64 hex digits */
    readonly blockHash: string;
    /** 0x and 64 hex digits */
    readonly transactionHash: string;
    readonly logIndex: number;
    /** unix seconds as digits */
    readonly timestamp: string;
    /** as deep as this node's policy demands, and its endpoints agree on it */
    readonly settled: boolean;
    /** so deep that nothing takes it away */
    readonly final: boolean;
  } | null;
  readonly input: {
    /** 0x and 64 hex digits */
    readonly digest: string;
    /** null where it is given by reference */
    readonly bytes: number | null;
    /** null where it is no text, or given by reference */
    readonly text: string | null;
    readonly isCut: boolean;
    /** where it may be had, where it is given by reference */
    readonly uri: string | null;
  };
  /** null where the version could not be read now */
  readonly taskList: readonly ({
    readonly task: number;
    readonly name: string;
    /** who is to answer it; empty where its version names nobody */
    readonly agent: string;
    readonly agentName: string;
    /** a whole number as digits */
    readonly model: string;
    readonly modelName: string | null;
    /** an amount in the smallest unit of its currency, as digits */
    readonly priceWei: string;
    readonly dependsOn: readonly (number)[];
    readonly quorum: number;
    readonly state: "waiting" | "ready" | "completed" | "unanswered";
    /** who may answer, and from when on; empty once it is answered */
    readonly windows: readonly ({
      /** null: an owner */
      readonly node: string | null;
      readonly role: "Node" | "ModelOwner" | "ClusterOwner";
      /** unix seconds as digits */
      readonly opensAt: string;
    })[];
    readonly failedNodes: readonly (string)[];
    readonly completion: {
      /** null: an owner answered */
      readonly node: string | null;
      readonly nodeOwner: string | null;
      /** the node's key as it is now; null where an owner signed */
      readonly signer: string | null;
      readonly role: "Node" | "ModelOwner" | "ClusterOwner";
      /** nodes that agreed besides */
      readonly seconds: readonly (string)[];
      readonly output: {
        /** 0x and 64 hex digits */
        readonly digest: string;
        /** null where it is given by reference */
        readonly bytes: number | null;
        /** null where it is no text, or given by reference */
        readonly text: string | null;
        readonly isCut: boolean;
        /** where it may be had, where it is given by reference */
        readonly uri: string | null;
      };
      /** 0x and 64 hex digits */
      readonly evidenceDigest: string;
      /** an amount in the smallest unit of its currency, as digits */
      readonly tipWei: string;
      readonly place: {
        /** a whole number as digits */
        readonly blockNumber: string;
        /** 0x and 64 hex digits */
        readonly blockHash: string;
        /** 0x and 64 hex digits */
        readonly transactionHash: string;
        readonly logIndex: number;
        /** unix seconds as digits */
        readonly timestamp: string;
        /** as deep as this node's policy demands, and its endpoints agree on it */
        readonly settled: boolean;
        /** so deep that nothing takes it away */
        readonly final: boolean;
      };
    } | null;
  })[] | null;
  readonly versionError: string | null;
  readonly responseDigest: string | null;
  readonly runDigest: string | null;
  /** an amount in the smallest unit of its currency, as digits */
  readonly refundWei: string;
  /** completions that this life of the daemon sent or heard; null without a network */
  readonly gossip: readonly ({
    readonly task: number;
    /** a whole number as digits */
    readonly node: string;
    readonly way: "sent" | "heard";
    /** that it was sent to at once; null for what was heard */
    readonly peers: number | null;
    /** 0x and 64 hex digits */
    readonly outputDigest: string;
    /** unix milliseconds */
    readonly atMs: number;
  })[] | null;
  /** what reorganisations took back of it in this life of the daemon, the newest first */
  readonly takenBack: readonly ({
    readonly kind: "created" | "accepted" | "ended";
    readonly task: number | null;
    readonly wasIn: {
      /** a whole number as digits */
      readonly blockNumber: string;
      /** 0x and 64 hex digits */
      readonly blockHash: string;
      /** 0x and 64 hex digits */
      readonly transactionHash: string;
      /** unix seconds as digits */
      readonly timestamp: string;
    };
    /** unix milliseconds */
    readonly atMs: number;
    /** the block that it is in now; null where it is nowhere */
    readonly isIn: string | null;
  })[];
};

/** List the chain's nodes, the newest first. */
export type ListNodesAnswer = {
  readonly nodes: readonly ({
    /** a whole number as digits */
    readonly node: string;
    /** 0x and 40 hex digits */
    readonly owner: string;
    /** 0x and 40 hex digits */
    readonly key: string;
    readonly status: "None" | "Active" | "Suspended";
    readonly metadataURI: string;
    /** that it serves */
    readonly models: readonly (string)[];
  })[];
  readonly total: number;
  readonly next: string | null;
};

/** List the chain's models with their prices, the newest first. */
export type ListModelsAnswer = {
  readonly models: readonly ({
    /** a whole number as digits */
    readonly model: string;
    /** 0x and 40 hex digits */
    readonly owner: string;
    readonly name: string;
    /** 0x and 40 hex digits */
    readonly currency: string;
    /** an amount in the smallest unit of its currency, as digits */
    readonly priceWei: string;
    readonly nodeShareBps: number;
    readonly open: boolean;
    readonly nodes: readonly (string)[];
  })[];
  readonly total: number;
  readonly next: string | null;
};

/** List the chain's agents, the newest first. */
export type ListChainAgentsAnswer = {
  readonly agents: readonly ({
    /** a whole number as digits */
    readonly agent: string;
    /** 0x and 40 hex digits */
    readonly owner: string;
    readonly model: string | null;
    readonly cluster: string | null;
    readonly clusterName: string | null;
    /** in that cluster */
    readonly name: string | null;
    readonly uri: string;
  })[];
  readonly total: number;
  readonly next: string | null;
};

/** Where the contracts are, and who may sign in a page. */
export type DeploymentAnswer = {
  readonly chainId: number;
  /** the block from which on the log has something to say */
  readonly fromBlock: string;
  /** blocks on top of one, after which nothing takes it away */
  readonly finalDepth: number;
  /** by name, as in deployment.json */
  readonly contracts: Readonly<Record<string, string>>;
  /** from which POST /chain/rpc sends; null where this is no local development chain */
  readonly localAccount: string | null;
  /** for a wallet that does not know the chain; null where the address may hold a key */
  readonly walletRpcUrl: string | null;
};

/** Whether a cluster has a slug. */
export type SlugAnswer = {
  readonly slug: string;
  /** that has it; null where it is free */
  readonly cluster: string | null;
};

/** Ask the local development chain that pleiad up started, or send from the account that it lends to the page; refused everywhere else. */
export type LocalWalletAnswer = {
  readonly result?: unknown;
  /** the chain's own */
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: unknown;
  };
};

export type LocalWalletBody = {
  readonly method: string;
  readonly params?: readonly (unknown)[];
};

/** List a cluster's versions with their prices and whether they take runs, the newest first. */
export type ListVersionsAnswer = {
  readonly versions: readonly ({
    /** a whole number as digits */
    readonly version: string;
    /** 0x and 64 hex digits */
    readonly digest: string;
    /** unix seconds as digits */
    readonly publishedAt: string;
    /** null where the chain could not be asked */
    readonly status: "Unknown" | "Accepting" | "Restricted" | "Stopped" | "Closed" | null;
    /** null, as what follows, where the version could not be read now */
    readonly tasks: number | null;
    readonly agents: number | null;
    readonly windowSeconds: number | null;
    readonly quoteWei: string | null;
    readonly currency: string | null;
  })[];
  readonly total: number;
  readonly next: string | null;
  /** why something could not be read */
  readonly error: string | null;
};

/** A version as the cluster.yaml that publishes the same again. */
export type VersionFileAnswer = {
  /** a cluster.yaml that publishes the same again */
  readonly yaml: string;
};

/** What the transactions of an execution cost in gas. */
export type ExecutionCostsAnswer = {
  readonly transactions: readonly ({
    /** 0x and 64 hex digits */
    readonly transactionHash: string;
    /** of the whole transaction, which may carry more than this execution's */
    readonly gasUsed: string;
    /** an amount in the smallest unit of its currency, as digits */
    readonly gasPriceWei: string;
    /** what whoever sent it paid for its gas */
    readonly feeWei: string;
  })[];
  /** transactions whose receipts were not to be had */
  readonly missing: number;
  readonly error: string | null;
};

/** An execution's receipt, as pleiad execution receipt writes it. */
export type ReceiptAnswer = Readonly<Record<string, unknown>>;

/** Make an execution's receipt, and check it against this daemon's endpoints as pleiad verify does. */
export type VerificationAnswer = {
  readonly verified: boolean;
  readonly checks: readonly ({
    readonly name: string;
    readonly outcome: "passed" | "failed" | "skipped";
    /** what was compared with what */
    readonly text: string;
  })[];
  /** tasks whose outputs' bytes were not to be had */
  readonly outputsMissing: readonly (number)[];
  /** unix milliseconds */
  readonly checkedAtMs: number;
};

/** One node: what it serves, what this daemon saw of it, what stands behind it. */
export type ChainNodeAnswer = {
  /** a whole number as digits */
  readonly node: string;
  /** 0x and 40 hex digits */
  readonly owner: string;
  /** that signs its completions */
  readonly key: string;
  readonly status: "None" | "Active" | "Suspended";
  /** unix seconds as digits */
  readonly registeredAt: string;
  readonly metadataURI: string;
  readonly metadataDigest: string | null;
  /** whether it is this daemon's own */
  readonly isThis: boolean;
  /** since its last sign of life; null where it is not up, or unknown */
  readonly silentMs: number | null;
  readonly serves: readonly ({
    /** unix seconds as digits */
    readonly joinedAt: string;
    /** when it last left */
    readonly leftAt: string | null;
    readonly active: boolean;
    /** a whole number as digits */
    readonly model: string;
    readonly name: string;
    /** an amount in the smallest unit of its currency, as digits */
    readonly priceWei: string;
    /** 0x and 40 hex digits */
    readonly currency: string;
    readonly nodeShareBps: number;
  })[];
  /** in the executions that this daemon remembers */
  readonly seen: {
    readonly answered: number;
    /** to another node's answer */
    readonly agreed: number;
    /** reports that it could not answer */
    readonly failed: number;
    readonly lastAt: string | null;
    /** that this daemon remembers */
    readonly executions: number;
  };
  /** null where this deployment has no bonds, or they could not be read */
  readonly bond: {
    /** an amount in the smallest unit of its currency, as digits */
    readonly bondedWei: string;
    /** an amount in the smallest unit of its currency, as digits */
    readonly unbondingWei: string;
    readonly releasesAt: string | null;
    /** a whole number as digits */
    readonly equivocations: string;
  } | null;
  readonly bondError: string | null;
};

/** One model: its price, its nodes, its agents. */
export type ChainModelAnswer = {
  /** a whole number as digits */
  readonly model: string;
  /** 0x and 40 hex digits */
  readonly owner: string;
  readonly name: string;
  /** 0x and 40 hex digits */
  readonly currency: string;
  /** an amount in the smallest unit of its currency, as digits */
  readonly priceWei: string;
  readonly nodeShareBps: number;
  readonly open: boolean;
  readonly places: readonly ({
    /** unix seconds as digits */
    readonly joinedAt: string;
    /** when it last left */
    readonly leftAt: string | null;
    readonly active: boolean;
    /** a whole number as digits */
    readonly node: string;
    readonly owner: string | null;
    readonly status: "None" | "Active" | "Suspended" | null;
  })[];
  readonly agents: readonly ({
    /** a whole number as digits */
    readonly agent: string;
    /** 0x and 40 hex digits */
    readonly owner: string;
    readonly cluster: string | null;
    readonly clusterName: string | null;
  })[];
  readonly agentsTotal: number;
};

/** One agent: its owner, its model, its cluster. */
export type ChainAgentAnswer = {
  /** a whole number as digits */
  readonly agent: string;
  /** 0x and 40 hex digits */
  readonly owner: string;
  readonly uri: string;
  readonly model: string | null;
  readonly modelName: string | null;
  readonly cluster: string | null;
  readonly clusterName: string | null;
  readonly nameInCluster: string | null;
};

/** What requesters of paid runs said of agents, or of the agents of models. */
export type ChainFeedbackAnswer = {
  /** whether this deployment has a contract that keeps feedback */
  readonly isKept: boolean;
  /** as of which it was read */
  readonly block: string | null;
  readonly feedback: readonly ({
    readonly count: number;
    /** of 100, as a decimal; null where nobody rated */
    readonly mean: string | null;
    /** a whole number as digits */
    readonly id: string;
  })[];
  /** why it could not be read now */
  readonly error: string | null;
};

/** How deep things are in the chain, and the last reorganisations that this daemon saw. */
export type FinalityAnswer = {
  readonly chainId: number;
  /** ClusterExecutions */
  readonly contract: string;
  /** a whole number as digits */
  readonly fromBlock: string;
  readonly state: string;
  readonly head: string | null;
  /** the last block that the node acts on */
  readonly settled: string | null;
  /** the last block that nothing takes away */
  readonly final: string | null;
  /** chain.finality */
  readonly policy: string;
  readonly finalDepth: number;
  /** that this life of the daemon saw, the newest first */
  readonly reorganisations: readonly ({
    /** unix milliseconds */
    readonly atMs: number;
    /** blocks that were taken back */
    readonly depth: number;
    readonly from: {
      /** a whole number as digits */
      readonly number: string;
      /** 0x and 64 hex digits */
      readonly hash: string;
    };
    /** the last block that stayed */
    readonly to: {
      /** a whole number as digits */
      readonly number: string;
      /** 0x and 64 hex digits */
      readonly hash: string;
    };
    readonly takenBack: readonly ({
      /** a whole number as digits */
      readonly execution: string;
      readonly kind: "created" | "accepted" | "ended";
      readonly task: number | null;
      /** a whole number as digits */
      readonly wasIn: string;
      /** the block that it is in now; null where it is nowhere */
      readonly isIn: string | null;
    })[];
    readonly leftOut: number;
  })[];
};

/** What the daemon's account and the node's owner, or another account, can withdraw. */
export type CreditsAnswer = {
  /** that signs this daemon's transactions */
  readonly account: string | null;
  /** whose credits are listed, with those of all that they own */
  readonly owners: readonly (string)[];
  readonly credits: readonly ({
    readonly kind: "Node" | "Model" | "Cluster" | "Account";
    readonly id: string | null;
    readonly account: string | null;
    readonly name: string;
    /** 0x and 40 hex digits */
    readonly owner: string;
    /** 0x and 40 hex digits */
    readonly currency: string;
    /** an amount in the smallest unit of its currency, as digits */
    readonly amountWei: string;
    /** whether this daemon's own account may withdraw it */
    readonly isDaemons: boolean;
  })[];
  /** holders that were not asked about */
  readonly leftOut: number;
  readonly block: string | null;
  readonly error: string | null;
  /** that were asked for in this life of the daemon, the newest first */
  readonly withdrawals: readonly ({
    readonly id: number;
    readonly kind: "Node" | "Model" | "Cluster" | "Account";
    readonly of: string | null;
    /** 0x and 40 hex digits */
    readonly currency: string;
    /** what was on it when it was asked for */
    readonly amountWei: string;
    /** 0x and 40 hex digits */
    readonly to: string;
    readonly state: "sending" | "paid" | "failed";
    readonly transactionHash: string | null;
    readonly reason: string | null;
    /** unix milliseconds */
    readonly atMs: number;
  })[];
};

/** Pay a credit that the daemon's own account may withdraw to its owner. */
export type WithdrawCreditAnswer = {
  readonly id: number;
  readonly kind: "Node" | "Model" | "Cluster" | "Account";
  readonly of: string | null;
  /** 0x and 40 hex digits */
  readonly currency: string;
  /** what was on it when it was asked for */
  readonly amountWei: string;
  /** 0x and 40 hex digits */
  readonly to: string;
  readonly state: "sending" | "paid" | "failed";
  readonly transactionHash: string | null;
  readonly reason: string | null;
  /** unix milliseconds */
  readonly atMs: number;
};

export type WithdrawCreditBody = {
  readonly kind: "Node" | "Model" | "Cluster" | "Account";
  /** null for an account's own */
  readonly id: string | null;
  /** null for a token's */
  readonly account: string | null;
  /** 0x and 40 hex digits */
  readonly currency: string;
};

/** What agents ask, what was answered, and what is remembered. */
export type ApprovalsAnswer = {
  readonly waiting: readonly ({
    readonly id: string;
    readonly agent: string;
    /** a whole number as digits */
    readonly cluster?: string;
    /** what it wants to do, in its program's words */
    readonly what: string;
    readonly tool?: string;
    readonly input?: string;
    /** exactly what the agent offers */
    readonly options: readonly ({
      readonly id: string;
      readonly label: string;
      readonly kind: "allowOnce" | "allowAlways" | "rejectOnce" | "rejectAlways";
    })[];
    /** unix milliseconds */
    readonly createdAtMs: number;
    /** unix milliseconds */
    readonly deadlineMs: number;
    readonly state: "waiting" | "answered" | "timedOut" | "cancelled";
    /** the option's id; not there for none */
    readonly answer?: string;
    readonly by?: {
      readonly kind: "operator";
    } | {
      readonly kind: "owner";
      readonly user: string;
    } | {
      readonly kind: "rule";
      readonly rule: string;
    };
    /** unix milliseconds */
    readonly endedAtMs?: number;
    /** why it was cancelled */
    readonly reason?: string;
  })[];
  /** the newest first */
  readonly ended: readonly ({
    readonly id: string;
    readonly agent: string;
    /** a whole number as digits */
    readonly cluster?: string;
    /** what it wants to do, in its program's words */
    readonly what: string;
    readonly tool?: string;
    readonly input?: string;
    /** exactly what the agent offers */
    readonly options: readonly ({
      readonly id: string;
      readonly label: string;
      readonly kind: "allowOnce" | "allowAlways" | "rejectOnce" | "rejectAlways";
    })[];
    /** unix milliseconds */
    readonly createdAtMs: number;
    /** unix milliseconds */
    readonly deadlineMs: number;
    readonly state: "waiting" | "answered" | "timedOut" | "cancelled";
    /** the option's id; not there for none */
    readonly answer?: string;
    readonly by?: {
      readonly kind: "operator";
    } | {
      readonly kind: "owner";
      readonly user: string;
    } | {
      readonly kind: "rule";
      readonly rule: string;
    };
    /** unix milliseconds */
    readonly endedAtMs?: number;
    /** why it was cancelled */
    readonly reason?: string;
  })[];
  /** what is answered for good: the same agent, tool and input, to the letter */
  readonly remembered: readonly ({
    readonly id: string;
    readonly agent: string;
    /** a whole number as digits */
    readonly cluster?: string;
    readonly tool?: string;
    readonly input?: string;
    readonly what: string;
    readonly allow: boolean;
    /** unix milliseconds */
    readonly createdAtMs: number;
    /** not there: until it is revoked */
    readonly untilMs?: number;
    readonly by: {
      readonly kind: "operator";
    } | {
      readonly kind: "owner";
      readonly user: string;
    } | {
      readonly kind: "rule";
      readonly rule: string;
    };
  })[];
  /** of the configuration, the first that fits counts; the operator's alone */
  readonly rules: readonly ({
    readonly tool: string;
    readonly pattern?: string;
    readonly answer: "allowOnce" | "rejectOnce" | "ask";
    readonly forMs?: number;
  })[];
};

/** Answer what an agent asks, with one of its options or with none. */
export type AnswerApprovalAnswer = {
  readonly id: string;
  readonly agent: string;
  /** a whole number as digits */
  readonly cluster?: string;
  /** what it wants to do, in its program's words */
  readonly what: string;
  readonly tool?: string;
  readonly input?: string;
  /** exactly what the agent offers */
  readonly options: readonly ({
    readonly id: string;
    readonly label: string;
    readonly kind: "allowOnce" | "allowAlways" | "rejectOnce" | "rejectAlways";
  })[];
  /** unix milliseconds */
  readonly createdAtMs: number;
  /** unix milliseconds */
  readonly deadlineMs: number;
  readonly state: "waiting" | "answered" | "timedOut" | "cancelled";
  /** the option's id; not there for none */
  readonly answer?: string;
  readonly by?: {
    readonly kind: "operator";
  } | {
    readonly kind: "owner";
    readonly user: string;
  } | {
    readonly kind: "rule";
    readonly rule: string;
  };
  /** unix milliseconds */
  readonly endedAtMs?: number;
  /** why it was cancelled */
  readonly reason?: string;
};

export type AnswerApprovalBody = {
  /** id of one of its options; null for none of them: the request is cancelled */
  readonly option: string | null;
};

/** Let a remembered answer count no more. */
export type RevokeApprovalAnswer = {
  readonly revoked: string;
};

/** What agents used, by whom, and turn by turn. */
export type UsageAnswer = {
  readonly agent: readonly ({
    readonly kind: "agent" | "cluster" | "user" | "day" | "task";
    readonly key: string;
    readonly turns: number;
    /** those of which not all is known: they used more than is counted */
    readonly unknownTurns: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
    /** what counts for budgets, by currency */
    readonly micros: Readonly<Record<string, string>>;
    /** unix milliseconds */
    readonly updatedAtMs?: number;
  })[];
  readonly cluster: readonly ({
    readonly kind: "agent" | "cluster" | "user" | "day" | "task";
    readonly key: string;
    readonly turns: number;
    /** those of which not all is known: they used more than is counted */
    readonly unknownTurns: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
    /** what counts for budgets, by currency */
    readonly micros: Readonly<Record<string, string>>;
    /** unix milliseconds */
    readonly updatedAtMs?: number;
  })[];
  readonly user: readonly ({
    readonly kind: "agent" | "cluster" | "user" | "day" | "task";
    readonly key: string;
    readonly turns: number;
    /** those of which not all is known: they used more than is counted */
    readonly unknownTurns: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
    /** what counts for budgets, by currency */
    readonly micros: Readonly<Record<string, string>>;
    /** unix milliseconds */
    readonly updatedAtMs?: number;
  })[];
  /** a day is UTC's, as 2026-01-31 */
  readonly day: readonly ({
    readonly kind: "agent" | "cluster" | "user" | "day" | "task";
    readonly key: string;
    readonly turns: number;
    /** those of which not all is known: they used more than is counted */
    readonly unknownTurns: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
    /** what counts for budgets, by currency */
    readonly micros: Readonly<Record<string, string>>;
    /** unix milliseconds */
    readonly updatedAtMs?: number;
  })[];
  /** of turns that are still kept; the key is execution/task */
  readonly task: readonly ({
    readonly kind: "agent" | "cluster" | "user" | "day" | "task";
    readonly key: string;
    readonly turns: number;
    /** those of which not all is known: they used more than is counted */
    readonly unknownTurns: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
    /** what counts for budgets, by currency */
    readonly micros: Readonly<Record<string, string>>;
    /** unix milliseconds */
    readonly updatedAtMs?: number;
  })[];
  readonly turns: readonly ({
    readonly id: string;
    /** unix milliseconds */
    readonly atMs: number;
    /** same for all turns of one run */
    readonly run: string;
    readonly agent: string;
    readonly service: string;
    readonly task?: {
      readonly execution: string;
      readonly index: number;
    };
    readonly cluster?: string;
    readonly user?: string;
    readonly model?: string;
    /** not there: nobody told */
    readonly inputTokens?: number;
    readonly outputTokens?: number;
    readonly cachedTokens?: number;
    /** what the provider itself says that it cost */
    readonly reportedMicros?: string;
    /** whether that is all of it */
    readonly isWhole: boolean;
    /** what the cost was computed from */
    readonly prices?: {
      readonly currency: string;
      /** millionths of a unit of the currency, as digits */
      readonly inputMicrosPerMillion: string;
      /** millionths of a unit of the currency, as digits */
      readonly outputMicrosPerMillion: string;
      /** millionths of a unit of the currency, as digits */
      readonly cachedMicrosPerMillion: string;
    };
    /** millionths of a unit of the currency, as digits */
    readonly computedMicros?: string;
    /** what counts for budgets */
    readonly charge?: {
      readonly currency: string;
      /** millionths of a unit of the currency, as digits */
      readonly micros: string;
    };
  })[];
};

/** What may be spent, what is used of it, and what was stopped. */
export type BudgetsAnswer = {
  readonly currency: string;
  readonly limits: readonly ({
    readonly kind: "run" | "agent" | "cluster" | "user" | "day";
    /** null: as much as there is */
    readonly limitMicros: string | null;
  })[];
  /** what is nearest to its limit first; of days the last ones */
  readonly used: readonly ({
    readonly kind: "agent" | "cluster" | "user" | "day";
    readonly key: string;
    readonly limitMicros: string | null;
    /** in the budgets' currency */
    readonly usedMicros: string;
    /** in other currencies, which count for no budget */
    readonly otherMicros: Readonly<Record<string, string>>;
    readonly turns: number;
    /** those of which not all is known: they used more than is counted */
    readonly unknownTurns: number;
    readonly tokens: number;
    /** unix milliseconds */
    readonly updatedAtMs: number;
  })[];
  readonly usedLeftOut: number;
  /** today, UTC */
  readonly day: string;
  /** unix milliseconds */
  readonly dayEndsAtMs: number;
  /** what budgets kept from being run since the daemon's start, the last first */
  readonly stops: readonly ({
    readonly code: "BUDGET_USED_UP" | "BUDGET_PRICE_MISSING";
    readonly kind: "run" | "agent" | "cluster" | "user" | "day" | null;
    readonly key: string | null;
    readonly agent: string;
    readonly service: string;
    readonly cluster: string | null;
    /** execution and task, as 12.0 */
    readonly job: string | null;
    /** it was under way; else it was not begun */
    readonly wasRunning: boolean;
    readonly message: string;
    /** how often, since the daemon's start */
    readonly count: number;
    /** unix milliseconds */
    readonly firstAtMs: number;
    /** unix milliseconds */
    readonly atMs: number;
  })[];
  /** unix milliseconds */
  readonly startedAtMs: number;
  /** null while the daemon starts */
  readonly gas: {
    /** of the chain's last day, or may be at most */
    readonly spentWei: string;
    readonly limitWei: string | null;
    readonly balanceWei: string | null;
    readonly alert: {
      readonly code: string;
      readonly message: string;
    } | null;
  } | null;
};

/** What there is to know about this daemon. */
export type StatusAnswer = {
  readonly version: string;
  readonly pid: number;
  /** unix milliseconds */
  readonly startedAtMs: number;
  readonly ready: {
    readonly ready: boolean;
    readonly checks: Readonly<Record<string, {
      readonly ok: boolean;
      readonly reason: string | null;
    }>>;
    readonly warnings: readonly ({
      readonly code: string;
      readonly message: string;
    })[];
  };
  readonly chain: {
    readonly state: string;
    readonly head: {
      /** a whole number as digits */
      readonly number: string;
      readonly hash: string;
      /** unix seconds as digits */
      readonly timestamp: string;
    } | null;
    readonly newest: string | null;
    readonly lagBlocks: number;
    readonly headAgeSeconds: number | null;
    readonly error: {
      readonly code: string;
      readonly message: string;
    } | null;
    /** null: no WebSocket is configured */
    readonly hinted: boolean | null;
    readonly endpoints: readonly ({
      readonly name: string;
      readonly state: string;
      readonly lagBlocks: number;
      readonly latencyMs: number | null;
      readonly error: {
        readonly code: string;
        readonly message: string;
      } | null;
    })[];
    readonly contradiction: {
      readonly code: string;
      readonly message: string;
    } | null;
  };
  /** the last warnings and errors, the newest first */
  readonly errors: readonly ({
    /** unix milliseconds */
    readonly atMs: number;
    readonly level: "warn" | "error" | "fatal";
    readonly code: string | null;
    readonly message: string;
  })[];
  /** a whole number as digits */
  readonly node: string;
  readonly account: {
    readonly address: string;
    readonly nonce: number | null;
    readonly balanceWei: string | null;
    readonly readAtMs: number | null;
    /** signed, and not mined */
    readonly inFlight: number;
    readonly waiting: number;
    /** an amount in wei, as digits */
    readonly spentWei: string;
    readonly spendingLimitWei: string | null;
    readonly alert: {
      readonly code: string;
      readonly message: string;
    } | null;
  };
  readonly earnings: readonly ({
    readonly currency: string;
    /** an amount in wei, as digits */
    readonly amount: string;
  })[] | null;
  readonly peers: readonly ({
    readonly peer: string;
    readonly state: "connected" | "certified";
    /** a whole number as digits */
    readonly node?: string;
    readonly address: string;
    readonly direction: "inbound" | "outbound";
    readonly connectedMs: number;
    readonly points: number;
  })[];
  readonly nodesUp: readonly ({
    /** a whole number as digits */
    readonly node: string;
    readonly certificate: string;
    readonly models: readonly (string)[];
    /** unix seconds as digits */
    readonly startedAt: string;
    readonly silentMs: number;
  })[];
  readonly peerAddresses: readonly (string)[];
  readonly activeJobs: number;
  readonly waitingJobs: number;
  readonly places: number;
  readonly draining: boolean;
  readonly jobs: {
    readonly live: {
      readonly leased: number;
      readonly running: number;
      readonly signed: number;
      readonly sent: number;
      readonly mined: number;
    };
    readonly ended: {
      readonly final: number;
      readonly failed: number;
      readonly dropped: number;
    };
  };
  readonly models: readonly (string)[];
  readonly sandbox: {
    readonly about: string;
    readonly notKept: string;
  };
} | {
  readonly version: string;
  readonly pid: number;
  /** unix milliseconds */
  readonly startedAtMs: number;
  readonly ready: {
    readonly ready: boolean;
    readonly checks: Readonly<Record<string, {
      readonly ok: boolean;
      readonly reason: string | null;
    }>>;
    readonly warnings: readonly ({
      readonly code: string;
      readonly message: string;
    })[];
  };
  readonly chain: {
    readonly state: string;
    readonly head: {
      /** a whole number as digits */
      readonly number: string;
      readonly hash: string;
      /** unix seconds as digits */
      readonly timestamp: string;
    } | null;
    readonly newest: string | null;
    readonly lagBlocks: number;
    readonly headAgeSeconds: number | null;
    readonly error: {
      readonly code: string;
      readonly message: string;
    } | null;
    /** null: no WebSocket is configured */
    readonly hinted: boolean | null;
    readonly endpoints: readonly ({
      readonly name: string;
      readonly state: string;
      readonly lagBlocks: number;
      readonly latencyMs: number | null;
      readonly error: {
        readonly code: string;
        readonly message: string;
      } | null;
    })[];
    readonly contradiction: {
      readonly code: string;
      readonly message: string;
    } | null;
  };
  /** the last warnings and errors, the newest first */
  readonly errors: readonly ({
    /** unix milliseconds */
    readonly atMs: number;
    readonly level: "warn" | "error" | "fatal";
    readonly code: string | null;
    readonly message: string;
  })[];
  readonly starting: true;
};

/** Jobs that are not over. */
export type LiveJobsAnswer = readonly ({
  /** a whole number as digits */
  readonly execution: string;
  readonly task: number;
  readonly state: "leased" | "running" | "signed" | "sent" | "mined" | "final" | "failed" | "dropped";
  readonly attempt: number;
  readonly contextHash: string;
  readonly outputDigest: string | null;
  readonly outputBytes: number | null;
  readonly transactionHash: string | null;
  readonly failures: readonly ({
    readonly code: string;
    readonly message: string;
    readonly attempt: number;
    /** unix milliseconds */
    readonly atMs: number;
  })[];
  readonly end: {
    readonly code: string;
    readonly message: string;
  } | null;
  readonly reasonDigest: string | null;
  /** unix milliseconds */
  readonly updatedAtMs: number;
})[];

/** What this node did for an execution, with each attempt's failure. */
export type ExecutionReportAnswer = {
  /** a whole number as digits */
  readonly node: string;
  /** a whole number as digits */
  readonly execution: string;
  readonly known: boolean;
  readonly running: boolean;
  readonly jobs: readonly ({
    /** a whole number as digits */
    readonly execution: string;
    readonly task: number;
    readonly state: "leased" | "running" | "signed" | "sent" | "mined" | "final" | "failed" | "dropped";
    readonly attempt: number;
    readonly contextHash: string;
    readonly outputDigest: string | null;
    readonly outputBytes: number | null;
    readonly transactionHash: string | null;
    readonly failures: readonly ({
      readonly code: string;
      readonly message: string;
      readonly attempt: number;
      /** unix milliseconds */
      readonly atMs: number;
    })[];
    readonly end: {
      readonly code: string;
      readonly message: string;
    } | null;
    readonly reasonDigest: string | null;
    /** unix milliseconds */
    readonly updatedAtMs: number;
    readonly reported: boolean;
    readonly elapsedMs: number | null;
  })[];
  readonly waits: readonly ({
    readonly task: number;
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly refusal?: string;
  })[];
};

/** Jobs of this node, those that are not over first. */
export type JobsAnswer = {
  readonly live: readonly ({
    /** execution and task, as 12.0 */
    readonly id: string;
    /** a whole number as digits */
    readonly execution: string;
    readonly task: number;
    readonly taskName: string | null;
    readonly cluster: string | null;
    readonly clusterName: string | null;
    readonly state: "leased" | "running" | "signed" | "sent" | "mined" | "final" | "failed" | "dropped";
    readonly attempt: number;
    readonly failures: number;
    /** why it ended, else why its last attempt failed */
    readonly why: {
      readonly code: string;
      readonly message: string;
    } | null;
    /** since it was taken up; null where this process has not seen it */
    readonly tookMs: number | null;
    /** unix milliseconds */
    readonly updatedAtMs: number;
  })[];
  readonly liveLeftOut: number;
  /** the latest execution first */
  readonly ended: readonly ({
    /** execution and task, as 12.0 */
    readonly id: string;
    /** a whole number as digits */
    readonly execution: string;
    readonly task: number;
    readonly taskName: string | null;
    readonly cluster: string | null;
    readonly clusterName: string | null;
    readonly state: "leased" | "running" | "signed" | "sent" | "mined" | "final" | "failed" | "dropped";
    readonly attempt: number;
    readonly failures: number;
    /** why it ended, else why its last attempt failed */
    readonly why: {
      readonly code: string;
      readonly message: string;
    } | null;
    /** since it was taken up; null where this process has not seen it */
    readonly tookMs: number | null;
    /** unix milliseconds */
    readonly updatedAtMs: number;
  })[];
};

/** One job from the event on the chain to its settlement, with its lines of the log. */
export type JobAnswer = {
  /** execution and task, as 12.0 */
  readonly id: string;
  /** a whole number as digits */
  readonly execution: string;
  readonly task: number;
  readonly taskName: string | null;
  readonly cluster: string | null;
  readonly clusterName: string | null;
  readonly state: "leased" | "running" | "signed" | "sent" | "mined" | "final" | "failed" | "dropped";
  readonly attempt: number;
  readonly failures: number;
  /** why it ended, else why its last attempt failed */
  readonly why: {
    readonly code: string;
    readonly message: string;
  } | null;
  /** since it was taken up; null where this process has not seen it */
  readonly tookMs: number | null;
  /** unix milliseconds */
  readonly updatedAtMs: number;
  readonly model: string | null;
  readonly modelName: string | null;
  /** from the event on the chain to its settlement */
  readonly moments: readonly ({
    readonly moment: "created" | "ready" | "seen" | "begun" | "answered" | "signed" | "gossiped" | "sent" | "mined" | "final";
    /** unseen: it was, and this process did not see when; never: it will not be */
    readonly state: "done" | "now" | "open" | "unseen" | "never";
    readonly atMs: number | null;
    /** by the block's time, which counts whole seconds */
    readonly isChainTime: boolean;
    /** since the moment before, by the monotonic clock */
    readonly tookMs: number | null;
  })[];
  readonly attempts: readonly ({
    readonly fromMs: number | null;
    readonly tookMs: number | null;
    readonly isRunning: boolean;
    readonly failure: {
      readonly code: string;
      readonly message: string;
    } | null;
  })[];
  /** of earlier lives of the daemon */
  readonly attemptsUnseen: number;
  readonly output: {
    readonly digest: string;
    readonly bytes: number | null;
  } | null;
  readonly contextHash: string;
  readonly reasonDigest: string | null;
  /** its failure stands on the chain */
  readonly isReported: boolean;
  /** of this node, that carries the completion */
  readonly transaction: {
    readonly account: string;
    readonly nonce: number;
    readonly state: string;
    /** the newest attempt's */
    readonly hash: string | null;
    /** each with higher fees than the one before */
    readonly attempts: number;
    /** that travel in it */
    readonly completions: number;
    readonly maxFeePerGasWei: string | null;
    /** null while it is not mined */
    readonly costWei: string | null;
    readonly gasUsed: string | null;
    readonly end: {
      readonly code: string;
      readonly message: string;
    } | null;
  } | null;
  readonly inclusion: {
    readonly transactionHash: string;
    /** a whole number as digits */
    readonly blockNumber: string;
    readonly blockHash: string;
  } | null;
  readonly log: {
    readonly isKept: boolean;
    /** the least level that is logged */
    readonly level: string;
    readonly lines: readonly ({
      /** unix milliseconds */
      readonly atMs: number;
      readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
      readonly module: string;
      readonly message: string;
      /** what else the line says, as JSON */
      readonly fields: string;
    })[];
  };
};

/** What a code of an error means, and what to do. */
export type ErrorAnswer = {
  readonly code: string;
  readonly title: string;
  readonly cause: string;
  readonly whatToDo: string;
  readonly isRetryable: boolean;
};

/** Agents' copies of projects, and the queue of merges. */
export type FoldersAnswer = {
  /** what helpers can be given, by name */
  readonly projects: readonly (string)[];
  /** the command that merges pass; null where none is configured */
  readonly gate: readonly (string)[] | null;
  readonly folders: readonly ({
    readonly agent: string;
    /** its top folder */
    readonly project: string;
    readonly projectName: string | null;
    /** whose helper it is, as digits */
    readonly cluster: string | null;
    readonly path: string;
    /** its own, in its copy alone */
    readonly branch: string;
    /** an object of git, in hex */
    readonly base: string;
    readonly includesUncommitted: boolean;
    readonly projectBranch?: string;
    /** unix milliseconds */
    readonly createdAtMs: number;
    readonly ports: readonly (number)[];
    readonly envFiles: readonly (string)[];
    readonly submodules: readonly (string)[];
    readonly activity: "idle" | "working" | "resting";
    /** what changed of the project itself while it ran, since the daemon's start */
    readonly leak?: {
      readonly paths: readonly (string)[];
      readonly count: number;
      readonly agents: readonly (string)[];
      /** unix milliseconds */
      readonly atMs: number;
    };
  })[];
  readonly merges: readonly ({
    readonly id: number;
    readonly agent: string;
    readonly project: string;
    readonly target: string;
    readonly state: "waiting" | "previewing" | "gate" | "moving" | "done";
    /** unix milliseconds */
    readonly askedAtMs: number;
    readonly askedBy?: string;
    /** unix milliseconds */
    readonly endedAtMs?: number;
    readonly outcome?: "merged" | "ready" | "nothing" | "conflict" | "gateFailed" | "failed";
    /** an object of git, in hex */
    readonly commit?: string;
    readonly ref?: string;
    /** an object of git, in hex */
    readonly before?: string;
    readonly error?: {
      readonly code: string;
      readonly message: string;
      readonly hint: string;
    };
    readonly gate?: {
      readonly reason: "exited" | "stopped" | "timedOut" | "tooLarge" | "exceeded" | "notStarted" | "lost";
      readonly exitCode: number | null;
      readonly durationMs: number;
      readonly exceeded?: string;
    };
  })[];
};

/** One merge with what its gate printed and what conflicts. */
export type FolderMergeAnswer = {
  readonly id: number;
  readonly agent: string;
  readonly project: string;
  readonly target: string;
  readonly state: "waiting" | "previewing" | "gate" | "moving" | "done";
  /** unix milliseconds */
  readonly askedAtMs: number;
  readonly askedBy?: string;
  /** unix milliseconds */
  readonly endedAtMs?: number;
  readonly outcome?: "merged" | "ready" | "nothing" | "conflict" | "gateFailed" | "failed";
  /** an object of git, in hex */
  readonly commit?: string;
  readonly ref?: string;
  /** an object of git, in hex */
  readonly before?: string;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  };
  readonly gate?: {
    readonly reason: "exited" | "stopped" | "timedOut" | "tooLarge" | "exceeded" | "notStarted" | "lost";
    readonly exitCode: number | null;
    readonly durationMs: number;
    readonly exceeded?: string;
    readonly outputTail: string;
  };
  /** what its gate has printed so far, while it runs */
  readonly gateOutput?: string;
  readonly conflicts?: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly reasons: readonly (string)[];
    readonly hunks: readonly (string)[];
  })[];
};

/** Stop a merge that has not ended. */
export type StopMergeAnswer = {
  readonly done: true;
};

/** Remove an agent's copy. */
export type DiscardFolderAnswer = {
  readonly done: true;
};

/** What its files can be brought back to. */
export type FolderCheckpointsAnswer = {
  readonly checkpoints: readonly ({
    readonly number: number;
    readonly ref: string;
    /** an object of git, in hex */
    readonly commit: string;
    /** an object of git, in hex */
    readonly tree: string;
    /** unix milliseconds */
    readonly atMs: number;
    readonly note: string;
  })[];
};

/** What an agent changed, with its text up to 1 MiB. */
export type FolderDiffAnswer = {
  readonly kind: "uncommitted" | "sinceCheckpoint" | "committed" | "all" | "merged";
  readonly from: {
    readonly what: string;
    readonly id: string;
  };
  readonly to: {
    readonly what: string;
    readonly id: string;
  };
  readonly fileCount: number;
  readonly added: number;
  readonly removed: number;
  readonly digest: string;
  readonly skipped: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly why: "tooLarge" | "repository" | "private";
  })[];
  readonly files: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly change: "added" | "changed" | "removed" | "renamed" | "typeChanged";
    /** from the project's top, with / between */
    readonly pathBefore?: string;
    readonly modeBefore: string;
    /** octal, as git writes it; 000000 for what is not there */
    readonly mode: string;
    /** an object of git, in hex */
    readonly idBefore: string;
    /** an object of git, in hex */
    readonly id: string;
    readonly isBinary: boolean;
    readonly isLink: boolean;
    readonly isSubmodule: boolean;
    /** lines; 0 for what is binary */
    readonly added: number;
    readonly removed: number;
  })[];
  readonly text: string;
  readonly isTextCut: boolean;
};

/** Which files an agent changed, without their text. */
export type FolderDiffFilesAnswer = {
  readonly kind: "uncommitted" | "sinceCheckpoint" | "committed" | "all" | "merged";
  readonly from: {
    readonly what: string;
    readonly id: string;
  };
  readonly to: {
    readonly what: string;
    readonly id: string;
  };
  readonly fileCount: number;
  readonly added: number;
  readonly removed: number;
  readonly digest: string;
  readonly skipped: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly why: "tooLarge" | "repository" | "private";
  })[];
  readonly files: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly change: "added" | "changed" | "removed" | "renamed" | "typeChanged";
    /** from the project's top, with / between */
    readonly pathBefore?: string;
    readonly modeBefore: string;
    /** octal, as git writes it; 000000 for what is not there */
    readonly mode: string;
    /** an object of git, in hex */
    readonly idBefore: string;
    /** an object of git, in hex */
    readonly id: string;
    readonly isBinary: boolean;
    readonly isLink: boolean;
    readonly isSubmodule: boolean;
    /** lines; 0 for what is binary */
    readonly added: number;
    readonly removed: number;
    /** unix milliseconds */
    readonly changedAtMs?: number;
  })[];
  /** of the file that was written last */
  readonly changedAtMs?: number;
};

/** What changed in one file, up to 512 KiB of text. */
export type FolderDiffFileAnswer = {
  readonly kind: "uncommitted" | "sinceCheckpoint" | "committed" | "all" | "merged";
  readonly from: {
    readonly what: string;
    readonly id: string;
  };
  readonly to: {
    readonly what: string;
    readonly id: string;
  };
  readonly file: {
    /** from the project's top, with / between */
    readonly path: string;
    readonly change: "added" | "changed" | "removed" | "renamed" | "typeChanged";
    /** from the project's top, with / between */
    readonly pathBefore?: string;
    readonly modeBefore: string;
    /** octal, as git writes it; 000000 for what is not there */
    readonly mode: string;
    /** an object of git, in hex */
    readonly idBefore: string;
    /** an object of git, in hex */
    readonly id: string;
    readonly isBinary: boolean;
    readonly isLink: boolean;
    readonly isSubmodule: boolean;
    /** lines; 0 for what is binary */
    readonly added: number;
    readonly removed: number;
  };
  /** as git writes it */
  readonly text?: string;
  readonly textBytes?: number;
  /** there is no text: it is over its bound, or git cannot be asked by that name */
  readonly why?: "tooLarge" | "nameNoText";
};

/** Bring an agent's work into a branch, as one commit. */
export type MergeFolderAnswer = {
  readonly id: number;
  readonly agent: string;
  readonly project: string;
  readonly target: string;
  readonly state: "waiting" | "previewing" | "gate" | "moving" | "done";
  /** unix milliseconds */
  readonly askedAtMs: number;
  readonly askedBy?: string;
  /** unix milliseconds */
  readonly endedAtMs?: number;
  readonly outcome?: "merged" | "ready" | "nothing" | "conflict" | "gateFailed" | "failed";
  /** an object of git, in hex */
  readonly commit?: string;
  readonly ref?: string;
  /** an object of git, in hex */
  readonly before?: string;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  };
  readonly gate?: {
    readonly reason: "exited" | "stopped" | "timedOut" | "tooLarge" | "exceeded" | "notStarted" | "lost";
    readonly exitCode: number | null;
    readonly durationMs: number;
    readonly exceeded?: string;
    readonly outputTail: string;
  };
  /** what its gate has printed so far, while it runs */
  readonly gateOutput?: string;
  readonly conflicts?: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly reasons: readonly (string)[];
    readonly hunks: readonly (string)[];
  })[];
};

export type MergeFolderBody = {
  /** a branch; the one that the project was on when left out */
  readonly target?: string;
  /** of the commit; a line that names the agent when left out */
  readonly message?: string;
  /** answer as soon as it waits for its turn: it goes on whoever goes, until it is stopped; where one does so already that would come to the same, the answer is that one. Otherwise the answer is its end, and a reader who goes stops it */
  readonly isDetached?: boolean;
};

/** What a merge would come to; nothing is moved. */
export type PreviewMergeAnswer = {
  readonly agent: string;
  readonly target: string;
  /** an object of git, in hex */
  readonly targetCommit: string;
  /** an object of git, in hex */
  readonly tree: string;
  readonly outcome: "clean" | "nothing" | "conflict" | "collision";
  readonly conflicts: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly reasons: readonly (string)[];
    readonly hunks: readonly (string)[];
  })[];
  readonly conflictCount: number;
  readonly collisions: readonly (string)[];
  readonly files: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly change: "added" | "changed" | "removed" | "renamed" | "typeChanged";
    /** from the project's top, with / between */
    readonly pathBefore?: string;
    readonly modeBefore: string;
    /** octal, as git writes it; 000000 for what is not there */
    readonly mode: string;
    /** an object of git, in hex */
    readonly idBefore: string;
    /** an object of git, in hex */
    readonly id: string;
    readonly isBinary: boolean;
    readonly isLink: boolean;
    readonly isSubmodule: boolean;
    /** lines; 0 for what is binary */
    readonly added: number;
    readonly removed: number;
  })[];
  readonly skipped: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly why: "tooLarge" | "repository" | "private";
  })[];
};

/** Bring an agent's files back to a checkpoint. */
export type RollBackFolderAnswer = {
  readonly to: {
    readonly number: number;
    readonly ref: string;
    /** an object of git, in hex */
    readonly commit: string;
    /** an object of git, in hex */
    readonly tree: string;
    /** unix milliseconds */
    readonly atMs: number;
    readonly note: string;
  };
  /** what the files were before */
  readonly kept: {
    readonly number: number;
    readonly ref: string;
    /** an object of git, in hex */
    readonly commit: string;
    /** an object of git, in hex */
    readonly tree: string;
    /** unix milliseconds */
    readonly atMs: number;
    readonly note: string;
  };
  readonly files: readonly ({
    /** from the project's top, with / between */
    readonly path: string;
    readonly change: "added" | "changed" | "removed" | "renamed" | "typeChanged";
    /** from the project's top, with / between */
    readonly pathBefore?: string;
    readonly modeBefore: string;
    /** octal, as git writes it; 000000 for what is not there */
    readonly mode: string;
    /** an object of git, in hex */
    readonly idBefore: string;
    /** an object of git, in hex */
    readonly id: string;
    readonly isBinary: boolean;
    readonly isLink: boolean;
    readonly isSubmodule: boolean;
    /** lines; 0 for what is binary */
    readonly added: number;
    readonly removed: number;
  })[];
};

export type RollBackFolderBody = {
  readonly checkpoint: number;
};

/** What each path answers to a GET. */
export interface Reads {
  readonly "/workspace/{cluster}/agents": ListAgentsAnswer;
  readonly "/workspace/{cluster}/messages/feed": ReadFeedAnswer;
  readonly "/workspace/{cluster}/inbox": InboxCountsAnswer;
  readonly "/workspace/{cluster}/topics": ListTopicsAnswer;
  readonly "/workspace/{cluster}/context": ReadContextAnswer;
  readonly "/workspace/{cluster}/context/keys": ListContextAnswer;
  readonly "/workspace/{cluster}/context/history": ReadContextHistoryAnswer;
  readonly "/workspace/{cluster}/rules": ReadRulesAnswer;
  readonly "/workspace/{cluster}/rules/history": ReadRulesHistoryAnswer;
  readonly "/workspace/{cluster}/memory": ListMemoriesAnswer;
  readonly "/workspace/{cluster}/thread": ReadThreadAnswer;
  readonly "/workspace/{cluster}/threads": ListThreadsAnswer;
  readonly "/workspace/{cluster}/jobs": ListJobsAnswer;
  readonly "/workspace/{cluster}/reservations": ListReservationsAnswer;
  readonly "/manager/status": ManagerStatusAnswer;
  readonly "/manager/plans": ManagerPlansAnswer;
  readonly "/manager/plan": ManagerPlanAnswer;
  readonly "/manager/alerts": ManagerAlertsAnswer;
  readonly "/manager/routes": ManagerRoutesAnswer;
  readonly "/manager/explain": ManagerExplainAnswer;
  readonly "/manager/standing": ManagerStandingAnswer;
  readonly "/workspace": ListWorkspacesAnswer;
  readonly "/workspace/{cluster}/talk": TalkAnswer;
  readonly "/workspace/{cluster}/agents/{name}": AboutAgentAnswer;
  readonly "/workspace/{cluster}/terminals": ListTerminalsAnswer;
  readonly "/workspace/{cluster}/terminals/{name}": TerminalAnswer;
  readonly "/me": MeAnswer;
  readonly "/overview": OverviewAnswer;
  readonly "/offers": OffersAnswer;
  readonly "/chain/clusters": ListClustersAnswer;
  readonly "/chain/clusters/{cluster}": ClusterAnswer;
  readonly "/chain/clusters/{cluster}/versions/{version}": VersionAnswer;
  readonly "/chain/executions": ListExecutionsAnswer;
  readonly "/chain/executions/{execution}": ExecutionAnswer;
  readonly "/chain/nodes": ListNodesAnswer;
  readonly "/chain/models": ListModelsAnswer;
  readonly "/chain/agents": ListChainAgentsAnswer;
  readonly "/chain/deployment": DeploymentAnswer;
  readonly "/chain/slugs/{slug}": SlugAnswer;
  readonly "/chain/clusters/{cluster}/versions": ListVersionsAnswer;
  readonly "/chain/clusters/{cluster}/versions/{version}/file": VersionFileAnswer;
  readonly "/chain/executions/{execution}/costs": ExecutionCostsAnswer;
  readonly "/chain/executions/{execution}/receipt": ReceiptAnswer;
  readonly "/chain/executions/{execution}/verification": VerificationAnswer;
  readonly "/chain/nodes/{node}": ChainNodeAnswer;
  readonly "/chain/models/{model}": ChainModelAnswer;
  readonly "/chain/agents/{agent}": ChainAgentAnswer;
  readonly "/chain/feedback": ChainFeedbackAnswer;
  readonly "/chain/finality": FinalityAnswer;
  readonly "/chain/credits": CreditsAnswer;
  readonly "/approvals": ApprovalsAnswer;
  readonly "/usage": UsageAnswer;
  readonly "/budgets": BudgetsAnswer;
  readonly "/status": StatusAnswer;
  readonly "/jobs": LiveJobsAnswer;
  readonly "/executions/{id}": ExecutionReportAnswer;
  readonly "/node/jobs": JobsAnswer;
  readonly "/node/jobs/{id}": JobAnswer;
  readonly "/errors/{code}": ErrorAnswer;
  readonly "/folders": FoldersAnswer;
  readonly "/folders/merges/{id}": FolderMergeAnswer;
  readonly "/folders/{agent}/checkpoints": FolderCheckpointsAnswer;
  readonly "/folders/{agent}/diff": FolderDiffAnswer;
  readonly "/folders/{agent}/diff/files": FolderDiffFilesAnswer;
  readonly "/folders/{agent}/diff/file": FolderDiffFileAnswer;
  readonly "/folders/{agent}/preview": PreviewMergeAnswer;
}

/** What each other method of a path takes and answers. */
export interface Writes {
  readonly "POST /workspace/{cluster}/register": { readonly body: RegisterAgentBody; readonly answer: RegisterAgentAnswer };
  readonly "POST /workspace/{cluster}/ping": { readonly body: PingBody; readonly answer: PingAnswer };
  readonly "POST /workspace/{cluster}/agents": { readonly body: SpawnAgentBody; readonly answer: SpawnAgentAnswer };
  readonly "POST /workspace/{cluster}/agents/restart": { readonly body: RestartAgentBody; readonly answer: RestartAgentAnswer };
  readonly "POST /workspace/{cluster}/agents/end": { readonly body: EndAgentBody; readonly answer: EndAgentAnswer };
  readonly "POST /workspace/{cluster}/messages": { readonly body: SendMessageBody; readonly answer: SendMessageAnswer };
  readonly "POST /workspace/{cluster}/messages/read": { readonly body: ReadMessagesBody; readonly answer: ReadMessagesAnswer };
  readonly "POST /workspace/{cluster}/messages/ack": { readonly body: AckMessageBody; readonly answer: AckMessageAnswer };
  readonly "POST /workspace/{cluster}/topics/subscribe": { readonly body: SubscribeTopicBody; readonly answer: SubscribeTopicAnswer };
  readonly "POST /workspace/{cluster}/topics/unsubscribe": { readonly body: UnsubscribeTopicBody; readonly answer: UnsubscribeTopicAnswer };
  readonly "POST /workspace/{cluster}/context": { readonly body: WriteContextBody; readonly answer: WriteContextAnswer };
  readonly "POST /workspace/{cluster}/context/delete": { readonly body: DeleteContextBody; readonly answer: DeleteContextAnswer };
  readonly "POST /workspace/{cluster}/rules": { readonly body: UpdateRulesBody; readonly answer: UpdateRulesAnswer };
  readonly "POST /workspace/{cluster}/memory": { readonly body: RememberBody; readonly answer: RememberAnswer };
  readonly "POST /workspace/{cluster}/memory/recall": { readonly body: RecallBody; readonly answer: RecallAnswer };
  readonly "POST /workspace/{cluster}/memory/forget": { readonly body: ForgetBody; readonly answer: ForgetAnswer };
  readonly "POST /workspace/{cluster}/threads": { readonly body: PostToThreadBody; readonly answer: PostToThreadAnswer };
  readonly "POST /workspace/{cluster}/jobs": { readonly body: SpawnJobBody; readonly answer: SpawnJobAnswer };
  readonly "POST /workspace/{cluster}/jobs/update": { readonly body: UpdateJobBody; readonly answer: UpdateJobAnswer };
  readonly "POST /workspace/{cluster}/reservations": { readonly body: ReserveFilesBody; readonly answer: ReserveFilesAnswer };
  readonly "POST /workspace/{cluster}/reservations/release": { readonly body: ReleaseFilesBody; readonly answer: ReleaseFilesAnswer };
  readonly "POST /manager/requests": { readonly body: ManagerRequestBody; readonly answer: ManagerRequestAnswer };
  readonly "POST /manager/apply": { readonly body: ManagerApplyBody; readonly answer: ManagerApplyAnswer };
  readonly "POST /manager/refuse": { readonly body: ManagerRefuseBody; readonly answer: ManagerRefuseAnswer };
  readonly "POST /manager/take-step": { readonly body: ManagerTakeStepBody; readonly answer: ManagerTakeStepAnswer };
  readonly "POST /manager/carried-out": { readonly body: ManagerCarriedOutBody; readonly answer: ManagerCarriedOutAnswer };
  readonly "POST /manager/acknowledge": { readonly body: ManagerAcknowledgeBody; readonly answer: ManagerAcknowledgeAnswer };
  readonly "POST /manager/drop": { readonly body: ManagerDropBody; readonly answer: ManagerDropAnswer };
  readonly "POST /chain/rpc": { readonly body: LocalWalletBody; readonly answer: LocalWalletAnswer };
  readonly "POST /chain/credits/withdraw": { readonly body: WithdrawCreditBody; readonly answer: WithdrawCreditAnswer };
  readonly "POST /approvals/{id}": { readonly body: AnswerApprovalBody; readonly answer: AnswerApprovalAnswer };
  readonly "DELETE /approvals/remembered/{id}": { readonly body: undefined; readonly answer: RevokeApprovalAnswer };
  readonly "POST /folders/merges/{id}/stop": { readonly body: undefined; readonly answer: StopMergeAnswer };
  readonly "DELETE /folders/{agent}": { readonly body: undefined; readonly answer: DiscardFolderAnswer };
  readonly "POST /folders/{agent}/merge": { readonly body: MergeFolderBody; readonly answer: MergeFolderAnswer };
  readonly "POST /folders/{agent}/rollback": { readonly body: RollBackFolderBody; readonly answer: RollBackFolderAnswer };
}
