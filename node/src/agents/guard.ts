import { type Collecting, collectGuarded, type GuardedEnd } from "./collectGuarded.ts";
import { type GuardedStart, startGuarded } from "./guardedProcess.ts";

export type { GuardedEnd };

/** A program to run under a guard, with all that it reads given before. */
export interface GuardedRun extends Omit<GuardedStart, "input">, Omit<Collecting, "signal"> {
  /** Descriptor of an open file: the program's standard input. The caller closes it. */
  readonly inputDescriptor: number;
}

/**
 * Runs a program under a guard process and waits until nothing of its group is left.
 *
 * Rejects only with the system's error if the guard itself cannot be started.
 */
export async function runGuarded({ inputDescriptor, ...run }: GuardedRun): Promise<GuardedEnd> {
  return collectGuarded(await startGuarded({ ...run, input: inputDescriptor }), run);
}
