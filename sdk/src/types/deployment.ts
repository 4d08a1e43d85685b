import { type Address, getAddress, type Hex, isAddress, isHex, size } from "viem";
import { z } from "zod";
import { sdkError } from "../errors/sdkError.ts";

/** Names of the contracts without which there is no Pleiad, in the order in which they are deployed. */
export const CONTRACT_NAMES = [
  "permissionRegistry",
  "nodeRegistry",
  "modelRegistry",
  "agentRegistry",
  "clusterRegistry",
  "clusterExecutions",
] as const;

/** Names of the contracts that a deployment may do without. */
export const PERIPHERY_NAMES = [
  "executionRouter",
  "clusterLens",
  "reputationRegistry",
  "validationRegistry",
  "nodeBonds",
] as const;

/** Name of one of a deployment's core contracts. */
export type ContractName = (typeof CONTRACT_NAMES)[number];

/** Name of one of the contracts around the core. */
export type PeripheryName = (typeof PERIPHERY_NAMES)[number];

/** Name of anything that a deployment may hold. */
export type DeployedName = ContractName | PeripheryName;

/** Where the contracts of one Pleiad are. */
export type Deployment = DeploymentFacts &
  Readonly<Record<ContractName, Address>> & { readonly [name in PeripheryName]?: Address | undefined };

interface DeploymentFacts {
  readonly chainId: number;
  /** The block from which on the log has something to say: that of the first contract, or one before it. */
  readonly fromBlock: bigint;
  /** The salt from which the addresses follow; undefined where they were named one by one. */
  readonly salt?: Hex;
}

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), "expected an address: 0x and 40 hexadecimal digits")
  .transform((text) => getAddress(text));

const salt = z
  .string()
  .refine((text) => isHex(text) && size(text) === 32, "expected a salt: 0x and 64 hexadecimal digits")
  .transform((text) => text as Hex);

/** The parser of a deployment with these contracts; of the second ones any may be missing. */
function deploymentSchema(required: readonly string[], optional: readonly string[]) {
  return z.strictObject({
    chainId: z.int().positive(),
    salt: salt.optional(),
    ...Object.fromEntries(required.map((name) => [name, address])),
    ...Object.fromEntries(optional.map((name) => [name, address.optional()])),
    fromBlock: z
      .int()
      .nonnegative()
      .transform((block) => BigInt(block)),
  });
}

/**
 * Reads a deployment from JSON, as `serializeDeployment` writes it.
 *
 * @param json JSON text, or what `JSON.parse` made of it.
 * @param periphery Contracts that may be there beside the core's. @default PERIPHERY_NAMES
 * @throws PleiadError `DEPLOYMENT_INVALID`, naming each wrong key.
 *
 * @example
 * const deployment = parseDeployment(readFileSync("deployment.json", "utf8"));
 */
export function parseDeployment(json: unknown, periphery: readonly string[] = PERIPHERY_NAMES): Deployment {
  const schema = deploymentSchema(CONTRACT_NAMES, periphery);
  const parsed = schema.safeParse(typeof json === "string" ? parseJson(json) : json);
  // The schema has exactly these keys, which its type no longer tells.
  if (parsed.success) return parsed.data as unknown as Deployment;
  const mistakes = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "deployment"}: ${issue.message}`,
  );
  throw sdkError("DEPLOYMENT_INVALID", `not a deployment: ${mistakes.join("; ")}`, { details: { mistakes } });
}

/** Writes a deployment as JSON text that `parseDeployment` reads. */
export function serializeDeployment(deployment: Deployment): string {
  return `${JSON.stringify({ ...deployment, fromBlock: Number(deployment.fromBlock) }, null, 2)}\n`;
}

/** A deployment of contracts by their names. Every core contract has to be among them. */
export function deploymentOfAddresses(
  facts: DeploymentFacts,
  addresses: ReadonlyMap<DeployedName, Address>,
): Deployment {
  const { chainId, fromBlock, salt } = facts;
  const missing = CONTRACT_NAMES.filter((name) => !addresses.has(name));
  if (missing.length > 0) throw new Error(`a deployment needs ${missing.join(", ")}`);
  const named = Object.fromEntries(addresses) as Record<ContractName, Address>;
  return { chainId, ...(salt === undefined ? {} : { salt }), ...named, fromBlock };
}

/** The contracts that a deployment names, the core's first. */
export function contractsOf(deployment: Deployment): [name: DeployedName, address: Address][] {
  const addresses: { readonly [name in DeployedName]?: Address | undefined } = deployment;
  return [...CONTRACT_NAMES, ...PERIPHERY_NAMES].flatMap((name) => {
    const address = addresses[name];
    return address === undefined ? [] : [[name, address] as [DeployedName, Address]];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw sdkError("DEPLOYMENT_INVALID", "not a deployment: the text is not JSON", { cause });
  }
}
