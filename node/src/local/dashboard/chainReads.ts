import { PleiadError } from "@pleiad/sdk/errors";
import type { z } from "zod";
import type { ChainPlace, ClusterState, ExecutionRecord } from "../../chain/state.ts";
import { versionYaml } from "../manager/versionWriter.ts";
import type { FollowedChain } from "../wiring/followChain.ts";
import { executionStory } from "./executionStory.ts";
import { found, pageOf } from "./paging.ts";
import { clusterRow, type Depths, executionRow, runningByCluster } from "./rows.ts";
import type {
  agentsSchema,
  clusterSchema,
  clustersSchema,
  ExecutionStory,
  executionsQuery,
  executionsSchema,
  modelsSchema,
  nodesSchema,
  pageQuery,
  versionSchema,
} from "./schemas.ts";
import type { ExecutionCosts, versionFileSchema, versionsQuery, versionsSchema } from "./viewSchemas.ts";

type Page = z.output<typeof pageQuery>;

export type ChainSource = Pick<FollowedChain, "projection" | "versions" | "isSettled">;

/** What is told beside the chain's state. */
export interface BesideChain {
  readonly costs: (record: ExecutionRecord) => Promise<ExecutionCosts>;
  readonly versionsOf: (
    state: ClusterState,
    query: z.output<typeof versionsQuery>,
  ) => Promise<z.output<typeof versionsSchema>>;
  /** Null where there is no network. */
  readonly gossip: (execution: bigint) => ExecutionStory["gossip"];
  readonly takenBack: (execution: bigint) => ExecutionStory["takenBack"];
}

/** The chain's state as this daemon follows it, in the page's words. Lists are pages; nothing asks the chain but a version that was never read. */
export function createChainReads(
  options: { readonly finalDepth: number },
  { projection, versions, isSettled }: ChainSource,
  beside: BesideChain,
) {
  const modules = { projection, versions };
  const depths: Depths = {
    isSettled,
    isFinal(place: ChainPlace) {
      const head = projection.head();
      return (
        head !== undefined &&
        head.number >= place.blockNumber + BigInt(options.finalDepth) &&
        isSettled(place)
      );
    },
  };
  const clusterOf = (id: bigint) => {
    const found = projection.cluster(id);
    if (found === undefined) throw unknown("CLUSTER_UNKNOWN", `there is no cluster ${id}`);
    return found;
  };

  const placeInCluster = (agent: bigint, id: bigint) => {
    const cluster = id === 0n ? undefined : projection.cluster(id);
    const member = cluster?.agents.find((one) => one.agent === agent);
    return { name: member?.name ?? null, clusterName: cluster?.name ?? null };
  };

  const executionOf = (id: bigint) => {
    const record = projection.execution(id);
    if (record !== undefined) return record;
    const [last] = beside.takenBack(id);
    throw last === undefined
      ? unknown("EXECUTION_UNKNOWN", `this node knows no execution ${id}`)
      : takenBack(id, last);
  };

  return {
    clusters(query: Page): z.output<typeof clustersSchema> {
      const all = found(projection.clusters(), query.q, ({ cluster, name, slug, owner }) => [
        cluster,
        name,
        slug,
        owner,
      ]);
      const { rows, next } = pageOf(all, ({ cluster }) => cluster, query);
      const running = runningByCluster(projection);
      return { clusters: rows.map((row) => clusterRow(row, running)), total: all.length, next };
    },
    cluster(id: bigint): z.output<typeof clusterSchema> {
      const state = clusterOf(id);
      return {
        ...clusterRow(state, runningByCluster(projection)),
        members: state.agents.map(({ agent, name }) => {
          const known = projection.agent(agent);
          const model = known === undefined || known.model === 0n ? null : String(known.model);
          return { agent: String(agent), name, owner: known?.owner ?? null, model };
        }),
        published: state.versions
          .map(({ version, digest, code }) => ({ version: String(version), digest, code }))
          .reverse(),
      };
    },
    async version(cluster: bigint, version: bigint): Promise<z.output<typeof versionSchema>> {
      clusterOf(cluster);
      const read = await versions.get(cluster, version);
      return {
        cluster: String(cluster),
        version: String(version),
        digest: read.digest,
        name: read.name,
        slug: read.slug,
        description: read.description,
        windowSeconds: read.windowSeconds,
        feeWei: String(read.feeWei),
        quoteWei: String(read.quoteWei),
        currency: read.currency,
        attempts: read.attempts,
        inputs: [...read.inputs],
        agents: read.agents.map(({ agent, name, role, goal, backstory }) => ({
          agent: String(agent),
          name,
          role,
          goal,
          backstory,
        })),
        tasks: read.tasks.map((task) => ({
          task: task.task,
          name: task.name,
          prompt: task.prompt,
          tool: task.tool,
          agentIndex: task.agentIndex,
          model: String(task.model),
          modelName: projection.model(task.model)?.name ?? null,
          priceWei: String(task.priceWei),
          nodeShareBps: task.nodeShareBps,
          dependsOn: [...task.dependsOn],
          quorum: task.quorum,
        })),
      };
    },
    async versionFile(cluster: bigint, version: bigint): Promise<z.output<typeof versionFileSchema>> {
      clusterOf(cluster);
      return { yaml: versionYaml(await versions.get(cluster, version)) };
    },
    executions(query: z.output<typeof executionsQuery>): z.output<typeof executionsSchema> {
      const ended = projection.endedExecutions();
      const all = [
        ...(query.state === "ended" ? [] : projection.runningExecutions()),
        ...(query.state === "running" ? [] : ended),
      ].filter(({ cluster }) => query.cluster === undefined || String(cluster) === query.cluster);
      const wanted = found(all, query.q, ({ execution, requester, cluster, state }) => [
        execution,
        requester,
        state,
        projection.cluster(cluster)?.name ?? "",
      ]);
      const { rows, next } = pageOf(wanted, ({ execution }) => execution, query);
      return { executions: rows.map((row) => executionRow(row, modules)), next, remembered: ended.length };
    },
    async execution(id: bigint): Promise<ExecutionStory> {
      const story = await executionStory(executionOf(id), { ...modules, depths });
      return { ...story, gossip: beside.gossip(id), takenBack: beside.takenBack(id) };
    },
    costs: async (id: bigint): Promise<ExecutionCosts> => beside.costs(executionOf(id)),
    versionsOf: async (id: bigint, query: z.output<typeof versionsQuery>) =>
      beside.versionsOf(clusterOf(id), query),
    nodes(query: Page): z.output<typeof nodesSchema> {
      const all = found(projection.nodes(), query.q, ({ node, owner, key, status }) => [
        node,
        owner,
        key,
        status,
      ]);
      const { rows, next } = pageOf(all, ({ node }) => node, query);
      const models = projection.models();
      return {
        nodes: rows.map(({ node, owner, key, status, metadataURI }) => ({
          node: String(node),
          owner,
          key,
          status,
          metadataURI,
          models: models
            .filter(({ places }) => places.some((place) => place.node === node && place.active))
            .map(({ model }) => String(model)),
        })),
        total: all.length,
        next,
      };
    },
    models(query: Page): z.output<typeof modelsSchema> {
      const all = found(projection.models(), query.q, ({ model, owner, name }) => [model, owner, name]);
      const { rows, next } = pageOf(all, ({ model }) => model, query);
      return {
        models: rows.map(({ model, owner, name, currency, priceWei, nodeShareBps, open, places }) => ({
          model: String(model),
          owner,
          name,
          currency,
          priceWei: String(priceWei),
          nodeShareBps,
          open,
          nodes: places.filter(({ active }) => active).map(({ node }) => String(node)),
        })),
        total: all.length,
        next,
      };
    },
    agents(query: Page): z.output<typeof agentsSchema> {
      const all = found(projection.agents(), query.q, ({ agent, owner, uri }) => [agent, owner, uri]);
      const { rows, next } = pageOf(all, ({ agent }) => agent, query);
      return {
        agents: rows.map(({ agent, owner, model, cluster, uri }) => ({
          agent: String(agent),
          owner,
          model: model === 0n ? null : String(model),
          cluster: cluster === 0n ? null : String(cluster),
          ...placeInCluster(agent, cluster),
          uri,
        })),
        total: all.length,
        next,
      };
    },
  };
}

export type ChainReads = ReturnType<typeof createChainReads>;

function takenBack(id: bigint, { wasIn, atMs }: ExecutionStory["takenBack"][number]): PleiadError {
  const at = new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
  return new PleiadError(
    `execution ${id} was in block ${wasIn.blockNumber}, which the chain took back at ${at} UTC; it is in no block now`,
    {
      code: "EXECUTION_TAKEN_BACK",
      hint: "its transaction may be mined again: this page shows it once it is",
    },
  );
}

function unknown(code: "CLUSTER_UNKNOWN" | "EXECUTION_UNKNOWN", message: string): PleiadError {
  return new PleiadError(message, {
    code,
    hint:
      code === "EXECUTION_UNKNOWN"
        ? "it may have ended long ago, or the chain was begun anew; pleiad execution show asks the chain"
        : "the chain may have been begun anew; the list of clusters shows those that there are",
  });
}
