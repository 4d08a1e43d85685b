import { getGrant } from "@pleiad/sdk/actions/getGrant";
import { listDelegates } from "@pleiad/sdk/actions/listDelegates";
import { type TokenKind, USES_UNCOUNTED } from "@pleiad/sdk/types/permission";
import { type Address, isAddressEqual } from "viem";
import { chainCall } from "./chainCall.ts";
import { cliError } from "./cliError.ts";
import type { ClusterPlan } from "./clusterPlan.ts";
import type { ChainContext } from "./context.ts";
import { counted } from "./text/amounts.ts";

/** Something of somebody else that a plan uses, and whether it may. */
export interface Right {
  readonly kind: TokenKind;
  readonly id: bigint;
  readonly owner: Address;
  readonly allowed: boolean;
  /** In words, for a person: whose it is, and what allows it or is missing. */
  readonly text: string;
  /** What somebody types so that it is allowed; undefined where nothing helps, or nothing is missing. */
  readonly command?: string | undefined;
}

/**
 * Looks, before anything is sent, whose the models, agents and the cluster are that a plan names, and whether the account
 * may do with them what it is about to: as their owner, as its delegate, or by a grant.
 *
 * @param account Who would send.
 * @returns what belongs to others; what is the account's own needs no word
 */
export async function rightsOf(
  chain: ChainContext,
  plan: ClusterPlan,
  account: Address,
): Promise<readonly Right[]> {
  const { present, cluster, blueprint, steps } = plan;
  // What a grant for a cluster's owner allows, its delegates use up.
  const clusterOwner = cluster?.owner ?? account;
  const now = (await chainCall(() => chain.client.getBlock())).timestamp;
  const ask = { chain, account, now };
  const rights: Right[] = [];
  if (cluster !== undefined) {
    const { cluster: id, owner, slug } = cluster;
    rights.push(...(await editing(ask, { kind: "cluster", id, owner, name: slug })));
  }
  for (const step of steps) {
    if (step.kind !== "setTerms") continue;
    const model = present.models.get(step.model);
    if (model === undefined) continue;
    rights.push(...(await editing(ask, { kind: "model", id: step.model, ...model })));
  }
  const members = new Set((present.draft?.agents ?? []).map(({ agent }) => agent));
  for (const { name, id } of blueprint.agents) {
    const agent = id === undefined ? undefined : present.agents.get(id);
    if (agent === undefined || members.has(agent.agent)) continue;
    const subject = { kind: "agent", id: agent.agent, owner: agent.owner, name } as const;
    if (agent.cluster !== 0n) rights.push(taken(subject, agent.cluster));
    else rights.push(...(await joining(ask, subject, clusterOwner)));
  }
  for (const step of steps) {
    if (step.kind !== "setAgentModel") continue;
    const agent = present.agents.get(step.agent);
    if (agent !== undefined)
      rights.push(...(await editing(ask, { kind: "agent", id: step.agent, owner: agent.owner, name: "" })));
  }
  if (steps.length > 0) rights.push(...(await modelUses(ask, plan)));
  return rights;
}

/** @throws PleiadError CLUSTER_FOREIGN, CLUSTER_NOT_ALLOWED for the first that is not allowed */
export function requireRights(rights: readonly Right[], account: Address): void {
  const missing = rights.filter(({ allowed }) => !allowed);
  const [first] = missing;
  if (first === undefined) return;
  const details = { kind: first.kind, id: first.id, owner: first.owner, address: account };
  const hint = first.command === undefined ? {} : { hint: first.command };
  if (first.kind === "cluster") throw cliError("CLUSTER_FOREIGN", first.text, { details, ...hint });
  throw cliError("CLUSTER_NOT_ALLOWED", missing.map(({ text }) => text).join("; "), { details, ...hint });
}

/** What is asked, and on whose behalf. */
interface Asking {
  readonly chain: ChainContext;
  readonly account: Address;
  /** Unix seconds. */
  readonly now: bigint;
}

interface Subject {
  readonly kind: TokenKind;
  readonly id: bigint;
  readonly owner: Address;
  readonly name: string;
}

function subjectText({ kind, id, name }: Subject): string {
  return `${kind} ${id}${name === "" ? "" : ` (${name})`}`;
}

/** Changing something takes its owner, or a delegate with the role edit. */
async function editing(ask: Asking, subject: Subject): Promise<Right[]> {
  const { kind, id, owner } = subject;
  const { account } = ask;
  if (isAddressEqual(owner, account)) return [];
  const text = `${subjectText(subject)} belongs to ${owner}`;
  if (await mayEdit(ask, subject)) return [right(subject, `${text}, for whom ${account} may edit it`)];
  const command = `its owner types: pleiad delegate add ${kind} ${id} ${account} --roles edit`;
  return [refused(subject, `${text}, not to ${account}, which may not edit it`, command)];
}

/** Putting an agent into a cluster takes who may edit the agent, or a grant of it for the cluster's owner. */
async function joining(ask: Asking, subject: Subject, clusterOwner: Address): Promise<Right[]> {
  if (isAddressEqual(subject.owner, ask.account)) return [];
  const text = `${subjectText(subject)} belongs to ${subject.owner}`;
  if (await mayEdit(ask, subject)) return [right(subject, `${text}, for whom ${ask.account} may edit it`)];
  return [await granted(ask, subject, clusterOwner, text)];
}

/** A version takes in models that are open, of the agent's own owner, or granted to that owner; one use for each of both. */
async function modelUses(ask: Asking, { present, blueprint, steps }: ClusterPlan): Promise<Right[]> {
  const changed = new Map(
    steps.flatMap((step) => (step.kind === "setTerms" ? [[step.model, step.terms]] : [])),
  );
  const rights = new Map<string, Right>();
  for (const { agent: name } of blueprint.tasks) {
    const agent = blueprint.agents.find((one) => one.name === name);
    const agentId = present.agentIds.get(name);
    const ref = typeof agent?.model === "string" ? present.modelIds.get(agent.model) : agent?.model;
    const known = agentId === undefined ? undefined : present.agents.get(agentId);
    const model = present.models.get(ref ?? known?.model ?? 0n);
    // One that the file registers belongs to whoever applies it.
    if (model === undefined) continue;
    const subject = { kind: "model", id: model.model, owner: model.owner, name: model.name } as const;
    const agentOwner = known?.owner ?? ask.account;
    const key = `${model.model} ${agentOwner}`;
    if (rights.has(key)) continue;
    const text = `${subjectText(subject)} belongs to ${model.owner}`;
    const isOpen = changed.get(model.model)?.open ?? model.open;
    if (model.isClosed) rights.set(key, refused(subject, `${text}, who closed it to new versions`));
    else if (!isOpen && !isAddressEqual(model.owner, agentOwner))
      rights.set(key, await granted(ask, subject, agentOwner, `${text}, is for its owner's agents alone`));
  }
  return [...rights.values()];
}

async function granted({ chain }: Asking, subject: Subject, grantee: Address, text: string): Promise<Right> {
  const { client, deployment } = chain;
  const { uses } = await getGrant(client, { deployment, kind: subject.kind, token: subject.id, grantee });
  if (uses > 0) {
    const left = uses === USES_UNCOUNTED ? "any number of times" : counted(uses, "time");
    return right(subject, `${text}; ${grantee} has a grant to use it ${left}, of which one is taken`);
  }
  const command = `its owner types: pleiad grant give ${subject.kind} ${subject.id} ${grantee}`;
  return refused(subject, `${text}, and ${grantee} has no grant of it`, command);
}

async function mayEdit({ chain, account, now }: Asking, { kind, id }: Subject): Promise<boolean> {
  const { client, deployment } = chain;
  const delegates = await listDelegates(client, { deployment, kind, token: id });
  return delegates.some(
    (one) =>
      isAddressEqual(one.account, account) &&
      one.roles.includes("edit") &&
      (one.expiresAt === undefined || one.expiresAt >= now),
  );
}

function taken(subject: Subject, cluster: bigint): Right {
  return refused(
    subject,
    `${subjectText(subject)} is in cluster ${cluster} already, and an agent is in one at most`,
  );
}

function right({ kind, id, owner }: Subject, text: string): Right {
  return { kind, id, owner, allowed: true, text };
}

function refused({ kind, id, owner }: Subject, text: string, command?: string): Right {
  return { kind, id, owner, allowed: false, text, command };
}
