import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Why a node did not do a task. */
export const WORK_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  DELIVERY_NOT_WORTH: {
    title: "A callback does not pay for its gas",
    cause:
      "The budget that the requester put up is less than what the delivery costs now, and a quarter more.",
    whatToDo: "Nothing: the daemon looks again when gas may be cheaper; the requester may deliver it.",
    retryable: true,
  },
  EXECUTION_HAS_ENDED: {
    title: "The execution has ended",
    cause: "It succeeded or expired before the call or the task came to it.",
    whatToDo: "Nothing; execute again if there is no response.",
    retryable: false,
  },
  EXECUTION_NOT_SETTLED: {
    title: "The execution is not deep enough in the chain",
    cause:
      "The node signs only when the block of its creation is settled as chain.finality asks for, and the RPC endpoints agree on it.",
    whatToDo: "Nothing: the node signs as soon as it is.",
    retryable: true,
  },
  JOB_STOPPED: {
    title: "The work on a task was stopped",
    cause: "The daemon ends, or the plan changed.",
    whatToDo: "Nothing.",
    retryable: true,
  },
  JOB_TASK_GONE: {
    title: "The task is gone",
    cause: "A reorganisation took it back, or its execution ended.",
    whatToDo: "Nothing.",
    retryable: false,
  },
  OUTPUT_MISSING: {
    title: "An output that the task depends on is missing",
    cause: "Neither this node nor a peer has its bytes.",
    whatToDo: "Wait: it may come when a peer that holds it connects.",
    retryable: true,
  },
  OUTPUT_TOO_LARGE_FOR_CHAIN: {
    title: "The answer is too large for the chain",
    cause: "It has more than 8,192 bytes, and the requester did not allow outputs by reference.",
    whatToDo: "Ask for a shorter answer in the task's prompt, or execute with --outputs-by-reference.",
    retryable: false,
  },
  QUORUM_WITHOUT_PEERS: {
    title: "Nodes must agree, and this one has no network",
    cause: "Only completions of several nodes together answer the task, and network.enabled is false.",
    whatToDo:
      "Set network.enabled to true and name peers in network.bootstrap; the node takes the task up then.",
    retryable: true,
  },
  TASK_TOO_LATE: {
    title: "The node cannot answer in time",
    cause:
      "Even as quick as the model was of late, what waits before the task and the task itself would be over after the execution's deadline.",
    whatToDo:
      "Nothing, if it is rare: other nodes may be free. Else raise jobs.parallelMax or the model's parallelMax, or serve fewer models.",
    retryable: true,
  },
  MODEL_QUEUE_FULL: {
    title: "Too many tasks wait for the model",
    cause:
      "As many tasks as models.<id>.queueMax allows wait for a place of this model, all of them more urgent or better paid.",
    whatToDo:
      "Nothing, if it is rare: other nodes may be free. Else raise the model's parallelMax, or its queueMax if answers are quick.",
    retryable: true,
  },
  TASK_REFUSED_CLUSTER: {
    title: "The node does not work for the cluster",
    cause: "jobs.clusters names other clusters.",
    whatToDo:
      "Add the cluster to jobs.clusters if the node is to work for it; else nothing: other nodes may.",
    retryable: false,
  },
  NODE_DRAINING: {
    title: "The node is being drained",
    cause:
      "Its operator, or the manager that its operator runs, lets it end what it does and take up nothing new.",
    whatToDo:
      "Nothing: other nodes answer. pleiad manager status says whether it is to go on; a new start takes it up, too.",
    retryable: true,
  },
  TASK_REFUSED_CURRENCY: {
    title: "The node does not work for the currency",
    cause: "The run is paid in a currency that is not among jobs.currencies.",
    whatToDo: "Add the currency to jobs.currencies if the node is to earn it; else nothing: other nodes may.",
    retryable: false,
  },
  TASK_REFUSED_INPUT: {
    title: "The input is too large for the node",
    cause: "It has more bytes than jobs.inputBytesMax.",
    whatToDo: "Raise jobs.inputBytesMax if the node is to work on it; else nothing: other nodes may.",
    retryable: false,
  },
  TASK_REFUSED_PRICE: {
    title: "The task earns the node too little",
    cause: "What a completion earns, after the model's share, is below jobs.priceWeiMin.",
    whatToDo: "Lower jobs.priceWeiMin if the node is to work for it; else nothing: other nodes may.",
    retryable: false,
  },
  TASK_ANSWERED_ELSEWHERE: {
    title: "Another node answered the task",
    cause: "Its completion was accepted first.",
    whatToDo: "Nothing.",
    retryable: false,
  },
  NONCE_GAP: {
    title: "The transaction fills a gap",
    cause: "A nonce below others was free, and only an empty transaction can use it up.",
    whatToDo: "Nothing: what waits behind it is mined after it.",
    retryable: false,
  },
  NOT_MINED: {
    title: "The transaction was not mined",
    cause: "Its fees were raised as often as the daemon does, and still no block took it.",
    whatToDo: "Raise submitter.feeGweiMax, or wait until fees fall.",
    retryable: true,
  },
};
