import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** What a cluster manager's plans and requests fail with. */
export const MANAGER_PLAN_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  BUDGET_EXCEEDED: {
    title: "It costs more than the manager may spend",
    cause:
      "The plan, or its next step, costs more than what is left of the budget of the day (policy.dayWeiMax).",
    whatToDo:
      "Wait for the next day, raise policy.day_wei_max in the manager's file, which is read anew within seconds, or ask for less.",
    retryable: false,
  },
  CAPABILITY_MISSING: {
    title: "This manager does not take such requests",
    cause: "Its file does not name the capability, or nothing in this daemon plans for it.",
    whatToDo: "Ask another manager, or add the capability to the file, which is read anew within seconds.",
    retryable: false,
  },
  CLUSTER_BUSY: {
    title: "Another plan changes the same",
    cause:
      "A manager makes one change of a cluster, and of a node, at a time; the plan that is named is not over.",
    whatToDo: "Wait until it is over, or refuse it with pleiad manager refuse.",
    retryable: true,
  },
  CLUSTER_UNKNOWN: {
    title: "The manager does not manage that cluster",
    cause:
      "The cluster does not exist, or neither its slug nor its owner is among the manager's relationships.",
    whatToDo: "See its clusters with pleiad manager status, or name the cluster in its file.",
    retryable: false,
  },
  COST_RISEN: {
    title: "A step has become dearer than what was said yes to",
    cause:
      "Gas costs more than when the plan was made, by more than a quarter, or by more than a plan may cost unasked.",
    whatToDo: "Wait until gas is cheaper; or refuse the plan and ask anew, to see the new price.",
    retryable: true,
  },
  FORMATION_IMPOSSIBLE: {
    title: "No cluster can be formed as it was asked for",
    cause:
      "The message says which need nobody meets, by which limits, and which agent comes nearest; or what it would cost.",
    whatToDo:
      "Widen the limit that it names, or wait: what the fleet can still mend is tried again at each formation interval for a week.",
    retryable: false,
  },
  FORMATION_REQUEST_INVALID: {
    title: "The request for a cluster says something wrong",
    cause: "A part of it is missing, too long or out of its range; the message names it.",
    whatToDo: "Mend it and ask again; nothing was done.",
    retryable: false,
  },
  NOTHING_TO_DO: {
    title: "The cluster is as it should be",
    cause: "A look was asked for, and found nothing to change.",
    whatToDo: "See how the cluster is with pleiad manager status.",
    retryable: false,
  },
  OUTCOME_INVALID: {
    title: "That does not say what a step led to",
    cause: "Later steps need the id of the cluster that was published, or the outcome is too long.",
    whatToDo: "Give the cluster's id in digits, or a transaction's hash.",
    retryable: false,
  },
  PLANS_FULL: {
    title: "Too many plans are open",
    cause: "Plans that wait for a yes or for a person have piled up.",
    whatToDo: "Apply or refuse some of them.",
    retryable: false,
  },
  PLAN_CANCELLED: {
    title: "The plan was refused",
    cause:
      "Somebody said no to it. What was done of it is taken back as far as it can be; the message names what stays.",
    whatToDo: "Ask anew where it is wanted after all.",
    retryable: false,
  },
  PLAN_EXPIRED: {
    title: "The plan's time is over",
    cause: "Nobody said yes, no person brought their step, or an error did not pass in time.",
    whatToDo: "Ask anew, and say yes within a day.",
    retryable: false,
  },
  PLAN_MADE_WORSE: {
    title: "The plan made things worse and was taken back",
    cause: "The figures after the change were worse than before it; the message has them.",
    whatToDo: "Nothing; the manager waits before it tries the same again.",
    retryable: false,
  },
  PLAN_NOT_APPROVED: {
    title: "Nobody said yes to the plan yet",
    cause: "A step was reported as done of a plan that is only proposed.",
    whatToDo: "Look at the plan and say yes to it first: pleiad manager apply.",
    retryable: false,
  },
  PLAN_OVER: {
    title: "The plan is over",
    cause: "It was verified, taken back, refused, stale, expired, or it failed.",
    whatToDo: "Ask anew; a new plan is made from what is seen now.",
    retryable: false,
  },
  PLAN_STALE: {
    title: "The plan is not any more what it was made for",
    cause: "Something that its steps rest on has changed since it was made, so nothing of it was done.",
    whatToDo: "Wait for the next look, which makes a new plan where one is still needed, or ask anew.",
    retryable: false,
  },
  PLAN_TOO_LONG: {
    title: "The plan would have too many steps",
    cause: "A plan that nobody can read is not made.",
    whatToDo: "Ask for a part of it first.",
    retryable: false,
  },
  PLAN_UNKNOWN: {
    title: "There is no such plan",
    cause: "The id is wrong, or the plan is over since long and was forgotten.",
    whatToDo: "See the ids of plans with pleiad manager plan.",
    retryable: false,
  },
  POLICY_FORBIDS: {
    title: "The manager's policy forbids it",
    cause: "The act is among those that its file forbids, whoever asks.",
    whatToDo:
      "Do it by hand, or take the act out of policy.forbidden in the file, which is read anew within seconds.",
    retryable: false,
  },
  REQUEST_UNKNOWN: {
    title: "No such cluster is asked for",
    cause: "The slug is wrong, or the request was met, dropped or refused, or waited for a week.",
    whatToDo: "See those that wait with pleiad manager requests.",
    retryable: false,
  },
  STANDING_FULL: {
    title: "Too many requests for clusters wait",
    cause: "Requests that could not be met yet are kept for a week, and as many as are kept wait already.",
    whatToDo: "Ask again when one of them is met, or drop one with pleiad manager requests --drop SLUG.",
    retryable: true,
  },
  STEP_NOT_NEXT: {
    title: "That step is not the next one",
    cause: "Steps are done in their order, each once; or the manager does this one itself.",
    whatToDo: "See how far the plan is with pleiad manager plan.",
    retryable: false,
  },
  STEP_WAITS_FOR_PERSON: {
    title: "A step needs a person",
    cause: "The manager does not hold the keys or rights for it; the message says which.",
    whatToDo: "Bring it with pleiad manager apply, as somebody who holds them.",
    retryable: false,
  },
  SUBJECT_UNKNOWN: {
    title: "The manager knows nothing by that name",
    cause: "It is neither the id of a plan or an alert, nor a cluster that it manages.",
    whatToDo: "Name a plan's or an alert's id, or a cluster as cluster/7.",
    retryable: false,
  },
};
