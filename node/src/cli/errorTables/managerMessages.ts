import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** What a cluster manager's messages fail with. */
export const MANAGER_MESSAGE_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  GATEWAY_MISSING: {
    title: "No gateway leads from one cluster to the other",
    cause:
      "The manager's file, or the owner of one of the two clusters, does not name the way with this topic. A way in the other direction is another one.",
    whatToDo: "Let both owners name the way and its topics under relationships.gateways.",
    retryable: false,
  },
  MEMBER_UNKNOWN: {
    title: "The cluster has no member of that name",
    cause: "No agent and no helper of the cluster is called so now.",
    whatToDo: "Name one of those in the hint, or all with a broadcast.",
    retryable: false,
  },
  MEMBER_UNREACHABLE: {
    title: "No node of the member lives",
    cause:
      "All nodes that can run it are silent, leave messages without an answer, or its process ended and was not started again yet.",
    whatToDo: "Wait until it is back, or write to the cluster's context, where it will find it.",
    retryable: true,
  },
  MESSAGE_INVALID: {
    title: "A message or its topic is empty or too long",
    cause: "A message has 1 to 4,000 characters, a topic 1 to 64.",
    whatToDo: "Shorten it, or write it to the cluster's context and name the key.",
    retryable: false,
  },
};
