import { WORKSPACE_ENDPOINTS } from "@pleiad/sdk/workspace/endpointTable";

/** Tools of the workspace that a model can be allowed: everything that can be asked of it but for what only people need, and one that waits. */
export const WORKSPACE_TOOLS: readonly string[] = [
  ...WORKSPACE_ENDPOINTS.filter(({ isTool }) => isTool !== false).map(({ name }) => name),
  "watch_context",
];
