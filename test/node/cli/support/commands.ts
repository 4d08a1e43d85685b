import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf } from "../../../fixtures/chain.ts";
import { type CliNetwork, keyOf } from "./network.ts";
import type { Ran } from "./run.ts";

/** What a command failed with, as it tells a program. */
export interface CliFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number | null;
}

/** Reads the failure that a command printed with --json. */
export function failureOf({ stdout, code: exitCode }: Ran): CliFailure {
  return { ...(JSON.parse(stdout) as { error: Omit<CliFailure, "exitCode"> }).error, exitCode };
}

/** Runs a command that fails. */
export async function failing(network: CliNetwork, ...args: readonly string[]): Promise<CliFailure> {
  return failureOf(await network.run([...args, "--json"]));
}

/** A file with the key of an account of the chain, for --key. */
export function keyFileOf(network: CliNetwork, account: number): string {
  const file = join(network.folder, `account-${account}.key`);
  writeFileSync(file, keyOf(accountOf(account)), { mode: 0o600 });
  return file;
}

/** Applies the example cluster under a slug, for the folder's requester. */
export async function applyExample(network: CliNetwork, slug: string): Promise<string> {
  await network.run(["init", slug]);
  const file = join(network.folder, slug, "cluster.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("slug: my-brief", `slug: ${slug}`));
  await network.json(["cluster", "apply", file, "--yes"]);
  return file;
}

/** Requests a run of a cluster. */
export async function requestRun(network: CliNetwork, slug: string): Promise<number> {
  const args = ["cluster", "execute", slug, "--input", "-"];
  return (await network.json<{ executionId: number }>(args, { input: "a document" })).executionId;
}
