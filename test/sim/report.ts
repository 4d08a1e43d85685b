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

const secondsOf = (ms: number) => (ms / 1_000).toFixed(1);

/** A round in a line, with what it broke below. */
export function roundLine({ round, faults, agreement, problems }: RoundResult): string {
  const seconds = secondsOf(agreement.tookMs);
  const starved =
    agreement.tookMs > SLOW_MS ? `, ${secondsOf(agreement.starvedMs)} s of it without a processor` : "";
  const how = `${agreement.isReached ? "agreement after" : "no agreement within"} ${seconds} s${starved}`;
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
  const agreements = result.rounds.map(({ agreement }) => agreement);
  const slowestMs = Math.max(0, ...agreements.map(({ tookMs }) => tookMs));
  const slowestFedMs = Math.max(0, ...agreements.map(({ tookMs, starvedMs }) => tookMs - starvedMs));
  const count = (name: string) => result.counts.get(name) ?? 0;
  const all = [...result.rounds.flatMap(({ problems }) => problems), ...result.problems];
  return [
    ...[...result.counts]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, number]) => `${name}: ${number}`),
    `results accepted twice: ${all.filter((problem) => problem.includes("accepted twice")).length}`,
    `completions lost: ${count("runs asked for") * 3 - count("completions accepted")}`,
    ...recoveryLines(result.recoveriesMs),
    `slowest agreement: ${secondsOf(slowestMs)} s; without the time for which there was no processor: ${secondsOf(slowestFedMs)} s`,
    `took ${Math.round(result.seconds)} s`,
    ...result.problems.map((problem) => `  ${problem}`),
  ].join("\n");
}
