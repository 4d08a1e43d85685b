import type { FormationRequest } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { type Candidate, comparePreferred, createEligibility } from "./eligible.ts";
import { impossibleBudget, impossibleNeeds, impossibleReserve, impossibleSize } from "./impossible.ts";
import { matchInOrder } from "./matching.ts";

/** Who is to be in a cluster. */
export interface Identified {
  /** By need, in the order of the request: those who do it, in the order of their preference. */
  readonly needs: readonly (readonly Candidate[])[];
  /** Members without a task, where the needs are fewer than the least size: they step in by a later version. */
  readonly reserve: readonly Candidate[];
  /** What a run costs: each task once. */
  readonly costWei: bigint;
}

/**
 * Chooses the members of a cluster. Each place of each need is filled by an agent of its own; where there is an assignment within the
 * limits one is found, and it is the cheapest; among equally cheap ones it is that of `comparePreferred`.
 *
 * @param request As `checkFormation` answers it.
 * @param promised Agents that open plans are about to put into clusters.
 * @throws PleiadError FORMATION_IMPOSSIBLE
 */
export function identify(
  request: FormationRequest,
  fleet: Fleet,
  promised: ReadonlySet<bigint> = new Set(),
): Identified {
  const { needs, size, budgetWei } = request;
  const wanted = needs.reduce((sum, { count }) => sum + count, 0);
  if (wanted > size.max) throw impossibleSize(request, wanted);
  const eligibilityOf = createEligibility(request, fleet, promised);
  const needsOf = needsByCapability(request);
  const all: Candidate[] = [];
  const ready: Candidate[] = [];
  const able = new Map<bigint, readonly number[]>();
  for (const agent of fleet.agents.values()) {
    const fills = fillsOfAll(agent.capabilities, needsOf);
    // An id that a file cannot say is none that it can name.
    if (fills.length === 0 || agent.agent > ID_MAX) continue;
    const candidate = eligibilityOf(agent);
    able.set(agent.agent, fills);
    all.push(candidate);
    if (candidate.limits.length === 0) ready.push(candidate);
  }
  ready.sort(comparePreferred);
  const fillsOf = ({ agent }: Candidate) => able.get(agent.agent) ?? [];
  const { filled, short } = matchInOrder(
    needs.map(({ count }) => count),
    ready.map(fillsOf),
  );
  if (short !== undefined) throw impossibleNeeds({ request, fleet, all, fillsOf, short });
  const chosen = filled.map((list) => list.toSorted(ascending).map((index) => ready[index] as Candidate));
  const costWei = chosen.flat().reduce((sum, { priceWei }) => sum + priceWei, 0n);
  if (costWei > budgetWei) throw impossibleBudget(request, costWei);
  const used = new Set(filled.flat());
  const spare = ready.filter((_, index) => !used.has(index));
  const extra = Math.max(0, size.min - wanted);
  if (spare.length < extra) throw impossibleReserve(request, wanted + spare.length);
  return { needs: chosen, reserve: spare.slice(0, extra), costWei };
}

const ID_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** The needs that somebody with these capabilities can fill, each once. */
function fillsOfAll(
  capabilities: readonly string[],
  needsOf: ReadonlyMap<string, readonly number[]>,
): readonly number[] {
  let found: readonly number[] = [];
  for (const capability of capabilities) {
    const needs = needsOf.get(capability);
    if (needs === undefined) continue;
    found = found.length === 0 ? needs : [...new Set([...found, ...needs])];
  }
  return found;
}

function needsByCapability({ needs }: FormationRequest): ReadonlyMap<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, { capability }] of needs.entries()) {
    const list = found.get(capability);
    if (list === undefined) found.set(capability, [index]);
    else list.push(index);
  }
  return found;
}

function ascending(left: number, right: number): number {
  return left - right;
}
