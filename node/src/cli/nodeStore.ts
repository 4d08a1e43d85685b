import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import { CONFIG_FILE } from "../config/parse.ts";
import type { Config } from "../config/table.ts";
import type { BackupManifest } from "../store/backupFormat.ts";
import type { Fact } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";
import { bytesText, counted, grouped } from "./text/amounts.ts";

/** A node's folder, as a command's argument names it, and its configuration. */
export async function openNodeFolder(name: string | undefined, around: Surroundings): Promise<Config> {
  return loadConfig(join(resolve(around.cwd, name ?? "."), CONFIG_FILE));
}

/** The file that a backup goes to: the one that is named, or in the folder that is named one by node and time. */
export function backupPathOf(
  target: string,
  node: bigint | null,
  takenAtMs: number,
  around: Surroundings,
): string {
  const path = resolve(around.cwd, target);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const at = new Date(takenAtMs).toISOString().replaceAll(/[-:]/g, "").replace(/\.\d+/, "");
  return join(path, `pleiad-${node === null ? "node" : `node-${node}`}-${at}.backup`);
}

/** What a backup says of itself, for a person. */
export function manifestFacts({
  node,
  chainId,
  contract,
  takenAtMs,
  ...counts
}: BackupManifest): readonly Fact[] {
  return [
    ["node", node === null ? "not known" : `${node}`],
    ["chain", `${chainId}, contract ${contract}`],
    ["taken", new Date(takenAtMs).toISOString()],
    [
      "holds",
      `${counted(counts.records, "record")} up to write ${grouped(counts.sequence)}, ${counted(counts.signings, "signing")}`,
    ],
    ["blobs", `${counts.blobs}, ${bytesText(counts.blobBytes)}`],
    ["memories", `${counts.memories} of agents in no cluster`],
    ["schema", `version ${counts.schemaVersion}`],
  ];
}
