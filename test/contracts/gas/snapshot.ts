import { readFileSync, writeFileSync } from "node:fs";
import { artifacts } from "hardhat";
import { type Hex, size } from "viem";
import { GAS_SCENARIOS } from "./scenarios.ts";

/** What the contracts cost and how large they are, as it is committed: a change of either shows in the diff. */
export interface Snapshot {
  /** Gas of each scenario, whole transactions. */
  readonly gas: Record<string, number>;
  /** Bytes of each deployed contract. */
  readonly codeBytes: Record<string, number>;
}

/** A margin below EIP-170's 24,576, so that a fix after an audit still fits. */
export const CODE_BYTES_MAX = 22_000;

/** What brings the committed snapshot up to date. */
export const UPDATE_COMMAND = "npm run bench:gas -- --update";

/** All that are deployed. */
export const SHIPPED_CONTRACTS = [
  "PermissionRegistry",
  "NodeRegistry",
  "ModelRegistry",
  "AgentRegistry",
  "ClusterRegistry",
  "ClusterExecutions",
  "ClusterLens",
  "ExecutionRouter",
  "ReputationRegistry",
  "ValidationRegistry",
  "NodeBonds",
];
const PATH = new URL("./snapshot.json", import.meta.url);

/** Bytes of each contract's code as it was compiled last. */
export async function measureCode(): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const name of SHIPPED_CONTRACTS) {
    const { deployedBytecode } = await artifacts.readArtifact(name);
    bytes[name] = size(deployedBytecode as Hex);
  }
  return bytes;
}

/** The committed snapshot. */
export function readSnapshot(): Snapshot {
  return JSON.parse(readFileSync(PATH, "utf8")) as Snapshot;
}

/** Writes the snapshot; scenarios and contracts stand in the order of their tables. */
export function writeSnapshot(snapshot: Snapshot): void {
  writeFileSync(PATH, `${JSON.stringify(snapshot, undefined, 2)}\n`);
}

/** Names of all scenarios. */
export function scenarioNames(): string[] {
  return GAS_SCENARIOS.map(({ name }) => name);
}
