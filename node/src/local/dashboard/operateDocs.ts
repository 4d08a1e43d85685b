import type { z } from "zod";
import { operationDoc, pathPart } from "../../workspace/http/operationDoc.ts";
import {
  answerBody,
  approvalSchema,
  approvalsQuery,
  approvalsSchema,
  budgetsSchema,
  revokedSchema,
} from "./consentSchemas.ts";
import {
  errorSchema,
  executionReportSchema,
  jobRowsSchema,
  jobStorySchema,
  jobsQuery,
  liveJobsSchema,
  statusSchema,
} from "./daemonSchemas.ts";
import { usageQuery, usageSchema } from "./usageSchemas.ts";

const partsOf = (inPath: Readonly<Record<string, string>> = {}) =>
  Object.entries(inPath).map(([name, description]) => pathPart(name, description));

const read = (
  operationId: string,
  summary: string,
  answer: z.ZodType,
  {
    inPath,
    query,
  }: { readonly inPath?: Readonly<Record<string, string>>; readonly query?: z.ZodObject } = {},
) => ({ get: operationDoc({ operationId, summary, parameters: partsOf(inPath), query, answer }) });

/** Paths of what is asked and spent, and of the daemon itself, for its OpenAPI document. */
export function operatePaths(): Readonly<Record<string, unknown>> {
  return {
    "/approvals": read(
      "approvals",
      "What agents ask, what was answered, and what is remembered",
      approvalsSchema,
      {
        query: approvalsQuery,
      },
    ),
    "/approvals/{id}": {
      post: operationDoc({
        operationId: "answer_approval",
        summary: "Answer what an agent asks, with one of its options or with none",
        parameters: partsOf({ id: "The question's id" }),
        body: answerBody,
        answer: approvalSchema,
      }),
    },
    "/approvals/remembered/{id}": {
      delete: operationDoc({
        operationId: "revoke_approval",
        summary: "Let a remembered answer count no more",
        parameters: partsOf({ id: "Id of the question that was answered for good" }),
        answer: revokedSchema,
      }),
    },
    "/usage": read("usage", "What agents used, by whom, and turn by turn", usageSchema, {
      query: usageQuery,
    }),
    "/budgets": read("budgets", "What may be spent, what is used of it, and what was stopped", budgetsSchema),
    "/status": read("status", "What there is to know about this daemon", statusSchema),
    "/jobs": read("live_jobs", "Jobs that are not over", liveJobsSchema),
    "/executions/{id}": read(
      "execution_report",
      "What this node did for an execution, with each attempt's failure",
      executionReportSchema,
      { inPath: { id: "The execution's number, as digits" } },
    ),
    "/node/jobs": read("jobs", "Jobs of this node, those that are not over first", jobRowsSchema, {
      query: jobsQuery,
    }),
    "/node/jobs/{id}": read(
      "job",
      "One job from the event on the chain to its settlement, with its lines of the log",
      jobStorySchema,
      { inPath: { id: "Execution and task, as 12.0" } },
    ),
    "/errors/{code}": read("error", "What a code of an error means, and what to do", errorSchema, {
      inPath: { code: "The code, as RPC_TIMEOUT" },
    }),
  };
}
