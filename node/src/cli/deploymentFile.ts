import { existsSync } from "node:fs";
import { PleiadError } from "@pleiad/sdk/errors";
import { CONTRACT_NAMES, type Deployment, serializeDeployment } from "@pleiad/sdk/types/deployment";
import { writeFileAtomic } from "../config/files.ts";
import { cliError } from "./cliError.ts";
import { readDeployment } from "./context.ts";
import { systemError } from "./outputFile.ts";

/** What is known of a deployment before it is there. */
export interface ExpectedDeployment {
  readonly chainId: number;
  readonly addresses: ReadonlyMap<string, string>;
}

/**
 * Makes sure that a deployment can be written to a path: it is free, or holds the same contracts on the same chain,
 * as an earlier run wrote them.
 *
 * @throws PleiadError FILE_EXISTS
 */
export async function refuseOther(path: string, expected: ExpectedDeployment): Promise<void> {
  if (!existsSync(path)) return;
  const reason = await difference(path, expected);
  if (reason === undefined) return;
  throw cliError("FILE_EXISTS", `${path} is there already, and ${reason}`, { details: { path, reason } });
}

/** Writes a deployment, or what is new of it over an older file of the same one. @throws PleiadError FILE_UNWRITABLE */
export async function writeDeployment(path: string, deployment: Deployment): Promise<void> {
  try {
    await writeFileAtomic(path, serializeDeployment(deployment));
  } catch (error) {
    throw systemError(path, error);
  }
}

async function difference(path: string, expected: ExpectedDeployment): Promise<string | undefined> {
  let found: Deployment;
  try {
    found = await readDeployment(path, "/");
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return error.code === "DEPLOYMENT_INVALID" ? "is no deployment" : error.message;
  }
  const { chainId, addresses } = expected;
  if (found.chainId !== chainId) return `is of chain ${found.chainId}, not of ${chainId}`;
  const others = CONTRACT_NAMES.filter((name) => found[name] !== addresses.get(name));
  return others.length === 0
    ? undefined
    : `names another ${others[0]}: ${found[others[0] ?? "nodeRegistry"]}`;
}
