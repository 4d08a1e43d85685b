import type { Address, Hex } from "viem";
import { validationRegistryAbi } from "../abi/validationRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { ValidationDeployment } from "../types/periphery.ts";

/** Of an agent, or to a validator. */
export type ListValidationsParameters = ReadOptions & {
  readonly deployment: ValidationDeployment;
} & (
    | { readonly agent: bigint; readonly validator?: undefined }
    | { readonly agent?: undefined; readonly validator: Address }
  );

/** The requests about an agent or to a validator (ERC-8004), the oldest first, by the hashes that name them. */
export function listValidations(
  client: ReadClient,
  parameters: ListValidationsParameters,
): Promise<readonly Hex[]> {
  const { deployment, agent, validator, at } = parameters;
  const registry = { address: deployment.validationRegistry, abi: validationRegistryAbi, deployment, at };
  return agent === undefined
    ? read(client, { ...registry, functionName: "getValidatorRequests", args: [validator] })
    : read(client, { ...registry, functionName: "getAgentValidations", args: [agent] });
}
