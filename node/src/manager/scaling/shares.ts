import type { Address } from "viem";

/** What a cluster could use of one node's places. */
export interface PlaceClaim {
  readonly cluster: bigint;
  readonly owner: Address;
  /** Above 0. */
  readonly weight: number;
  /** Places that it could use now; a whole number, 0 for none. */
  readonly wanted: number;
  /** Places that it has on other nodes: decides between equals, so that the odd place is not the same one's everywhere. @default 0 */
  readonly elsewhere?: number;
}

export interface ShareRules {
  /** Of the node; a whole number. */
  readonly places: number;
  /** Least places of every cluster that wants as many; see `ManagerPolicy.placesFloor`. */
  readonly floor: number;
  /** Most places of all clusters of one owner together, as a share of `places`. What the floors give counts before it. */
  readonly ownerShareMax: number;
}

interface Filling extends PlaceClaim {
  got: number;
}

/**
 * Divides a node's places among clusters: weighted max-min fairness by progressive filling, as it stands in textbooks on data
 * networks. All levels (places by weight) rise together like water in connected vessels; who has what it wants, or whose owner is at its
 * limit, stops; the others go on until the places are out. Nobody can then have more without taking from somebody whose level is
 * not higher.
 *
 * Places are whole, so they are given one at a time, to the claim with the least (2 × got + 1) ÷ weight. That is the least growth of the
 * sum of got² ÷ weight, and what this greedy filling ends at has the least such sum of all divisions within the limits (a separable
 * convex sum over a polymatroid), which is the whole-numbered division nearest to the fair one.
 *
 * Floors are filled first, the poorest first; where the places do not suffice for them, they are as equal as they can be. Equal claims are
 * told apart by what they have elsewhere, what their owners have, weight and id: the same input always gives the same shares, in any order.
 *
 * @returns for each claim its share, in the order of ids. The sum is the number of places, or what may be used of them where that is less
 */
export function fairShares(claims: readonly PlaceClaim[], rules: ShareRules): ReadonlyMap<bigint, number> {
  checkRules(claims, rules);
  const fillings: Filling[] = claims
    .map((claim) => ({ ...claim, got: 0 }))
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
  const ownerGot = new Map<Address, number>();
  const ownerOf = ({ owner }: Filling) => ownerGot.get(owner) ?? 0;
  let left = rules.places;

  function fill(mayHave: (one: Filling) => boolean, compare: (a: Filling, b: Filling) => number): void {
    while (left > 0) {
      let next: Filling | undefined;
      for (const one of fillings)
        if (mayHave(one) && (next === undefined || compare(one, next) < 0)) next = one;
      if (next === undefined) return;
      next.got += 1;
      ownerGot.set(next.owner, ownerOf(next) + 1);
      left -= 1;
    }
  }

  const byElsewhere = (a: Filling, b: Filling) =>
    (a.elsewhere ?? 0) * b.weight - (b.elsewhere ?? 0) * a.weight;
  const byOwner = (a: Filling, b: Filling) => ownerOf(a) - ownerOf(b);
  fill(
    (one) => one.got < Math.min(rules.floor, one.wanted),
    (a, b) => a.got - b.got || byOwner(a, b) || byElsewhere(a, b) || b.weight - a.weight,
  );
  const ownerMax = Math.floor(rules.places * rules.ownerShareMax);
  fill(
    (one) => one.got < one.wanted && ownerOf(one) < ownerMax,
    (a, b) =>
      (2 * a.got + 1) * b.weight - (2 * b.got + 1) * a.weight ||
      byElsewhere(a, b) ||
      byOwner(a, b) ||
      b.weight - a.weight,
  );
  return new Map(fillings.map(({ cluster, got }) => [cluster, got]));
}

function checkRules(claims: readonly PlaceClaim[], { places, floor, ownerShareMax }: ShareRules): void {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (!isCount(places) || !isCount(floor))
    throw new RangeError(`places and floor are whole: ${places}, ${floor}`);
  if (!(ownerShareMax >= 0 && ownerShareMax <= 1))
    throw new RangeError(`a share is from 0 to 1: ${ownerShareMax}`);
  for (const { cluster, weight, wanted } of claims) {
    if (!isCount(wanted)) throw new RangeError(`cluster ${cluster} wants ${wanted} places`);
    if (!(weight > 0 && Number.isFinite(weight)))
      throw new RangeError(`cluster ${cluster} has weight ${weight}`);
  }
  if (new Set(claims.map(({ cluster }) => cluster)).size !== claims.length)
    throw new RangeError("a cluster claims twice");
}

/** Jain's fairness index of amounts: 1 where all are equal, 1 ÷ n where one has all. 1 of none. */
export function fairnessIndex(amounts: readonly number[]): number {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const squares = amounts.reduce((total, amount) => total + amount * amount, 0);
  return squares === 0 ? 1 : (sum * sum) / (amounts.length * squares);
}
