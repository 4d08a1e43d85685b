import { contractError } from "../errors/contractError.ts";

/** In a mask of dependencies: the task depends on none. The bit is free, as no task depends on the last possible one. */
export const INDEPENDENT_MASK = 2 ** 31;

/** Indices of the bits that are set, ascending. Only the low 32 bits count. */
export function indicesOf(mask: number): number[] {
  const indices: number[] = [];
  for (let index = 0; index < 32; index++) {
    if ((mask >>> index) & 1) indices.push(index);
  }
  return indices;
}

/**
 * The mask by which `ClusterRegistry` takes a task's dependencies.
 *
 * @param dependsOn Indices of earlier tasks; empty for none; undefined for the task before.
 * @param task Index of the task itself.
 * @param name Its name, for the error.
 * @throws ContractError `CLUSTER_DEPENDENCY_NOT_EARLIER`, as the contract would.
 */
export function dependencyMask(dependsOn: readonly number[] | undefined, task: number, name: string): number {
  if (dependsOn === undefined) return 0;
  if (dependsOn.length === 0) return INDEPENDENT_MASK;
  let mask = 0;
  for (const index of dependsOn) {
    if (!Number.isInteger(index) || index < 0 || index >= task) {
      throw contractError("ClusterDependencyNotEarlier", [name, mask + 2 ** Math.max(index, 0)]);
    }
    mask = (mask | (1 << index)) >>> 0;
  }
  return mask;
}
