import type { FormationRequest } from "../face.ts";
import type { Fleet, FleetAgent } from "../fleet.ts";
import { RATED_CANDIDATES_MAX } from "../limits.ts";
import type { Ratings } from "../ports.ts";
import { comparePreferred, createEligibility, type FormationLimit } from "./eligible.ts";

/** What ratings decide: whoever is kept out by anything else is not asked for. */
const BY_RATING: ReadonlySet<FormationLimit> = new Set(["ratings", "rating"]);

/**
 * A fleet in which agents that could be had are rated. Of more than `RATED_CANDIDATES_MAX` the ones that are preferred without a rating are
 * asked for; where ratings are demanded, the rest cannot be had.
 *
 * @throws PleiadError what `ratings` throws: an agent that may be rated badly is not taken for one without ratings
 */
export async function rateCandidates(
  request: FormationRequest,
  fleet: Fleet,
  promised: ReadonlySet<bigint>,
  ratings: Ratings,
): Promise<Fleet> {
  const needed = new Set(request.needs.map(({ capability }) => capability));
  const candidateOf = createEligibility(request, fleet, promised);
  const candidates = [...fleet.agents.values()]
    .filter(({ capabilities }) => capabilities.some((one) => needed.has(one)))
    .map(candidateOf)
    .filter(({ limits }) => limits.every((limit) => BY_RATING.has(limit)))
    .sort(comparePreferred)
    .map(({ agent }) => agent.agent);
  if (candidates.length === 0) return fleet;
  const asked = candidates.slice(0, RATED_CANDIDATES_MAX);
  const found = await ratings.of(asked);
  const agents = new Map<bigint, FleetAgent>(fleet.agents);
  for (const id of asked) agents.set(id, { ...(agents.get(id) as FleetAgent), rating: found.get(id) });
  const { ratingMin, ratingsMin } = request.limits;
  if (ratingMin > 0 || ratingsMin > 0)
    for (const id of candidates.slice(RATED_CANDIDATES_MAX)) agents.delete(id);
  return { ...fleet, agents };
}
