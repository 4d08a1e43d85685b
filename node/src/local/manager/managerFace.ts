import { PleiadError } from "@pleiad/sdk/errors";
import {
  MANAGER_ACKNOWLEDGE,
  MANAGER_ALERTS,
  MANAGER_APPLY,
  MANAGER_CARRIED_OUT,
  MANAGER_DROP,
  MANAGER_EXPLAIN,
  MANAGER_PLAN,
  MANAGER_PLANS,
  MANAGER_REFUSE,
  MANAGER_REQUEST,
  MANAGER_ROUTES,
  MANAGER_STANDING,
  MANAGER_STATUS,
  MANAGER_TAKE_STEP,
} from "@pleiad/sdk/manager/endpoints";
import type { requestSchema } from "@pleiad/sdk/manager/schemas";
import type { WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import type { Address } from "viem";
import type { z } from "zod";
import type { Alert, Manager, ManagerRequest, ManagerStatus, StandingRequest } from "../../manager/face.ts";
import type { Plan } from "../../manager/plans.ts";
import { OPERATOR_SPEAKER, type Speaker } from "../../workspace/face/speaker.ts";

/** Who asks a manager: its operator everything; whoever operates or owns one cluster may look at what is about that. */
export interface ManagerPerson {
  /** For the record. */
  readonly by: string;
  /** Undefined: all of them, and may say yes and no. */
  readonly cluster: bigint | undefined;
}

/** One thing that can be asked of a manager, and what answers it. */
export interface ManagerOperation {
  readonly endpoint: WorkspaceEndpoint;
  /** @param input as the endpoint's schema checked it @throws PleiadError */
  run(person: ManagerPerson, input: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface ManagerFace {
  readonly operations: readonly ManagerOperation[];
  /** @throws PleiadError MANAGER_NOT_YOURS */
  personOf(speaker: Speaker): ManagerPerson;
}

/** @param modules.manager throws API_STARTING, MANAGER_OFF */
export function createManagerFace(modules: {
  readonly manager: () => Manager;
  readonly ownerOf: (cluster: bigint) => Address | undefined;
}): ManagerFace {
  const { manager, ownerOf } = modules;

  const bind = <Endpoint extends WorkspaceEndpoint>(
    endpoint: Endpoint,
    who: "operator" | "any",
    run: (input: z.output<Endpoint["input"]>, person: ManagerPerson) => Promise<unknown>,
  ): ManagerOperation => ({
    endpoint,
    async run(person, input) {
      if (who === "operator" && person.cluster !== undefined) throw operatorNeeded(endpoint.name);
      return run(input as z.output<Endpoint["input"]>, person);
    },
  });

  /** What is about another cluster is answered as what is not there: neither says that there is one. */
  async function seenPlan({ cluster }: ManagerPerson, id: string): Promise<Plan> {
    const plan = await manager()
      .plan(id)
      .catch((error: unknown) => {
        if (cluster === undefined || !(error instanceof PleiadError) || error.code !== "PLAN_UNKNOWN")
          throw error;
        return undefined;
      });
    if (plan !== undefined && (cluster === undefined || plan.cluster === cluster)) return plan;
    throw notYours("no plan of that id is about your cluster");
  }

  async function requireMayExplain(person: ManagerPerson, subject: string): Promise<void> {
    const { cluster } = person;
    if (cluster === undefined || subject === `cluster/${cluster}`) return;
    const alerts = await manager().alerts();
    if (alerts.some((alert) => alert.id === subject && sees(person, alert))) return;
    await seenPlan(person, subject);
  }

  const operations = [
    bind(MANAGER_STATUS, "any", async (_input, person) => ({
      status: statusAnswer(await manager().status(), person),
    })),
    bind(MANAGER_REQUEST, "operator", async ({ request }, { by }) => ({
      plan: await manager().request(requestOf(request), by),
    })),
    bind(MANAGER_PLANS, "any", async ({ limit }, { cluster }) => {
      const plans = await manager().plans(limit);
      return { plans: plans.filter((plan) => cluster === undefined || plan.cluster === cluster) };
    }),
    bind(MANAGER_PLAN, "any", async ({ id }, person) => ({
      plan: await seenPlan(person, id),
    })),
    bind(MANAGER_APPLY, "operator", async ({ id }, { by }) => ({ plan: await manager().apply(id, by) })),
    bind(MANAGER_REFUSE, "operator", async ({ id }, { by }) => ({ plan: await manager().refuse(id, by) })),
    bind(MANAGER_TAKE_STEP, "operator", async ({ id, step }, { by }) => manager().takeStep(id, step, by)),
    bind(MANAGER_CARRIED_OUT, "operator", async ({ id, step, outcome }, { by }) => ({
      plan: await manager().carriedOut(id, step, outcome, by),
    })),
    bind(MANAGER_ALERTS, "any", async (_input, person) => ({
      alerts: (await manager().alerts()).filter((alert) => sees(person, alert)),
    })),
    bind(MANAGER_ACKNOWLEDGE, "operator", async ({ id }, { by }) => ({
      alert: await manager().acknowledge(id, by),
    })),
    bind(MANAGER_ROUTES, "any", async ({ cluster }, person) => {
      if (person.cluster !== undefined && person.cluster !== BigInt(cluster))
        throw notYours(`cluster ${cluster} is not yours`);
      return { routes: manager().routes(BigInt(cluster)) };
    }),
    bind(MANAGER_STANDING, "operator", async () => ({
      requests: (await manager().standing()).map(standingAnswer),
    })),
    bind(MANAGER_DROP, "operator", async ({ slug }, { by }) => ({
      request: standingAnswer(await manager().drop(slug, by)),
    })),
    bind(MANAGER_EXPLAIN, "any", async ({ subject }, person) => {
      await requireMayExplain(person, subject);
      return { sentences: await manager().explain(subject) };
    }),
  ];

  return {
    operations,
    personOf({ id, credential }) {
      const by = id === OPERATOR_SPEAKER ? "operator" : `token ${id}`;
      if (credential.kind === "node") return { by, cluster: credential.cluster };
      if (credential.kind === "user") {
        const { cluster, user } = credential;
        if (ownerOf(cluster)?.toLowerCase() === user.toLowerCase()) return { by, cluster };
      }
      throw notYours("a manager is for the operator, and to look at for the owner of a cluster");
    },
  };
}

function sees({ cluster }: ManagerPerson, { subject }: Pick<Alert, "subject">): boolean {
  return cluster === undefined || subject === `cluster/${cluster}`;
}

/** What of a status goes over the wire: settings in short, nothing of other clusters to who sees one alone. */
function statusAnswer(status: ManagerStatus, person: ManagerPerson) {
  const { settings, clusters, alerts, plans, problem, ...rest } = status;
  const isSeen = ({ cluster }: { readonly cluster: bigint }) =>
    person.cluster === undefined || cluster === person.cluster;
  return {
    ...rest,
    capabilities: settings.capabilities,
    formationIntervalMs: settings.formationIntervalMs,
    scalingIntervalMs: settings.scalingIntervalMs,
    unasked: settings.policy.unasked,
    clusters: clusters.filter(isSeen),
    ...missingOf(status, person),
    alerts: alerts.filter((alert) => sees(person, alert)),
    plans: plans.filter(isSeen),
    // It may be of any cluster.
    problem: person.cluster === undefined ? problem : undefined,
  };
}

/** A slug that is written wrong is a cluster that nobody looks after, and nothing else says so. */
function missingOf(
  { settings, reconciled, clusters }: ManagerStatus,
  person: ManagerPerson,
): { readonly missing?: readonly string[] } {
  if (person.cluster !== undefined || reconciled === undefined) return {};
  const found = new Set(clusters.map(({ slug }) => slug));
  const missing = settings.relationships.clusters.filter((slug) => !found.has(slug));
  return missing.length === 0 ? {} : { missing };
}

function standingAnswer({ request: { slug, goal, needs, owner }, by, sinceMs, plan }: StandingRequest) {
  return { slug, goal, needs, owner, by, sinceMs, ...(plan === null ? {} : { plan }) };
}

function requestOf(request: z.output<typeof requestSchema>): ManagerRequest {
  switch (request.kind) {
    case "FORMATION": {
      const { limits, owner } = request;
      return {
        ...request,
        budgetWei: BigInt(request.budgetWei),
        limits: {
          ...limits,
          priceWeiMax: BigInt(limits.priceWeiMax),
          roundTripMsMax: limits.roundTripMsMax,
        },
        owner: owner as Address,
      };
    }
    case "COMMUNICATION": {
      const { to } = request;
      const cluster = BigInt(request.cluster);
      return { ...request, cluster, to: to.how === "gateway" ? { ...to, cluster: BigInt(to.cluster) } : to };
    }
    case "SCALING":
      return { ...request, cluster: BigInt(request.cluster), places: request.places };
    default:
      return request satisfies never;
  }
}

function notYours(message: string): PleiadError {
  return new PleiadError(message, {
    code: "MANAGER_NOT_YOURS",
    hint: "ask with the API's own token, or with one of the owner for the owner's cluster",
  });
}

function operatorNeeded(name: string): PleiadError {
  return new PleiadError(`${name} is for the operator of the daemon`, {
    code: "MANAGER_NOT_YOURS",
    hint: "let the operator do it, with the API's own token",
  });
}

/** @throws always, PleiadError MANAGER_OFF */
export function managerOff(): never {
  throw new PleiadError("its pleiad.yaml names no manager.file", {
    code: "MANAGER_OFF",
    hint: "name one there and start the daemon again; for a local network, which writes pleiad.yaml anew at each start, put cluster-manager.yaml into its data folder (.pleiad) before pleiad up. docs/manager.md says how to begin",
  });
}
