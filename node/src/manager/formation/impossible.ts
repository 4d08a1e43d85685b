import type { PleiadError } from "@pleiad/sdk/errors";
import { didYouMean } from "@pleiad/sdk/errors/didYouMean";
import { managerError } from "../errors.ts";
import type { FormationRequest } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { NEAREST_MAX } from "../limits.ts";
import { amount } from "../planning/policy.ts";
import { type Candidate, comparePreferred, type FormationLimit } from "./eligible.ts";

/**
 * Why a cluster cannot be formed: which need, by which limit for how many agents, and who comes nearest. Where `details.stands` is true
 * the fleet may change so that it can.
 */
function impossible(message: string, hint: string, details: Readonly<Record<string, unknown>>): PleiadError {
  return managerError("FORMATION_IMPOSSIBLE", message, { hint, details });
}

const STANDS = "It is tried again at each formation interval for a week";

export function impossibleSize({ needs, size }: FormationRequest, wanted: number): PleiadError {
  const each = needs.map(({ capability, count }) => `${count} for ${quoted(capability)}`).join(", ");
  return impossible(
    `the needs want ${wanted} members (${each}), and the size is at most ${size.max}`,
    `Raise the size to ${wanted}, or need fewer`,
    { limit: "size", wanted, max: size.max },
  );
}

export function impossibleReserve({ size }: FormationRequest, found: number): PleiadError {
  return impossible(
    `the size is at least ${size.min}, and ${found} agents can do anything that is needed within the limits`,
    `${STANDS}; or lower the size to ${found}`,
    { limit: "size", found, min: size.min, stands: true },
  );
}

export function impossibleBudget({ budgetWei }: FormationRequest, costWei: bigint): PleiadError {
  return impossible(
    `the cheapest members that meet the needs cost ${amount(costWei)} a run, and the budget is ${amount(budgetWei)}`,
    `${STANDS}; or ask again with a budget of ${amount(costWei)}`,
    { limit: "budget", costWei, budgetWei, stands: true },
  );
}

export function impossibleSlug(slug: string, cluster: bigint): PleiadError {
  return impossible(
    `the slug ${quoted(slug)} is that of cluster ${cluster} for ever`,
    "Ask again with another slug, or change that cluster by its own file",
    { limit: "slug", slug, cluster },
  );
}

interface Shortage {
  readonly request: FormationRequest;
  readonly fleet: Fleet;
  /** All that can do anything that is needed. */
  readonly all: readonly Candidate[];
  readonly fillsOf: (candidate: Candidate) => readonly number[];
  /** Needs that want more together than can fill any of them. */
  readonly short: readonly number[];
}

export function impossibleNeeds({ request, fleet, all, fillsOf, short }: Shortage): PleiadError {
  const needs = short.flatMap((index) => request.needs[index] ?? []);
  const able = all.filter((candidate) => fillsOf(candidate).some((need) => short.includes(need)));
  const ready = able.filter(({ limits }) => limits.length === 0).length;
  const kept = able.filter(({ limits }) => limits.length > 0);
  const nearest = kept.toSorted(compareNearness).slice(0, NEAREST_MAX);
  const wanted = needs.reduce((sum, { count }) => sum + count, 0);
  const names = needs.map(({ capability }) => quoted(capability)).join(" and ");
  const counts = countsOf(kept);
  const parts = [
    `${names} ${needs.length === 1 ? "wants" : "together want"} ${wanted} ${wanted === 1 ? "agent" : "agents"}, and ${ready} can be had`,
  ];
  if (kept.length > 0) {
    const why = [...counts].map(([limit, count]) => `${count} ${wordsOf(limit, request)}`).join(", ");
    parts.push(`of ${kept.length} more that can do it, ${why}`);
  } else if (able.length === 0) parts.push("no agent says that it can do it");
  const first = nearest[0];
  if (first !== undefined)
    parts.push(
      `the nearest is ${nameOf(first)}: ${first.limits.map((limit) => fact(limit, first)).join(", ")}`,
    );
  const details = {
    limit: "needs",
    stands: true,
    needs: needs.map(({ capability }) => capability),
    wanted,
    ready,
    limits: Object.fromEntries(counts),
    nearest: nearest.map(({ agent, limits }) => ({ agent: agent.agent, limits })),
  };
  return impossible(parts.join("; "), hintOf(fleet, needs, first), details);
}

function hintOf(fleet: Fleet, needs: FormationRequest["needs"], nearest: Candidate | undefined): string {
  if (nearest !== undefined) {
    return nearest.limits.includes("owner")
      ? `${STANDS}; ask the owner of agent ${nearest.agent.agent} for an invitation, or widen the limits`
      : `${STANDS}; or widen the limit that keeps agent ${nearest.agent.agent} out`;
  }
  const said = new Set<string>();
  for (const { capabilities } of fleet.agents.values())
    for (const capability of capabilities) said.add(capability);
  const unsaid = needs.filter(({ capability }) => !said.has(capability));
  const meant = unsaid
    .map(({ capability }) => didYouMean(capability, [...said]))
    .find((name) => name !== undefined);
  if (meant !== undefined) return `${STANDS}; agents say ${quoted(meant)}: is that what is meant?`;
  const [first = needs[0]] = unsaid;
  return `${STANDS}; or register an agent that can: pleiad agent register --capability ${quoted(first?.capability ?? "")} --model MODEL`;
}

function countsOf(candidates: readonly Candidate[]): ReadonlyMap<FormationLimit, number> {
  const counts = new Map<FormationLimit, number>();
  for (const { limits } of candidates) {
    for (const limit of limits) counts.set(limit, (counts.get(limit) ?? 0) + 1);
  }
  return counts;
}

/** Who lacks least comes first. */
function compareNearness(left: Candidate, right: Candidate): number {
  return left.limits.length - right.limits.length || comparePreferred(left, right);
}

function wordsOf(limit: FormationLimit, { limits }: FormationRequest): string {
  switch (limit) {
    case "taken":
      return "are in a cluster or promised to one";
    case "owner":
      return "belong to others who gave no leave";
    case "model":
      return "have no model";
    case "closed":
      return "are on a model that is not open to them";
    case "currency":
      return "are paid in a token";
    case "down":
      return "are on a model with no node that is up";
    case "price":
      return `cost more than ${amount(limits.priceWeiMax)}`;
    case "ratings":
      return `have fewer than ${limits.ratingsMin} ratings`;
    case "rating":
      return `are rated below ${limits.ratingMin}`;
    case "round trip":
      return `are further than ${limits.roundTripMsMax} ms`;
  }
}

function fact(limit: FormationLimit, { agent, priceWei, roundTripMs }: Candidate): string {
  switch (limit) {
    case "taken":
      return agent.cluster === 0n ? "promised to another cluster" : `in cluster ${agent.cluster}`;
    case "owner":
      return `of ${agent.owner}`;
    case "model":
      return "without a model";
    case "closed":
      return `on model ${agent.model}, which is not open`;
    case "currency":
      return `on model ${agent.model}, which is paid in a token`;
    case "down":
      return `on model ${agent.model}, of which no node is up`;
    case "price":
      return `costs ${amount(priceWei)}`;
    case "ratings":
      return `has ${agent.rating?.count ?? 0} ratings`;
    case "rating":
      return `is rated ${agent.rating?.mean.toFixed(2)}`;
    case "round trip":
      return roundTripMs === undefined ? "not measured" : `${Math.round(roundTripMs)} ms away`;
  }
}

/** By its id; its name is anybody's text. */
function nameOf({ agent }: Candidate): string {
  return `agent ${agent.agent} (${quoted(agent.name)})`;
}

/** Text of others, as data: on one line, and no longer than a name. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text);
}
