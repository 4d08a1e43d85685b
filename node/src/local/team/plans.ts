import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { microsOf } from "../../agents/money/amounts.ts";
import type { Attachment } from "../../agents/session.ts";
import { amountSchema } from "../../config/service.ts";
import type { Config } from "../../config/table.ts";
import type { Blobs } from "../../work/ports.ts";
import type { HelperStart } from "../../workspace/ports.ts";
import { type FileProjection, mayNameFile } from "./namedFiles.ts";

/** Bytes of all files that go with one task: as much as a daemon keeps of a helper. */
export const TASK_FILES_BYTES_MAX = 8_388_608;

/**
 * Whether who spawns a helper may have this. The operator and a cluster's owner may use every service and project; agents
 * those services that the operator opened to them, in an empty folder.
 *
 * @throws PleiadError HELPER_SERVICE_CLOSED, PROJECT_CLOSED, PROJECT_UNKNOWN, PROJECT_OUT_OF_REACH
 */
export function requireAllowed(
  config: Pick<Config, "workspace" | "folders" | "services">,
  start: HelperStart,
): void {
  const { by, service, project } = start;
  const { agentServices } = config.workspace;
  const { projects } = config.folders;
  const isAgent = by.startsWith("agent:") || by.startsWith("helper:");
  if (isAgent && service !== undefined && !agentServices.includes(service)) {
    throw new PleiadError(`agents cannot start helpers with the service ${service}`, {
      code: "HELPER_SERVICE_CLOSED",
      hint:
        agentServices.length === 0
          ? "this node's operator lets agents start no programs: ask them, or hand the work to somebody who is there"
          : `use one of: ${agentServices.join(", ")}`,
      details: { service, agentServices },
    });
  }
  if (project === undefined) return;
  if (isAgent) {
    throw new PleiadError(`agents cannot give helpers the project ${project.slice(0, 64)}`, {
      code: "PROJECT_CLOSED",
      hint: "leave the project out, or ask this node's operator to start the helper",
      details: { project: project.slice(0, 64) },
    });
  }
  if (!projects.has(project)) throw projectUnknown(project, projects);
  if (service !== undefined && config.services.get(service)?.kind === "http") {
    throw new PleiadError(`${service} is a model over HTTP, which works in no folder`, {
      code: "PROJECT_OUT_OF_REACH",
      hint: "choose a service whose kind is a coding agent, or leave the project out (--no-project)",
      details: { service, project: project.slice(0, 64) },
    });
  }
}

/** @throws PleiadError BUDGET_INVALID */
export function requireBudget(budget: string): string {
  const isAmount = amountSchema.safeParse(budget).success;
  if (isAmount && microsOf(budget) > 0n) return budget;
  if (isAmount) {
    throw new PleiadError("a helper with a budget of 0 would never begin", {
      code: "BUDGET_INVALID",
      hint: "give it more than 0, or leave the budget out",
      details: { budget: budget.slice(0, 40) },
    });
  }
  throw new PleiadError(`${JSON.stringify(budget.slice(0, 40))} is no amount`, {
    code: "BUDGET_INVALID",
    hint: 'write an amount as text, up to a million and with at most six digits behind the point: "12.50"',
    details: { budget: budget.slice(0, 40) },
  });
}

export function projectUnknown(project: string, projects: ReadonlyMap<string, string>): PleiadError {
  return new PleiadError(`this node has no project ${JSON.stringify(project.slice(0, 64))}`, {
    code: "PROJECT_UNKNOWN",
    hint:
      projects.size === 0
        ? "name folders under folders.projects in pleiad.yaml"
        : `choose one of: ${[...projects.keys()].join(", ")}`,
    details: { project: project.slice(0, 64), projects: [...projects.keys()] },
  });
}

/**
 * Files for a task, with their bytes. One that is there and not for whoever names it is as one that is not: else anybody could try
 * which blobs a node has.
 *
 * @throws PleiadError BLOB_MISSING where this node was not given one, TASK_FILES_TOO_LARGE
 */
export async function attachmentsOf(
  start: Pick<HelperStart, "by" | "cluster" | "user" | "files">,
  { blobs, projection }: { readonly blobs: Pick<Blobs, "get">; readonly projection: FileProjection },
): Promise<readonly Attachment[]> {
  const attachments: Attachment[] = [];
  let size = 0;
  for (const { name, mediaType, digest } of start.files ?? []) {
    const bytes = mayNameFile(start, digest, projection) ? await blobs.get(digest as Hex) : undefined;
    if (bytes === undefined) {
      throw new PleiadError(`this node has no bytes for the file ${JSON.stringify(name.slice(0, 80))}`, {
        code: "BLOB_MISSING",
        hint: "hand them over first, as the operator: POST /blobs; pleiad workspace spawn --file does so by itself. Anybody else names what came with, or out of, executions of this cluster for the same user",
        details: { digest, name: name.slice(0, 80) },
      });
    }
    size += bytes.length;
    if (size > TASK_FILES_BYTES_MAX) {
      throw new PleiadError(`the files of the task have more than ${TASK_FILES_BYTES_MAX} bytes together`, {
        code: "TASK_FILES_TOO_LARGE",
        hint: "put large files into the project, and name them in the task",
        details: { bytesMax: TASK_FILES_BYTES_MAX },
      });
    }
    attachments.push({ name, mediaType, bytes });
  }
  return attachments;
}
