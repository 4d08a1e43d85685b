import { TASK_FILES_MAX } from "@pleiad/sdk/workspace/endpoints/presence";
import type { Address } from "viem";
import type { z } from "zod";
import { BODY_BYTES_MAX } from "../../api/server.ts";
import type { Config } from "../../config/table.ts";
import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import { TASK_FILES_BYTES_MAX } from "../team/plans.ts";
import type { offersSchema } from "./offersSchemas.ts";

/** What whoever asks can start a helper with on this node, as starting one would allow it: what is not said here is refused there. */
export function offersOf(
  credential: TokenCredential,
  { services, workspace, folders, budgets }: Pick<Config, "services" | "workspace" | "folders" | "budgets">,
  ownerOf: (cluster: bigint) => Address | undefined,
): z.output<typeof offersSchema> {
  const isAgent = credential.kind === "agent" || credential.kind === "helper";
  const isStranger =
    credential.kind === "user" &&
    ownerOf(credential.cluster)?.toLowerCase() !== credential.user.toLowerCase();
  const offered = [...services].filter(
    ([name, { kind }]) =>
      // A command answers one prompt and ends: it is nobody to talk with.
      kind !== "command" && !isStranger && (!isAgent || workspace.agentServices.includes(name)),
  );
  return {
    services: offered.map(([name, service]) => ({
      name,
      kind: service.kind,
      model: "model" in service && typeof service.model === "string" ? service.model : null,
      hasFolder: service.kind !== "http",
    })),
    projects: isAgent || isStranger ? [] : [...folders.projects.keys()],
    currency: budgets.currency,
    budget: budgets.agent,
    helpersMax: workspace.helpersMax,
    filesMax: TASK_FILES_MAX,
    fileBytesMax: BODY_BYTES_MAX,
    filesBytesMax: TASK_FILES_BYTES_MAX,
  };
}
