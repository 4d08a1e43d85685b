import { type Address, getAddress, isAddress } from "viem";
import { z } from "zod";
import { sdkError } from "../errors/sdkError.ts";

/** Where the contracts of one Pleiad are. */
export interface Deployment {
  readonly chainId: number;
  readonly permissionRegistry: Address;
  readonly nodeRegistry: Address;
  readonly modelRegistry: Address;
  readonly agentRegistry: Address;
  readonly clusterRegistry: Address;
  readonly clusterExecutions: Address;
  /** The block from which on the log has something to say: that of the first of the contracts. */
  readonly fromBlock: bigint;
}

/** Names of a deployment's contracts, in the order in which they are deployed. */
export const CONTRACT_NAMES = [
  "permissionRegistry",
  "nodeRegistry",
  "modelRegistry",
  "agentRegistry",
  "clusterRegistry",
  "clusterExecutions",
] as const;

/** Name of one of a deployment's contracts. */
export type ContractName = (typeof CONTRACT_NAMES)[number];

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), "expected an address: 0x and 40 hexadecimal digits")
  .transform((text) => getAddress(text));

const deploymentSchema = z.strictObject({
  chainId: z.int().positive(),
  permissionRegistry: address,
  nodeRegistry: address,
  modelRegistry: address,
  agentRegistry: address,
  clusterRegistry: address,
  clusterExecutions: address,
  fromBlock: z
    .int()
    .nonnegative()
    .transform((block) => BigInt(block)),
});

/**
 * Reads a deployment from JSON, as `serializeDeployment` writes it.
 *
 * @param json JSON text, or what `JSON.parse` made of it.
 * @throws PleiadError `DEPLOYMENT_INVALID`, naming each wrong key.
 *
 * @example
 * const deployment = parseDeployment(readFileSync("deployment.json", "utf8"));
 */
export function parseDeployment(json: unknown): Deployment {
  const parsed = deploymentSchema.safeParse(typeof json === "string" ? parseJson(json) : json);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "deployment"}: ${issue.message}`,
  );
  throw sdkError("DEPLOYMENT_INVALID", `not a deployment: ${mistakes.join("; ")}`, { details: { mistakes } });
}

/** Writes a deployment as JSON text that `parseDeployment` reads. */
export function serializeDeployment(deployment: Deployment): string {
  return `${JSON.stringify({ ...deployment, fromBlock: Number(deployment.fromBlock) }, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw sdkError("DEPLOYMENT_INVALID", "not a deployment: the text is not JSON", { cause });
  }
}
