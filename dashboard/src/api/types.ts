// Written by `node scripts/dashboard-types.ts` from docs/openapi.json; do not edit.

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
      readonly state: "spawning" | "waiting" | "working" | "done";
      readonly note: string;
      readonly turns: number;
      readonly restarts: number;
    };
  })[];
};

/** Count what is in the inbox. */
export type InboxCountsAnswer = {
  /** not acknowledged */
  readonly unread: number;
  /** of these, handed over already */
  readonly delivered: number;
  readonly overdue: number;
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
        readonly step: unknown;
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

/** List plans, the newest first. */
export type ManagerPlansAnswer = {
  readonly plans: readonly ({
    readonly id: string;
    readonly kind: "FORMATION" | "COMMUNICATION" | "SCALING" | "STABILITY";
    /** 0 for one that is to be formed */
    readonly cluster: string;
    readonly title: string;
    readonly steps: readonly ({
      readonly step: unknown;
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
      readonly step: unknown;
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
    readonly uri: string;
  })[];
  readonly total: number;
  readonly next: string | null;
};

/** What each path answers to a GET. */
export interface Reads {
  readonly "/workspace/{cluster}/agents": ListAgentsAnswer;
  readonly "/workspace/{cluster}/inbox": InboxCountsAnswer;
  readonly "/workspace/{cluster}/topics": ListTopicsAnswer;
  readonly "/workspace/{cluster}/context": ReadContextAnswer;
  readonly "/workspace/{cluster}/rules": ReadRulesAnswer;
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
  readonly "/workspace/{cluster}/terminals": ListTerminalsAnswer;
  readonly "/workspace/{cluster}/terminals/{name}": TerminalAnswer;
  readonly "/me": MeAnswer;
  readonly "/overview": OverviewAnswer;
  readonly "/chain/clusters": ListClustersAnswer;
  readonly "/chain/clusters/{cluster}": ClusterAnswer;
  readonly "/chain/clusters/{cluster}/versions/{version}": VersionAnswer;
  readonly "/chain/executions": ListExecutionsAnswer;
  readonly "/chain/executions/{execution}": ExecutionAnswer;
  readonly "/chain/nodes": ListNodesAnswer;
  readonly "/chain/models": ListModelsAnswer;
  readonly "/chain/agents": ListChainAgentsAnswer;
}
