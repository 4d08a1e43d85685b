import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import type { Address, Hex } from "viem";
import { type Journal, OUTPUT_INLINE_BYTES_MAX } from "../chain/journal.ts";
import { createRemembered } from "../chain/remembered.ts";
import type { BlobFetches } from "./blobFetches.ts";
import type { Heard, HeardBook } from "./heardBook.ts";
import { type Plan, planExecution, type RunnableTask } from "./plan.ts";
import type { Answerer, ChainView, ExecutionFacts, Gossip, VersionFacts } from "./ports.ts";
import { asksForSize, REFUSE_NOTHING, type RefusalPolicy, refusalOf } from "./refusals.ts";
import { beforeGap, type TaskWait, withoutPeers } from "./waits.ts";

/** Context hashes that are asked for again with every look: five thousand runs of three tasks. */
export const CONTEXTS_REMEMBERED_MAX = 16_384;

export interface PlannerOptions {
  readonly node: bigint;
  readonly chainId: number;
  /** Address of `ClusterExecutions`. */
  readonly contract: Address;
  /** What this node does not work for. @default it takes whatever it can answer */
  readonly refusals?: RefusalPolicy;
}

export interface PlannerModules {
  readonly chain: ChainView;
  readonly journal: Pick<Journal, "signings">;
  readonly gossip: Pick<Gossip, "enabled">;
  readonly answerer: Pick<Answerer, "canAnswer">;
  readonly heard: Pick<HeardBook, "of" | "noteOutput" | "refuse">;
  readonly fetches: Pick<BlobFetches, "want">;
}

/** What this node does about one execution, and what it leaves and why. */
export interface WorkablePlan {
  readonly plan: Plan<Heard>;
  readonly held: readonly TaskWait[];
}

/** Makes plans (`planExecution`) of what the chain, the journal and the peers say, and cuts them to what this node may and wants to do. */
export interface Planner {
  /** Which contexts of an execution this node may sign for, after a gap in its memory. */
  signable(facts: ExecutionFacts, version: VersionFacts): Promise<(run: RunnableTask) => boolean>;
  plan(facts: ExecutionFacts, version: VersionFacts, maySign: (run: RunnableTask) => boolean): WorkablePlan;
  /** Gets what is not here and will be needed. */
  fetchBlobs(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>): void;
  forget(execution: bigint): void;
}

export function createPlanner(options: PlannerOptions, modules: PlannerModules): Planner {
  const { chain, journal, gossip, heard, fetches } = modules;
  const { refusals: policy = REFUSE_NOTHING } = options;
  const contexts = createRemembered<Hex>({ entriesMax: CONTEXTS_REMEMBERED_MAX });
  /** Bytes of inputs that are not inline, as far as they matter and are here, by execution. */
  const inputBytes = new Map<bigint, number>();

  function contextOf(
    { inputDigest }: ExecutionFacts,
    { digest: versionDigest }: VersionFacts,
    task: number,
    dependencyDigests: readonly Hex[],
  ): Hex {
    const key = [versionDigest, task, inputDigest, ...dependencyDigests].join();
    return contexts.of(key, () => contextHashOf({ versionDigest, task, inputDigest, dependencyDigests }));
  }

  function planFor(facts: ExecutionFacts, version: VersionFacts): Plan<Heard> {
    const completed = new Map([...facts.completed].map(([task, accepted]) => [task, accepted.outputDigest]));
    return planExecution<Heard>({
      execution: {
        id: facts.id,
        deadline: facts.deadline,
        readyAt: facts.readyAt,
        windowSeconds: version.windowSeconds,
        dependsOn: version.tasks.map((task) => task.dependsOn),
        quorums: version.tasks.map((task) => task.quorum ?? 1),
        completed,
      },
      chainNow: chain.now(),
      self: options.node,
      canRun: (task) => {
        const model = version.tasks[task]?.model;
        return model !== undefined && modules.answerer.canAnswer(model);
      },
      rankOf: (task, node) => chain.rankOf(facts.id, task, version.tasks[task]?.model ?? 0n, node),
      ownerOf: (node) => chain.ownerOf(node),
      contextOf: (task, dependencyDigests) => contextOf(facts, version, task, dependencyDigests),
      heardOf: (task) => heard.of(facts.id, task),
    });
  }

  /**
   * Which contexts of an execution this node may sign for, after a gap in its memory: none, or those on record. What comes
   * up only after this was asked is for the next look.
   */
  async function signable(
    facts: ExecutionFacts,
    version: VersionFacts,
  ): Promise<(run: RunnableTask) => boolean> {
    const { id, createdAt } = facts;
    const barrier = await journal.signings.barrierOf({ execution: id, createdAt });
    if (barrier === "none") return () => true;
    const recorded = new Set<string>();
    if (barrier === "unrecorded") {
      const { chainId, contract } = options;
      for (const { task, contextHash } of planFor(facts, version).run) {
        const context = { chainId, contract, execution: id, task, contextHash };
        if ((await journal.signings.digestOf(context)) !== undefined) recorded.add(contextHash);
      }
    }
    return ({ contextHash }) => recorded.has(contextHash);
  }

  /**
   * What of a plan this node does: it leaves out what it may not sign for, what it does not take, and, without peers, a
   * task on which nodes must agree, as nobody hears it agree, nor it them. It says why of each.
   */
  function workable(
    facts: ExecutionFacts,
    version: VersionFacts,
    plan: Plan<Heard>,
    maySign: (run: RunnableTask) => boolean,
  ): WorkablePlan {
    const refusals = refusalsOf(facts, version);
    const isRefused = ({ task }: RunnableTask) => refusals.some((refusal) => refusal.task === task);
    const isAlone = ({ task }: RunnableTask) => !gossip.enabled && (version.tasks[task]?.quorum ?? 1) > 1;
    const wanted = plan.run.filter((run) => !isRefused(run));
    const barred = wanted.filter((run) => !maySign(run)).map((run) => beforeGap(facts.id, run));
    const alone = wanted.filter((run) => maySign(run) && isAlone(run)).map(withoutPeers);
    // As long as nobody knows how large the input is, it may be one that is refused.
    const isSizeKnown = !asksForSize(policy) || sizeOfInput(facts) !== undefined;
    const run = isSizeKnown ? wanted.filter((one) => maySign(one) && !isAlone(one)) : [];
    return { plan: { ...plan, run }, held: [...refusals, ...barred, ...alone] };
  }

  /** Why this node does not take tasks that it could answer, now or later. */
  function refusalsOf(facts: ExecutionFacts, version: VersionFacts) {
    return version.tasks.flatMap(({ model }, task) => {
      if (facts.completed.has(task) || !modules.answerer.canAnswer(model)) return [];
      const refusal = refusalOf(policy, facts, version, task, sizeOfInput(facts));
      // Whether it could answer at all is asked last: that is what takes time, and mostly nothing is refused.
      if (refusal === undefined || chain.rankOf(facts.id, task, model, options.node) === undefined) return [];
      return refusal;
    });
  }

  function sizeOfInput({ id, input }: ExecutionFacts): number | undefined {
    return input?.length ?? inputBytes.get(id);
  }

  /**
   * Gets an input that is not inline before its turn comes, as whoever has it now may be gone when a step-in needs it;
   * and outputs, whose completions count once they are here.
   */
  function fetchBlobs(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>): void {
    const takesOne = version.tasks.some(
      ({ model }, task) =>
        modules.answerer.canAnswer(model) &&
        refusalOf(policy, facts, version, task, sizeOfInput(facts)) === undefined,
    );
    if (takesOne && !asksForSize(policy) && facts.input === undefined)
      fetches.want(facts.id, facts.inputDigest);
    else if (takesOne && sizeOfInput(facts) === undefined) {
      fetches.want(facts.id, facts.inputDigest, (bytes) => void inputBytes.set(facts.id, bytes.length));
    }
    for (const completion of plan.missing) {
      fetches.want(facts.id, completion.outputDigest, (bytes) => {
        // One that could never be settled is as good as none.
        const isTooLarge = bytes.length > OUTPUT_INLINE_BYTES_MAX && !facts.outputsByReference;
        if (bytes.length === 0 || isTooLarge) heard.refuse(completion);
        else heard.noteOutput(completion);
      });
    }
  }

  return {
    signable,
    plan: (facts, version, maySign) => workable(facts, version, planFor(facts, version), maySign),
    fetchBlobs,
    forget: (execution) => void inputBytes.delete(execution),
  };
}
