import type { Fault } from "./faults/fault.ts";
import { OFFER_NAMES, type OfferName, OPERATOR_COUNT } from "./registry.ts";
import { createRng, type Rng } from "./rng.ts";

/** In so many of the rounds of a profile that has them something beside chain and peers fails. */
const OUTSIDE_SHARE = 0.6;

/** How a profile fills its rounds. */
export interface Profile {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Faults in a round, from least to most. */
  readonly faultsPerRound: readonly [number, number];
  /** Faults of what stands beside chain and peers, at most one a round, drawn by themselves. @default none */
  readonly outside?: readonly Fault[];
  /**
   * Asks for plain runs alone, which are answered within a second. Daemons that all begin anew sign nothing for what was created
   * before, but what is on record: what takes longer would rightly stay unanswered. @default false
   */
  readonly plainRuns?: boolean;
  /** Length of a round's fault phase. Milliseconds. */
  readonly roundMs: number;
  /** Runs that are asked for in a round. */
  readonly requestsPerRound: readonly [number, number];
}

export interface PlannedFault {
  /** From the round's begin. Milliseconds. */
  readonly atMs: number;
  readonly lastsMs: number;
  readonly fault: string;
  readonly operator: number;
  /** Of what the fault itself draws. */
  readonly seed: string;
}

export interface PlannedRequest extends RequestKind {
  readonly atMs: number;
  readonly text: string;
}

/** What is asked for. */
export interface RequestKind {
  /** A cluster of tasks in the chain's own currency, one that is paid in a token, or one on whose tasks nodes must agree. */
  readonly offer: OfferName;
  /** Whether outputs may stand on the chain by their digest alone; then they are too long for it. */
  readonly byReference: boolean;
  /** Whether the input stands on the chain by its digest alone, and is had from a daemon. */
  readonly inputByReference: boolean;
}

export const PLAIN_RUN: RequestKind = { offer: "plain", byReference: false, inputByReference: false };

export interface PlannedRound {
  readonly faults: readonly PlannedFault[];
  readonly requests: readonly PlannedRequest[];
}

/** The rounds of a simulation: the same seed and profile give the same, whatever the machine does. */
export function planRounds(
  profile: Profile,
  options: { readonly seed: number; readonly rounds: number },
): PlannedRound[] {
  const planned: PlannedRound[] = [];
  for (let index = 0; index < options.rounds; index++) {
    planned.push(afterwards(profile, planRound(profile, `${options.seed}/${index}`), planned.at(-1)));
  }
  return planned;
}

/**
 * Of a round after one that took a node's memory no agreement is asked: for a while that node signs nothing new, and were another
 * one's agents to fail, one of three would be left.
 */
function afterwards(profile: Profile, round: PlannedRound, before: PlannedRound | undefined): PlannedRound {
  const takers = profile.faults.filter(({ takesMemory }) => takesMemory === true).map(({ name }) => name);
  if (before?.faults.some(({ fault }) => takers.includes(fault)) !== true) return round;
  const requests = round.requests.map((one) =>
    one.offer === "agreeing" ? { ...one, offer: "plain" as const } : one,
  );
  return { ...round, requests };
}

function kindOf(rng: Rng): RequestKind {
  return {
    offer: rng.pick(OFFER_NAMES),
    byReference: rng.chance(0.4),
    inputByReference: rng.chance(0.3),
  };
}

function planRound(profile: Profile, seed: string): PlannedRound {
  const rng = createRng(`${profile.name}/${seed}`);
  const { roundMs } = profile;
  const victim = rng.int(0, OPERATOR_COUNT - 1);
  const counts = new Map<string, number>();
  const faults: PlannedFault[] = [];
  const wanted = rng.int(...profile.faultsPerRound);
  for (let number = 0; number < wanted; number++) {
    const possible = profile.faults.filter(
      ({ name, perRoundMax = Number.POSITIVE_INFINITY }) => (counts.get(name) ?? 0) < perRoundMax,
    );
    if (possible.length === 0) break;
    const fault = rng.weighted(possible);
    counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
    const lastsMs = rng.int(...fault.lastsMs);
    const operator = rng.int(0, OPERATOR_COUNT - 1);
    faults.push({
      atMs: rng.int(0, Math.max(0, roundMs - lastsMs)),
      lastsMs,
      fault: fault.name,
      operator: fault.onVictimOnly === true ? victim : operator,
      seed: `${profile.name}/${seed}/${number}`,
    });
  }
  // Drawn by themselves, so that what a seed played before they were there stays the same.
  const kinds = rng.fork("kinds");
  const requests = Array.from({ length: rng.int(...profile.requestsPerRound) }, (_, number) => ({
    atMs: rng.int(0, roundMs),
    text: `request ${seed}/${number}`,
    ...(profile.plainRuns === true ? PLAIN_RUN : kindOf(kinds)),
  }));
  const outside = rng.fork("outside");
  if (profile.outside !== undefined && outside.chance(OUTSIDE_SHARE)) {
    const fault = outside.pick(profile.outside);
    const lastsMs = outside.int(...fault.lastsMs);
    const atMs = outside.int(0, Math.max(0, roundMs - lastsMs));
    faults.push({
      atMs,
      lastsMs,
      fault: fault.name,
      operator: victim,
      seed: `${profile.name}/${seed}/outside`,
    });
  }
  const byTime = (left: { readonly atMs: number }, right: { readonly atMs: number }) =>
    left.atMs - right.atMs;
  return { faults: faults.sort(byTime), requests: requests.sort(byTime) };
}
