import { getBond } from "@pleiad/sdk/actions/getBond";
import { getPaidFeedbackSummary } from "@pleiad/sdk/actions/getPaidFeedbackSummary";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { FeedbackSummary } from "@pleiad/sdk/types/feedback";
import { formatUnits, type PublicClient, zeroHash } from "viem";
import type { z } from "zod";
import { mapParallel } from "../../chain/parallel.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { ServingPlace } from "../../chain/state.ts";
import type { HeadCache } from "./headCache.ts";
import { BESIDE_ROWS_MAX, CHAIN_READS_AT_ONCE_MAX, FEEDBACK_AGENTS_OF_MODEL_MAX } from "./limits.ts";
import type {
  agentSchema,
  feedbackAnswerSchema,
  feedbackQuery,
  modelSchema,
  nodeSchema,
} from "./viewSchemas.ts";

type NodeAnswer = z.output<typeof nodeSchema>;
type FeedbackAnswer = z.output<typeof feedbackAnswerSchema>;
type Feedback = FeedbackAnswer["feedback"][number];

/** Decimals of a mean that a person reads. */
const MEAN_DECIMALS = 1;

/** Nodes, models and agents of the network one by one, with what this daemon saw of them and what others say. */
export function createNetworkReads(
  options: { readonly deployment: Deployment },
  modules: {
    readonly projection: ProjectionReader;
    readonly client: PublicClient;
    readonly cache: HeadCache;
    /** This daemon's node; undefined while it starts. */
    readonly self: () => bigint | undefined;
    /** Milliseconds since a node's last sign of life; undefined for one that is not up. */
    readonly silentMs: (node: bigint) => number | undefined;
  },
) {
  const { deployment } = options;
  const { projection, client, cache, self, silentMs } = modules;
  const { reputationRegistry, nodeBonds } = deployment;

  /** What came of the node in the executions that are remembered: a walk over at most as many as the projection keeps. */
  function seenOf(node: bigint): NodeAnswer["seen"] {
    const records = [...projection.runningExecutions(), ...projection.endedExecutions()];
    const seen = { answered: 0, agreed: 0, failed: 0, executions: records.length };
    let lastAt: bigint | null = null;
    for (const { completions, seconds, failures } of records) {
      for (const { node: by, place } of completions.values()) {
        if (by !== node) continue;
        seen.answered += 1;
        if (lastAt === null || place.timestamp > lastAt) lastAt = place.timestamp;
      }
      for (const nodes of seconds.values()) if (nodes.includes(node)) seen.agreed += 1;
      for (const nodes of failures.values()) if (nodes.includes(node)) seen.failed += 1;
    }
    return { ...seen, lastAt: lastAt === null ? null : String(lastAt) };
  }

  async function bondOf(node: bigint): Promise<Pick<NodeAnswer, "bond" | "bondError">> {
    if (nodeBonds === undefined) return { bond: null, bondError: null };
    try {
      const read = await cache.get(`bond ${node}`, () =>
        getBond(client, { deployment: { ...deployment, nodeBonds }, node }),
      );
      const { bondedWei, unbondingWei, releasesAt, equivocations } = read;
      const bond = {
        bondedWei: String(bondedWei),
        unbondingWei: String(unbondingWei),
        releasesAt: releasesAt === 0n ? null : String(releasesAt),
        equivocations: String(equivocations),
      };
      return { bond, bondError: null };
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      return { bond: null, bondError: error.message };
    }
  }

  function summaryOf(agent: bigint): Promise<FeedbackSummary> {
    if (reputationRegistry === undefined) return Promise.resolve({ count: 0n, value: 0n, decimals: 0 });
    const given = { deployment: { ...deployment, reputationRegistry }, agent };
    const head = projection.head();
    const at = head === undefined ? undefined : { blockNumber: head.number };
    return cache.get(`feedback ${agent}`, () => getPaidFeedbackSummary(client, { ...given, at }));
  }

  /** Of a model: of the agents on it together. */
  async function feedbackOf(of: "agent" | "model", ids: readonly string[]): Promise<Feedback[]> {
    const all = projection.agents();
    const agentsOf = (id: string): readonly bigint[] => {
      if (of === "agent") return [BigInt(id)];
      const on = all.filter(({ model }) => String(model) === id);
      return on.slice(0, FEEDBACK_AGENTS_OF_MODEL_MAX).map(({ agent }) => agent);
    };
    const wanted = ids.map((id) => ({ id, agents: agentsOf(id) }));
    const agents = [...new Set(wanted.flatMap((one) => one.agents))];
    const summaries = await mapParallel(agents, CHAIN_READS_AT_ONCE_MAX, summaryOf);
    const byAgent = new Map(agents.map((agent, index) => [agent, summaries[index]]));
    return wanted.map((one) =>
      sumOf(
        one.id,
        one.agents.flatMap((agent) => byAgent.get(agent) ?? []),
      ),
    );
  }

  function clusterOf(id: bigint): { readonly cluster: string | null; readonly clusterName: string | null } {
    if (id === 0n) return { cluster: null, clusterName: null };
    return { cluster: String(id), clusterName: projection.cluster(id)?.name ?? null };
  }

  return {
    async node(id: bigint): Promise<NodeAnswer> {
      const state = projection.node(id);
      if (state === undefined) throw unknownThing("NODE_UNKNOWN", `there is no node ${id}`);
      const serving = projection.models().flatMap((model) => {
        const place = model.places.find(({ node }) => node === id);
        return place === undefined ? [] : [{ model, place }];
      });
      return {
        node: String(id),
        owner: state.owner,
        key: state.key,
        status: state.status,
        registeredAt: String(state.registeredAt),
        metadataURI: state.metadataURI,
        metadataDigest: state.metadataDigest === zeroHash ? null : state.metadataDigest,
        isThis: self() === id,
        silentMs: self() === id ? 0 : (silentMs(id) ?? null),
        serves: serving.slice(0, BESIDE_ROWS_MAX).map(({ model, place }) => ({
          ...placeRowOf(place),
          model: String(model.model),
          name: model.name,
          priceWei: String(model.priceWei),
          currency: model.currency,
          nodeShareBps: model.nodeShareBps,
        })),
        seen: seenOf(id),
        ...(await bondOf(id)),
      };
    },
    model(id: bigint): z.output<typeof modelSchema> {
      const state = projection.model(id);
      if (state === undefined) throw unknownThing("MODEL_UNKNOWN", `there is no model ${id}`);
      const agents = projection.agents().filter(({ model }) => model === id);
      return {
        model: String(id),
        owner: state.owner,
        name: state.name,
        currency: state.currency,
        priceWei: String(state.priceWei),
        nodeShareBps: state.nodeShareBps,
        open: state.open,
        places: state.places.map((place) => {
          const node = projection.node(place.node);
          return {
            ...placeRowOf(place),
            node: String(place.node),
            owner: node?.owner ?? null,
            status: node?.status ?? null,
          };
        }),
        agents: agents
          .slice(0, BESIDE_ROWS_MAX)
          .map(({ agent, owner, cluster }) => ({ agent: String(agent), owner, ...clusterOf(cluster) })),
        agentsTotal: agents.length,
      };
    },
    agent(id: bigint): z.output<typeof agentSchema> {
      const state = projection.agent(id);
      if (state === undefined) throw unknownThing("AGENT_UNKNOWN", `there is no agent ${id}`);
      const { owner, uri, model, cluster } = state;
      const member = projection.cluster(cluster)?.agents.find(({ agent }) => agent === id);
      return {
        agent: String(id),
        owner,
        uri,
        model: model === 0n ? null : String(model),
        modelName: projection.model(model)?.name ?? null,
        ...clusterOf(cluster),
        nameInCluster: member?.name ?? null,
      };
    },
    async feedback({ of, ids }: z.output<typeof feedbackQuery>): Promise<FeedbackAnswer> {
      const head = projection.head();
      const told = {
        isKept: reputationRegistry !== undefined,
        block: head === undefined ? null : String(head.number),
      };
      try {
        return { ...told, feedback: await feedbackOf(of, [...new Set(ids.split(","))]), error: null };
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        return { ...told, feedback: [], error: error.message };
      }
    },
  };
}

export type NetworkReads = ReturnType<typeof createNetworkReads>;

function placeRowOf({ joinedAt, leftAt, active }: ServingPlace) {
  return { joinedAt: String(joinedAt), leftAt: leftAt === null ? null : String(leftAt), active };
}

/** Counts and means together: each rating weighs the same. */
function sumOf(id: string, summaries: readonly FeedbackSummary[]): Feedback {
  let count = 0;
  let sum = 0;
  for (const { count: ratings, value, decimals } of summaries) {
    count += Number(ratings);
    sum += Number(ratings) * Number(formatUnits(value, decimals));
  }
  return { id, count, mean: count === 0 ? null : (sum / count).toFixed(MEAN_DECIMALS) };
}

function unknownThing(
  code: "NODE_UNKNOWN" | "MODEL_UNKNOWN" | "AGENT_UNKNOWN",
  message: string,
): PleiadError {
  return new PleiadError(message, {
    code,
    hint: "the chain may have been begun anew; the lists of the network show what there is",
  });
}
