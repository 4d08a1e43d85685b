import type { Address } from "viem";
import { validationRegistryAbi } from "../abi/validationRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { ValidationDeployment } from "../types/periphery.ts";
import type { ValidationSummary } from "../types/validation.ts";

export interface GetValidationSummaryParameters extends ReadOptions {
  readonly deployment: ValidationDeployment;
  readonly agent: bigint;
  /** Whose answers count. The agent's owner chooses whom it asks, so name those you trust. @default everybody's */
  readonly validators?: readonly Address[];
  /** @default any */
  readonly tag?: string;
}

/** Count and mean of what validators answered about an agent (ERC-8004). */
export async function getValidationSummary(
  client: ReadClient,
  parameters: GetValidationSummaryParameters,
): Promise<ValidationSummary> {
  const { deployment, agent, validators = [], tag = "", at } = parameters;
  const [count, mean] = await read(client, {
    deployment,
    address: deployment.validationRegistry,
    abi: validationRegistryAbi,
    functionName: "getSummary",
    args: [agent, validators, tag],
    at,
  });
  return { count, mean };
}
