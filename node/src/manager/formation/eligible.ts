import { zeroAddress } from "viem";
import { isSameHex } from "../../store/codec.ts";
import type { FormationRequest } from "../face.ts";
import type { Fleet, FleetAgent, FleetModel } from "../fleet.ts";

/**
 * What keeps an agent out of a cluster that is to be formed. `taken`: in a cluster, or about to be by an open plan. `owner`: of somebody
 * else, who gave the cluster's owner no grant. `model`: it has none. `closed`: its model is another's and not open. `currency`: its model is
 * paid in a token, and the budget is not. `down`: no node that serves its model is up.
 */
export type FormationLimit =
  | "taken"
  | "owner"
  | "model"
  | "closed"
  | "currency"
  | "down"
  | "price"
  | "ratings"
  | "rating"
  | "round trip";

/** An agent that can do something that is needed. */
export interface Candidate {
  readonly agent: FleetAgent;
  /** Of one task; 0 where it has no model. */
  readonly priceWei: bigint;
  /** To the nearest node that serves its model and is up; 0 for an own one, undefined where none was measured. */
  readonly roundTripMs: number | undefined;
  /** Empty for one that can be had. */
  readonly limits: readonly FormationLimit[];
}

/** What is known of a model's nodes, once for all agents on it. */
interface Reach {
  readonly isUp: boolean;
  readonly roundTripMs: number | undefined;
}

/** @returns what tells of an agent whether it can be had */
export function createEligibility(
  { limits, owner }: Pick<FormationRequest, "limits" | "owner">,
  fleet: Fleet,
  promised: ReadonlySet<bigint>,
): (agent: FleetAgent) => Candidate {
  const reaches = new Map<bigint, Reach>();

  function reachOf(model: FleetModel): Reach {
    const known = reaches.get(model.model);
    if (known !== undefined) return known;
    const reach = reachNow(fleet, model);
    reaches.set(model.model, reach);
    return reach;
  }

  function modelLimits(agent: FleetAgent, model: FleetModel, reach: Reach): FormationLimit[] {
    const found: FormationLimit[] = [];
    if (!model.isOpen && !isSameHex(model.owner, agent.owner)) found.push("closed");
    if (!isSameHex(model.currency, zeroAddress)) found.push("currency");
    if (!reach.isUp) found.push("down");
    if (model.priceWei > limits.priceWeiMax) found.push("price");
    return found;
  }

  return (agent) => {
    const model = fleet.models.get(agent.model);
    const reach = model === undefined ? undefined : reachOf(model);
    const found: FormationLimit[] = [];
    if (agent.cluster !== 0n || promised.has(agent.agent)) found.push("taken");
    if (!mayJoin(agent, owner)) found.push("owner");
    if (model === undefined || reach === undefined) found.push("model");
    else found.push(...modelLimits(agent, model, reach));
    if ((agent.rating?.count ?? 0) < limits.ratingsMin) found.push("ratings");
    if (agent.rating !== undefined && agent.rating.mean < limits.ratingMin) found.push("rating");
    const { roundTripMsMax } = limits;
    const isTooFar =
      (reach?.roundTripMs ?? Number.POSITIVE_INFINITY) > (roundTripMsMax ?? Number.POSITIVE_INFINITY);
    if (reach?.isUp === true && isTooFar) found.push("round trip");
    return { agent, priceWei: model?.priceWei ?? 0n, roundTripMs: reach?.roundTripMs, limits: found };
  };
}

function reachNow(fleet: Fleet, { nodes }: FleetModel): Reach {
  let isUp = false;
  let nearest: number | undefined;
  for (const id of nodes) {
    const node = fleet.nodes.get(id);
    if (node?.isUp !== true || node.isDraining || node.status !== "Active") continue;
    isUp = true;
    // Nobody measures the way to itself.
    const wayMs = node.isOwn ? (node.roundTripMs ?? 0) : node.roundTripMs;
    if (wayMs !== undefined && (nearest === undefined || wayMs < nearest)) nearest = wayMs;
  }
  return { isUp, roundTripMs: nearest };
}

function mayJoin({ owner: of, grantees = [] }: FleetAgent, owner: FormationRequest["owner"]): boolean {
  return isSameHex(of, owner) || grantees.some((grantee) => isSameHex(grantee, owner));
}

/**
 * The order in which agents are preferred: the cheaper; then the better rated, an unrated one as the middle; then more ratings; then the
 * nearer, an unmeasured one last; then the older, by its id. No two are equal, so the same fleet always has the same order.
 */
export function comparePreferred(left: Candidate, right: Candidate): number {
  if (left.priceWei !== right.priceWei) return left.priceWei < right.priceWei ? -1 : 1;
  const rated = (right.agent.rating?.mean ?? UNRATED) - (left.agent.rating?.mean ?? UNRATED);
  if (rated !== 0) return rated;
  const counted = (right.agent.rating?.count ?? 0) - (left.agent.rating?.count ?? 0);
  if (counted !== 0) return counted;
  const far = Number.MAX_VALUE;
  const nearer = (left.roundTripMs ?? far) - (right.roundTripMs ?? far);
  if (nearer !== 0) return nearer;
  return left.agent.agent < right.agent.agent ? -1 : 1;
}

/** What an unrated agent counts as among rated ones. */
const UNRATED = 0.5;
