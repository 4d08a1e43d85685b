import { z } from "zod";
import { defineEndpoint } from "../workspace/endpoint.ts";
import { idSchema, word } from "../workspace/schemas/common.ts";
import { PLANS_SHOWN_MAX } from "./limits.ts";
import {
  alertSchema,
  amountSchema,
  planSchema,
  requestSchema,
  routeSchema,
  standingSchema,
  statusSchema,
} from "./schemas.ts";

const planId = word(64, "The plan's id.");
const planAnswer = z.object({ plan: planSchema });

export const MANAGER_STATUS = defineEndpoint({
  name: "manager_status",
  method: "GET",
  path: "status",
  summary: "Tell how the clusters of this manager are, what it wants and what it has under way",
  input: z.strictObject({}),
  output: z.object({ status: statusSchema }),
});

export const MANAGER_REQUEST = defineEndpoint({
  name: "manager_request",
  method: "POST",
  path: "requests",
  summary:
    "Ask for a cluster to be formed, for members to be told something, or for places; answers with the plan",
  input: z.strictObject({ request: requestSchema }),
  output: planAnswer,
});

export const MANAGER_PLANS = defineEndpoint({
  name: "manager_plans",
  method: "GET",
  path: "plans",
  summary: "List plans, the newest first",
  input: z.strictObject({ limit: z.int().min(1).max(PLANS_SHOWN_MAX).default(20) }),
  output: z.object({ plans: z.array(planSchema) }),
});

export const MANAGER_PLAN = defineEndpoint({
  name: "manager_plan",
  method: "GET",
  path: "plan",
  summary: "Show one plan, step by step",
  input: z.strictObject({ id: planId }),
  output: planAnswer,
});

export const MANAGER_APPLY = defineEndpoint({
  name: "manager_apply",
  method: "POST",
  path: "apply",
  summary: "Say yes to a plan and apply it, as far as the daemon has the keys",
  input: z.strictObject({ id: planId }),
  output: planAnswer,
});

export const MANAGER_REFUSE = defineEndpoint({
  name: "manager_refuse",
  method: "POST",
  path: "refuse",
  summary: "Say no to a plan",
  input: z.strictObject({ id: planId }),
  output: planAnswer,
});

export const MANAGER_TAKE_STEP = defineEndpoint({
  name: "manager_take_step",
  method: "POST",
  path: "take-step",
  summary: "Take up the next step of a plan before you send it: it is looked at, priced and counted",
  input: z.strictObject({
    id: planId,
    step: z.int().min(0).max(1_023).meta({ description: "Its index, from 0." }),
  }),
  output: z.object({
    plan: planSchema,
    weiPerGasMax: amountSchema
      .optional()
      .meta({ description: "What one gas may cost, in wei; not there for a step that takes none." }),
  }),
});

export const MANAGER_CARRIED_OUT = defineEndpoint({
  name: "manager_carried_out",
  method: "POST",
  path: "carried-out",
  summary: "Tell that somebody with the key has done a step of a plan",
  input: z.strictObject({
    id: planId,
    step: z.int().min(0).max(1_023).meta({ description: "Its index, from 0." }),
    outcome: word(128, "What it led to: a transaction's hash, a cluster's id."),
  }),
  output: planAnswer,
});

export const MANAGER_ALERTS = defineEndpoint({
  name: "manager_alerts",
  method: "GET",
  path: "alerts",
  summary: "List alerts",
  input: z.strictObject({}),
  output: z.object({ alerts: z.array(alertSchema) }),
});

export const MANAGER_ACKNOWLEDGE = defineEndpoint({
  name: "manager_acknowledge",
  method: "POST",
  path: "acknowledge",
  summary: "Say that you know of an alert",
  input: z.strictObject({ id: word(128, "The alert's id.") }),
  output: z.object({ alert: alertSchema }),
});

export const MANAGER_ROUTES = defineEndpoint({
  name: "manager_routes",
  method: "GET",
  path: "routes",
  summary: "List which nodes are asked for each member of a cluster",
  input: z.strictObject({ cluster: idSchema }),
  output: z.object({ routes: z.array(routeSchema) }),
});

export const MANAGER_EXPLAIN = defineEndpoint({
  name: "manager_explain",
  method: "GET",
  path: "explain",
  summary: "Say why a plan was made, an alert fires, or a cluster is as it is",
  input: z.strictObject({ subject: word(128, "A plan's or alert's id, or cluster/7.") }),
  output: z.object({ sentences: z.array(z.string()) }),
});

export const MANAGER_STANDING = defineEndpoint({
  name: "manager_standing",
  method: "GET",
  path: "standing",
  summary: "List requests for clusters that are not formed yet, and are tried again",
  input: z.strictObject({}),
  output: z.object({ requests: z.array(standingSchema) }),
});

export const MANAGER_DROP = defineEndpoint({
  name: "manager_drop",
  method: "POST",
  path: "drop",
  summary: "Let a request for a cluster be tried no more",
  input: z.strictObject({ slug: word(31, "The slug that the cluster was to have.") }),
  output: z.object({ request: standingSchema }),
});

/** In the order of the documents. */
export const MANAGER_ENDPOINTS = [
  MANAGER_STATUS,
  MANAGER_REQUEST,
  MANAGER_PLANS,
  MANAGER_PLAN,
  MANAGER_APPLY,
  MANAGER_REFUSE,
  MANAGER_TAKE_STEP,
  MANAGER_CARRIED_OUT,
  MANAGER_ALERTS,
  MANAGER_ACKNOWLEDGE,
  MANAGER_ROUTES,
  MANAGER_EXPLAIN,
  MANAGER_STANDING,
  MANAGER_DROP,
] as const;
