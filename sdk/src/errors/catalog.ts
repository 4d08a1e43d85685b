import type { CatalogEntry, ContractErrorTable } from "./catalogEntry.ts";
import { codeOfErrorName } from "./codeOfErrorName.ts";
import { AGENT_ERRORS } from "./tables/agents.ts";
import { CLUSTER_ERRORS } from "./tables/clusters.ts";
import { EXECUTION_ERRORS } from "./tables/executions.ts";
import { MODEL_ERRORS } from "./tables/models.ts";
import { NODE_ERRORS } from "./tables/nodes.ts";
import { PERIPHERY_ERRORS } from "./tables/periphery.ts";
import { PERMISSION_ERRORS } from "./tables/permissions.ts";
import { ROUTER_ERRORS } from "./tables/router.ts";
import { SDK_ERRORS } from "./tables/sdk.ts";
import { TOKEN_ERRORS } from "./tables/tokens.ts";

/** Every custom error of the contracts, by its Solidity name. */
export const CONTRACT_ERRORS: ContractErrorTable = {
  ...NODE_ERRORS,
  ...MODEL_ERRORS,
  ...AGENT_ERRORS,
  ...CLUSTER_ERRORS,
  ...PERMISSION_ERRORS,
  ...EXECUTION_ERRORS,
  ...PERIPHERY_ERRORS,
  ...ROUTER_ERRORS,
  ...TOKEN_ERRORS,
};

/**
 * Every failure that the SDK can throw, by code: what `pleiad explain CODE` and the documents say of it.
 *
 * @example
 * CATALOG["EXECUTION_VALUE_MISMATCH"]?.whatToDo; // "Send what quote answers for this cluster and version."
 */
export const CATALOG: Readonly<Record<string, CatalogEntry>> = {
  ...Object.fromEntries(
    Object.entries(CONTRACT_ERRORS).map(([name, { title, cause, whatToDo, retryable }]) => [
      codeOfErrorName(name),
      { title, cause, whatToDo, retryable },
    ]),
  ),
  ...SDK_ERRORS,
};
