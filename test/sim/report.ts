import type { SimArguments } from "./arguments.ts";
import type { RoundResult, SimulationResult } from "./simulation.ts";

/** The one command that repeats a simulation. */
export function commandOf({
  seed,
  rounds,
  profile,
  smallDisk = false,
}: Pick<SimArguments, "seed" | "rounds" | "profile"> & { readonly smallDisk?: boolean }): string {
  return `npm run sim -- --seed ${seed} --rounds ${rounds} --profile ${profile}${smallDisk ? " --small-disk" : ""}`;
}

/** An agreement that took longer is told with what was waited for. Milliseconds. */
const SLOW_MS = 10_000;

/** A round in a line, with what it broke below. */
export function roundLine({ round, faults, agreement, problems }: RoundResult): string {
  const seconds = (agreement.tookMs / 1_000).toFixed(1);
  const how = agreement.isReached ? `agreement after ${seconds} s` : `no agreement within ${seconds} s`;
  const isSlow = agreement.isReached && agreement.tookMs > SLOW_MS;
  const last = isSlow ? `; waited last for: ${agreement.lacking.join("; ")}` : "";
  return [
    `round ${round}: ${faults.length} faults, ${how}${last}`,
    ...problems.map((problem) => `  ${problem}`),
  ].join("\n");
}

/** Whether it broke no promise. */
export function isGood({ rounds, problems }: SimulationResult): boolean {
  return problems.length === 0 && rounds.every((round) => round.problems.length === 0);
}

function recoveryLines(recoveriesMs: readonly number[]): string[] {
  if (recoveriesMs.length === 0) return [];
  const sorted = [...recoveriesMs].sort((left, right) => left - right);
  const seconds = (index: number) => ((sorted[index] ?? 0) / 1_000).toFixed(1);
  return [
    `starts after a kill that came to the newest block undisturbed: ${sorted.length}`,
    `  median ${seconds(Math.floor(sorted.length / 2))} s, slowest ${seconds(sorted.length - 1)} s`,
  ];
}

/** All counts, the slowest agreement, and the verdict. */
export function summaryOf(result: SimulationResult): string {
  const slowestMs = Math.max(0, ...result.rounds.map(({ agreement }) => agreement.tookMs));
  const count = (name: string) => result.counts.get(name) ?? 0;
  const all = [...result.rounds.flatMap(({ problems }) => problems), ...result.problems];
  return [
    ...[...result.counts]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, number]) => `${name}: ${number}`),
    `results accepted twice: ${all.filter((problem) => problem.includes("accepted twice")).length}`,
    `completions lost: ${count("runs asked for") * 3 - count("completions accepted")}`,
    ...recoveryLines(result.recoveriesMs),
    `slowest agreement: ${(slowestMs / 1_000).toFixed(1)} s`,
    `took ${Math.round(result.seconds)} s`,
    ...result.problems.map((problem) => `  ${problem}`),
  ].join("\n");
}
