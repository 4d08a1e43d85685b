import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Failures of the workspace's faces: tokens, routes, events and tools. */
export const FACE_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  CALL_CANCELLED: {
    title: "The call was cancelled",
    cause: "Whoever called a tool that waits took the call back. What it began goes on.",
    whatToDo: "Look for the result later: list_jobs shows jobs.",
    retryable: false,
  },
  CHANGES_TOO_MANY: {
    title: "Too much changed at once",
    cause: "More changed than can be told one by one, as when a log is told anew.",
    whatToDo: "Read anew what is shown, and watch again.",
    retryable: true,
  },
  CLUSTER_ID_INVALID: {
    title: "That is no cluster",
    cause: "The path names a cluster by something else than its number.",
    whatToDo: "Write its number in digits: /workspace/3/agents.",
    retryable: false,
  },
  EVENTS_MESSAGE_TOO_LARGE: {
    title: "A reader of events has nothing to say",
    cause: "A reader of events sent more than the daemon listens to, so it closed the stream (1009).",
    whatToDo: "Send nothing; ask over HTTP instead.",
    retryable: false,
  },
  EVENTS_SLOW_READER: {
    title: "The reader of events was too slow",
    cause: "Events waited for a reader longer than the daemon keeps them, so it closed the stream (4408).",
    whatToDo: "Read anew what is shown, and connect again.",
    retryable: true,
  },
  EVENTS_TOO_MANY: {
    title: "Too many streams of events",
    cause:
      "As many streams of events are open on this daemon as it allows: in all, with one token, or with tokens that are not the operator's.",
    whatToDo: "Close one that nobody reads.",
    retryable: true,
  },
  EVENTS_WANT_WEBSOCKET: {
    title: "Events are told over a WebSocket",
    cause: "The path of events was asked for as an ordinary page.",
    whatToDo: "Connect with ws:// in place of http://, or use `pleiad workspace watch`.",
    retryable: false,
  },
  FACE_BODY_INVALID: {
    title: "The body is no JSON",
    cause: "The request's body cannot be read as one JSON object.",
    whatToDo: "Send one JSON object; docs/openapi.json says of which form.",
    retryable: false,
  },
  FACE_BODY_TOO_LARGE: {
    title: "The body is too large",
    cause: "A request to the workspace has at most 256 KiB.",
    whatToDo: "Put what is long into a file of the project, and say where it is.",
    retryable: false,
  },
  FACE_BODY_TYPE: {
    title: "The body is of another type",
    cause: "The workspace takes JSON alone.",
    whatToDo: "Send it as application/json.",
    retryable: false,
  },
  OWNER_KEY_NEEDED: {
    title: "That takes the key of a cluster's owner",
    cause: "Clusters are created and changed on the chain by their owners, and no daemon has an owner's key.",
    whatToDo: "Let the owner run what the hint says: `pleiad cluster apply cluster.yaml`.",
    retryable: false,
  },
  TERMINAL_MESSAGE_INVALID: {
    title: "That is no message to a terminal",
    cause:
      "What was sent to a terminal is neither input nor a size, so the daemon closed the connection (4400).",
    whatToDo:
      'Send {"kind":"input","data":"…"} or {"kind":"resize","columns":80,"rows":24}; input has at most 16,384 characters.',
    retryable: false,
  },
  TERMINAL_NOT_ALLOWED: {
    title: "The terminal is not for that token",
    cause:
      "The operator may look at every terminal, and the user for whom the agent works at that one; agents at none.",
    whatToDo: "Use the operator's token, or that of the user for whom the agent works.",
    retryable: false,
  },
  TERMINAL_STREAMS_TOO_MANY: {
    title: "Too many connections to terminals",
    cause:
      "As many connections to terminals are open on this daemon as it allows: in all, with one token, or with tokens that are not the operator's.",
    whatToDo: "Close one that nobody looks at.",
    retryable: true,
  },
  TERMINAL_UNKNOWN: {
    title: "There is no such terminal",
    cause: "No agent of that name has a terminal on this node.",
    whatToDo: "See which have: `pleiad workspace attach` without a name.",
    retryable: false,
  },
  TOKENS_TOO_MANY: {
    title: "There are too many tokens",
    cause: "A node keeps at most 256 tokens.",
    whatToDo: "Revoke those that nobody uses: `pleiad workspace token list`, then `revoke`.",
    retryable: false,
  },
  TOKEN_DAMAGED: {
    title: "The token's file is damaged",
    cause: "A file in workspace-tokens of the data folder is not what the daemon wrote.",
    whatToDo: "Remove the file and have a new token made.",
    retryable: false,
  },
  TOKEN_LABEL_INVALID: {
    title: "The token cannot be called so",
    cause: "A label has 1 to 64 characters.",
    whatToDo: "Write a word or two that say who has it.",
    retryable: false,
  },
  TOKEN_OTHER_CLUSTER: {
    title: "The token is for another cluster",
    cause: "The token was made for one cluster, and the request names another.",
    whatToDo: "Ask about the token's own cluster, or have a token made for the other.",
    retryable: false,
  },
  TOKEN_UNKNOWN: {
    title: "There is no such token",
    cause: "No token has that id; it may be revoked already.",
    whatToDo: "See the ids: `pleiad workspace token list`.",
    retryable: false,
  },
  TOKEN_WITHOUT_CLUSTER: {
    title: "The token is for no cluster",
    cause: "The operator's own token is for all clusters, so a tool cannot know which one is meant.",
    whatToDo: "Make one for a cluster: `pleiad workspace token create --operator --cluster ID`.",
    retryable: false,
  },
  MANAGER_LACKS: {
    title: "The daemon has no key or hand for a step",
    cause: "It holds its node's key alone: what takes an owner's, or another node, it cannot do.",
    whatToDo: "Bring the step with the key it takes: pleiad manager apply PLAN.",
    retryable: false,
  },
  MANAGER_NEEDS_NETWORK: {
    title: "A cluster manager needs the network",
    cause: "manager.file names one, and network.enabled is false: it would see no other node.",
    whatToDo: "Set network.enabled to true, or take manager.file out of pleiad.yaml.",
    retryable: false,
  },
  MANAGER_NODES_ABSENT: {
    title: "Nodes of a cluster cannot be reached",
    cause: "No heartbeat of theirs came, or they do not answer, for as long as a plan waits for them.",
    whatToDo: "See to it that their daemons run and have peers; then ask for the plan again.",
    retryable: true,
  },
  MANAGER_NOT_YOURS: {
    title: "A manager is for its operator",
    cause: "The token is an agent's, a helper's or a user's; or it may look, and wants to say yes or no.",
    whatToDo: "Ask with the API's own token. A cluster's owner may look at what is about that cluster.",
    retryable: false,
  },
  MANAGER_OFF: {
    title: "This daemon runs no manager",
    cause: "Its configuration names no file for one.",
    whatToDo:
      "Write one (examples/cluster-manager.yaml), name it as manager.file in pleiad.yaml, and start the daemon again. A local network takes cluster-manager.yaml out of its data folder at its next start.",
    retryable: false,
  },
  PLACES_INVALID: {
    title: "A node cannot have so many places",
    cause: "A plan sets a node to fewer than one, or to more than a daemon can run.",
    whatToDo: "Ask for a number from 1 to 1024.",
    retryable: false,
  },
  TOKEN_EXPIRED: {
    title: "The token has expired",
    cause: "The token was made for a time, which is over; the message says when.",
    whatToDo:
      "Have a new one made: pleiad dashboard for a person, pleiad workspace token create for an agent.",
    retryable: false,
  },
  TOKEN_WRONG: {
    title: "The token is missing, wrong or revoked",
    cause: "The request shows no token of this node, or one that counts no more.",
    whatToDo: "Send one as Authorization: Bearer; `pleiad workspace token create` makes one.",
    retryable: false,
  },
  WAITS_TOO_MANY: {
    title: "Too many calls wait",
    cause: "One speaker has as many waiting calls as the daemon allows.",
    whatToDo: "Let one of them end, or ask without waiting.",
    retryable: true,
  },
  WORKSPACE_OFF: {
    title: "This node has no workspace",
    cause: "Its network is off, and what agents share travels over it.",
    whatToDo: "Set network.enabled to true and start the daemon again.",
    retryable: false,
  },
};
