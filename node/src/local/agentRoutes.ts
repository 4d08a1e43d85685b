import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Address } from "viem";
import { z } from "zod";
import type { ApprovedBy } from "../agents/approvals/types.ts";
import { AgentError } from "../agents/errors.ts";
import { SUM_KINDS, type UsageRow } from "../agents/money/types.ts";
import { ANYBODY_ACTS, ANYBODY_VIEWS } from "../api/access.ts";
import { toJson } from "../api/json.ts";
import type { Authenticate } from "../workspace/face/speaker.ts";
import { bearerOf, refusalOf } from "../workspace/http/refusal.ts";
import type { AgentBooks } from "./wiring/openAgentBooks.ts";

export const USAGE_PATH = "/usage";
export const APPROVALS_PATH = "/approvals";

/** Turns and questions that one answer shows at most. */
const ROWS_SHOWN_MAX = 1_000;
const ROWS_SHOWN_DEFAULT = 100;
/** An option's id and what stands around it. */
const BODY_BYTES_MAX = 4_096;

const querySchema = z.object({
  limit: z.coerce.number().int().min(0).max(ROWS_SHOWN_MAX).default(ROWS_SHOWN_DEFAULT),
});
const answerSchema = z.strictObject({ option: z.string().nullable() });

/** Who may look and answer: the operator everywhere, or in one cluster; a cluster's owner in that one. Never an agent. */
interface Person {
  readonly by: ApprovedBy;
  /** Undefined: all of them. */
  readonly cluster: bigint | undefined;
}

/** Adds what agents spent and asked to the daemon's API: for people, by the tokens of the workspace. */
export function mountAgentBooks(
  app: FastifyInstance,
  modules: {
    readonly books: Pick<AgentBooks, "approvals" | "usage" | "rules">;
    readonly authenticate: Authenticate;
    readonly ownerOf: (cluster: bigint) => Address | undefined;
    readonly logger: Logger;
  },
): void {
  const { books, authenticate, ownerOf, logger } = modules;
  const { approvals, usage, rules } = books;

  /** @throws PleiadError TOKEN_WRONG, APPROVAL_NOT_YOURS */
  async function personOf(request: FastifyRequest): Promise<Person> {
    const { credential } = await authenticate(bearerOf(request));
    if (credential.kind === "node") return { by: { kind: "operator" }, cluster: credential.cluster };
    if (credential.kind === "user") {
      const { cluster, user } = credential;
      if (ownerOf(cluster)?.toLowerCase() === user.toLowerCase())
        return { by: { kind: "owner", user: user.toLowerCase() }, cluster };
    }
    throw notYours();
  }
  const sees = (person: Person, row: { readonly cluster: bigint | undefined }) =>
    person.cluster === undefined || row.cluster === person.cluster;

  // Who asks is looked at before a body is read.
  const people = new WeakMap<FastifyRequest, Person>();
  app.addHook("onRequest", async (request) => void people.set(request, await personOf(request)));
  const person = (request: FastifyRequest): Person => {
    const found = people.get(request);
    if (found === undefined) throw new Error("a request came past the check of its token");
    return found;
  };
  const limitOf = (request: FastifyRequest): number => {
    const parsed = querySchema.safeParse(request.query);
    return parsed.success ? parsed.data.limit : ROWS_SHOWN_DEFAULT;
  };

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof PleiadError) {
      const { status, body, headers } = refusalOf(error);
      const { statusCode = status } = error as { readonly statusCode?: number };
      return reply.code(statusCode).headers(headers).send(body);
    }
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).send({ code: "FACE_BODY_INVALID", message: error.message });
    logger.error({ err: error }, "a request met a bug");
    return reply.code(500).send({ code: "API_INTERNAL", message: "the daemon has a bug; see its log" });
  });

  app.get(USAGE_PATH, { config: { access: ANYBODY_VIEWS } }, async (request, reply) => {
    const asks = person(request);
    const rows = await usage.rows(ROWS_SHOWN_MAX);
    const seen = rows.filter((row) => sees(asks, row));
    const all = await Promise.all(SUM_KINDS.map(async (kind) => [kind, await usage.sums(kind)] as const));
    // Of who sees one cluster, the sums of others are nobody's.
    const sums = all.map(([kind, found]) => [
      kind,
      asks.cluster === undefined
        ? found
        : found.filter(({ key }) => kind === "cluster" && key === String(asks.cluster)),
    ]);
    const answer = {
      ...Object.fromEntries(sums),
      task: tasksOf(seen),
      turns: seen.slice(0, limitOf(request)),
    };
    return reply.type("application/json").send(toJson(answer));
  });
  app.get(APPROVALS_PATH, { config: { access: ANYBODY_VIEWS } }, async (request, reply) => {
    const asks = person(request);
    const [waiting, ended, remembered] = await Promise.all([
      approvals.waiting(),
      approvals.ended(limitOf(request)),
      approvals.remembered(),
    ]);
    const own = <T extends { readonly cluster: bigint | undefined }>(rows: readonly T[]) =>
      rows.filter((row) => sees(asks, row));
    const answer = {
      waiting: own(waiting),
      ended: own(ended),
      remembered: own(remembered),
      rules: asks.cluster === undefined ? rules : [],
    };
    return reply.type("application/json").send(toJson(answer));
  });
  const acts = { config: { access: ANYBODY_ACTS } };
  app.post(`${APPROVALS_PATH}/:id`, { ...acts, bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const asks = person(request);
    const { id } = request.params as { readonly id: string };
    const parsed = answerSchema.safeParse(request.body);
    if (!parsed.success) {
      throw new AgentError(
        "APPROVAL_OPTION_UNKNOWN",
        'an answer is {"option": ID}, or {"option": null} for none',
        {
          details: { id },
        },
      );
    }
    // What is another cluster's is answered as if it were not there.
    const row = await approvals.get(id);
    if (row !== undefined && !sees(asks, row)) throw notYours();
    const ended = await approvals.answer(id, parsed.data.option ?? undefined, asks.by);
    return reply.type("application/json").send(toJson(ended));
  });
  app.delete(`${APPROVALS_PATH}/remembered/:id`, acts, async (request) => {
    const asks = person(request);
    const { id } = request.params as { readonly id: string };
    const found = (await approvals.remembered()).find((one) => one.id === id);
    if (found !== undefined && !sees(asks, found)) throw notYours();
    await approvals.revoke(id);
    return { revoked: id };
  });
}

const NOTHING_USED = { turns: 0, unknownTurns: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0 };

/** Sums of the tasks among turns that are still kept, the latest task first. */
function tasksOf(rows: readonly UsageRow[]): readonly object[] {
  const tasks = new Map<
    string,
    {
      turns: number;
      unknownTurns: number;
      inputTokens: number;
      outputTokens: number;
      cachedTokens: number;
      micros: Record<string, bigint>;
    }
  >();
  for (const row of rows) {
    if (row.task === undefined) continue;
    const key = `${row.task.execution}/${row.task.index}`;
    const sum = tasks.get(key) ?? { ...NOTHING_USED, micros: {} };
    sum.turns += 1;
    sum.unknownTurns += row.isWhole ? 0 : 1;
    sum.inputTokens += row.inputTokens ?? 0;
    sum.outputTokens += row.outputTokens ?? 0;
    sum.cachedTokens += row.cachedTokens ?? 0;
    const { charge } = row;
    if (charge !== undefined)
      sum.micros[charge.currency] = (sum.micros[charge.currency] ?? 0n) + charge.micros;
    tasks.set(key, sum);
  }
  return [...tasks].map(([key, sum]) => ({ kind: "task", key, ...sum }));
}

function notYours(): AgentError {
  return new AgentError(
    "APPROVAL_NOT_YOURS",
    "what agents spend and ask is for the operator and the cluster's owner",
  );
}
