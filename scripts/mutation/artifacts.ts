import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Compiled, partsOf } from "./compiler.ts";

/** A library's address where it is not linked yet. */
const UNLINKED = /__\$[0-9a-f]{34}\$__/g;
const ADDRESS_DIGITS = 40;

/** Code with a number in the place of every library. */
export function linked(code: string, number: number): string {
  return code.replaceAll(UNLINKED, number.toString(16).padStart(ADDRESS_DIGITS, "0"));
}

export type Artifacts = ReturnType<typeof createArtifacts>;

/** The artifacts of a copy of the tree, from which tests deploy contracts. */
export function createArtifacts(folder: string) {
  const originals = new Map<string, string>();

  /** Puts code into them, linked to `number` in every place; all others are as they were at first. */
  function write(codes: Compiled["codes"], number = 0): void {
    restore();
    for (const [contract, { created, deployed }] of Object.entries(codes)) {
      const [path, name] = partsOf(contract);
      const at = join(folder, "artifacts", path, `${name}.json`);
      const original = originals.get(at) ?? readFileSync(at, "utf8");
      originals.set(at, original);
      const artifact = JSON.parse(original) as Record<string, unknown>;
      artifact.bytecode = `0x${linked(created, number)}`;
      artifact.deployedBytecode = `0x${linked(deployed, number)}`;
      writeFileSync(at, JSON.stringify(artifact));
    }
  }

  function restore(): void {
    for (const [at, original] of originals) writeFileSync(at, original);
  }

  return { write };
}
