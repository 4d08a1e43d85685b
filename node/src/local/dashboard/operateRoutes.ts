import { PleiadError } from "@pleiad/sdk/errors";
import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";
import type { FastifyInstance } from "fastify";
import { ANYBODY_VIEWS, OPERATOR_VIEWS } from "../../api/access.ts";
import type { BudgetsAnswer } from "./consentSchemas.ts";
import { type ErrorWords, jobsQuery } from "./daemonSchemas.ts";
import type { JobReads } from "./jobReads.ts";

/** Paths of what an operator looks at besides. */
export const OPERATE_PATHS = ["/budgets", "/node", "/errors"] as const;

export interface OperateModules {
  readonly jobs: JobReads;
  readonly budgets: () => Promise<BudgetsAnswer>;
  /** What is said of an error's code; undefined for an unknown one. */
  readonly explain: (code: string) => CatalogEntry | undefined;
}

/** Adds what an operator looks at: jobs of this node, money, and what errors mean. */
export function addOperateRoutes(app: FastifyInstance, { jobs, budgets, explain }: OperateModules): void {
  const operator = { config: { access: OPERATOR_VIEWS } };
  app.get("/budgets", operator, async () => budgets());
  app.get("/node/jobs", operator, async ({ query }) => jobs.rows(jobsQuery.parse(query).limit));
  app.get("/node/jobs/:id", operator, async ({ params }) =>
    jobs.story((params as { readonly id: string }).id),
  );
  app.get("/errors/:code", { config: { access: ANYBODY_VIEWS } }, async ({ params }): Promise<ErrorWords> => {
    const { code } = params as { readonly code: string };
    const entry = explain(code);
    if (entry === undefined) throw noSuchCode(code);
    const { title, cause, whatToDo, retryable } = entry;
    return { code, title, cause, whatToDo, isRetryable: retryable };
  });
}

function noSuchCode(code: string): PleiadError {
  return new PleiadError(`there is no error ${JSON.stringify(code.slice(0, 80))}`, {
    code: "ERROR_CODE_UNKNOWN",
    hint: "docs/errors.md has all of them",
  });
}
