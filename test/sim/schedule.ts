import type { Fault } from "./faults/fault.ts";
import { OPERATOR_COUNT } from "./registry.ts";
import { createRng } from "./rng.ts";

/** How a profile fills its rounds. */
export interface Profile {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Faults in a round, from least to most. */
  readonly faultsPerRound: readonly [number, number];
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

export interface PlannedRequest {
  readonly atMs: number;
  readonly text: string;
}

export interface PlannedRound {
  readonly faults: readonly PlannedFault[];
  readonly requests: readonly PlannedRequest[];
}

/** The rounds of a simulation: the same seed and profile give the same, whatever the machine does. */
export function planRounds(
  profile: Profile,
  options: { readonly seed: number; readonly rounds: number },
): PlannedRound[] {
  return Array.from({ length: options.rounds }, (_, index) => planRound(profile, `${options.seed}/${index}`));
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
  const requests = Array.from({ length: rng.int(...profile.requestsPerRound) }, (_, number) => ({
    atMs: rng.int(0, roundMs),
    text: `request ${seed}/${number}`,
  }));
  const byTime = (left: { readonly atMs: number }, right: { readonly atMs: number }) =>
    left.atMs - right.atMs;
  return { faults: faults.sort(byTime), requests: requests.sort(byTime) };
}
