import type { z } from "zod";
import { type Json, operationDoc } from "../../workspace/http/operationDoc.ts";
import {
  checkpointsSchema,
  diffFileQuery,
  diffFileSchema,
  diffFilesQuery,
  diffFilesSchema,
  diffQuery,
  diffSchema,
  doneSchema,
  foldersSchema,
  mergeBody,
  mergeSchema,
  previewQuery,
  previewSchema,
  removeQuery,
  rollbackBody,
  rollbackSchema,
} from "./folderSchemas.ts";

const AGENT = {
  ...{ name: "agent", description: "Whose copy it is", schema: { type: "string", maxLength: 64 } },
  ...{ in: "path", required: true },
};
const MERGE = {
  name: "id",
  description: "The merge's number",
  schema: { type: "string", pattern: "^[0-9]{1,15}$" },
  in: "path",
  required: true,
};

/** Paths of project folders, for the daemon's OpenAPI document. All are the operator's alone. */
export function folderPaths(): Json {
  return {
    "/folders": {
      get: operation("folders", "Agents' copies of projects, and the queue of merges", foldersSchema),
    },
    "/folders/changes": { get: changesOperation("folders_changes", "all copies, of the first 16", []) },
    "/folders/merges/{id}": {
      get: operation("folder_merge", "One merge with what its gate printed and what conflicts", mergeSchema, {
        names: [MERGE],
      }),
    },
    "/folders/merges/{id}/stop": {
      post: operation("stop_merge", "Stop a merge that has not ended", doneSchema, { names: [MERGE] }),
    },
    "/folders/{agent}": {
      delete: operation("discard_folder", "Remove an agent's copy", doneSchema, {
        names: [AGENT],
        query: removeQuery,
      }),
    },
    "/folders/{agent}/changes": { get: changesOperation("folder_changes", "one copy", [AGENT]) },
    "/folders/{agent}/checkpoints": {
      get: operation("folder_checkpoints", "What its files can be brought back to", checkpointsSchema, {
        names: [AGENT],
      }),
    },
    "/folders/{agent}/diff": {
      get: operation("folder_diff", "What an agent changed, with its text up to 1 MiB", diffSchema, {
        names: [AGENT],
        query: diffQuery,
      }),
    },
    "/folders/{agent}/diff/files": {
      get: operation(
        "folder_diff_files",
        "Which files an agent changed, without their text",
        diffFilesSchema,
        {
          names: [AGENT],
          query: diffFilesQuery,
        },
      ),
    },
    "/folders/{agent}/diff/file": {
      get: operation("folder_diff_file", "What changed in one file, up to 512 KiB of text", diffFileSchema, {
        names: [AGENT],
        query: diffFileQuery,
      }),
    },
    "/folders/{agent}/merge": {
      post: operation("merge_folder", "Bring an agent's work into a branch, as one commit", mergeSchema, {
        names: [AGENT],
        body: mergeBody,
      }),
    },
    "/folders/{agent}/preview": {
      get: operation("preview_merge", "What a merge would come to; nothing is moved", previewSchema, {
        names: [AGENT],
        query: previewQuery,
      }),
    },
    "/folders/{agent}/rollback": {
      post: operation("roll_back_folder", "Bring an agent's files back to a checkpoint", rollbackSchema, {
        names: [AGENT],
        body: rollbackBody,
      }),
    },
  };
}

interface Taken {
  readonly names?: readonly Json[];
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
}

function operation(
  operationId: string,
  summary: string,
  answer: z.ZodType,
  { names: parameters = [], query, body }: Taken = {},
): Json {
  return operationDoc({ operationId, summary, parameters, query, body, answer });
}

function changesOperation(operationId: string, of: string, names: readonly Json[]): Json {
  return {
    operationId,
    summary: `What changes in the files of ${of}, as it does`,
    description:
      'One JSON object a line, for as long as the reader stays: `{"kind":"open"}`, then `{"kind":"changes","changes":[{"agent","path","change","bytes"}]}`; `change` is added, changed or removed.',
    parameters: names,
    responses: {
      "200": { description: "Lines", content: { "application/x-ndjson": { schema: { type: "string" } } } },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}
