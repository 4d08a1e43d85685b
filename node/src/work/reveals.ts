import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Address } from "viem";
import type { Clock } from "../chain/clock.ts";
import { commitmentOf, commitmentTypedData } from "../chain/commitment.ts";
import type { Signer } from "../chain/signer.ts";
import type { Heard } from "./heardBook.ts";
import type { ChainView, ExecutionFacts, Gossip, SignedMessage, VersionFacts } from "./ports.ts";
import { retryDelayMs } from "./retries.ts";

export interface RevealsOptions {
  readonly node: bigint;
  readonly chainId: number;
  /** Address of `ClusterExecutions`. */
  readonly contract: Address;
}

export interface RevealsModules {
  readonly chain: Pick<ChainView, "rankOf" | "ownerOf">;
  readonly gossip: Pick<Gossip, "commit" | "committed">;
  readonly signer: Pick<Signer, "signTypedData">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asks for a look at an execution: now, or after so many milliseconds. */
  readonly wake: (execution: bigint, delayMs?: number) => void;
  /** Hands an answer to the peers. */
  readonly publish: (message: SignedMessage) => void;
}

/**
 * This node's answers to tasks on which nodes must agree, from the signature until the peers may see them: whoever shows an
 * answer first can be copied. A node first says that it has one (a commitment), and shows it once enough others have
 * said the same, or half a window later, as some may have missed a commitment or never make one.
 */
export interface Reveals {
  /** Keeps an answer back; what becomes of it is for the next look to say. */
  hold(message: SignedMessage): void;
  /** Commits to what is held of an execution, and shows what may be seen. */
  look(facts: ExecutionFacts, version: VersionFacts, heardOf: (task: number) => readonly Heard[]): void;
  /** Whether peers must not see a message yet. */
  isHeld(message: SignedMessage): boolean;
  forget(execution: bigint): void;
}

interface Held {
  readonly message: SignedMessage;
  /** Undefined until the commitment is on its way. */
  committedAtMs: number | undefined;
  isCommitting: boolean;
  failures: number;
}

export function createReveals(options: RevealsOptions, modules: RevealsModules): Reveals {
  const { chain, gossip, signer, clock, logger, wake, publish } = modules;
  /** By execution, and by what names an answer. One node has at most one for each task and context. */
  const held = new Map<bigint, Map<string, Held>>();

  async function commit(one: Held): Promise<void> {
    const { cluster, completion } = one.message;
    const { execution, task, contextHash, node } = completion;
    one.isCommitting = true;
    try {
      const commitment = { execution, task, contextHash, commitment: commitmentOf(one.message), node };
      const { chainId, contract: clusterExecutions } = options;
      const typedData = commitmentTypedData(commitment, { chainId, clusterExecutions });
      const signature = await signer.signTypedData(typedData);
      await gossip.commit({ ...commitment, cluster, signature });
      one.committedAtMs = clock.monotonicMs();
      wake(execution);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      one.failures += 1;
      const delayMs = retryDelayMs(one.failures);
      logger.warn(
        { execution, task, code: error.code, reason: error.message, delayMs },
        "could not commit to an answer",
      );
      wake(execution, delayMs);
    } finally {
      one.isCommitting = false;
    }
  }

  /** Owners of other nodes that may answer and have said that they have an answer, or have shown it. */
  function othersOf(
    { message }: Held,
    facts: ExecutionFacts,
    version: VersionFacts,
    heard: readonly Heard[],
  ): number {
    const { execution, task, contextHash } = message.completion;
    const model = version.tasks[task]?.model ?? 0n;
    const shown = heard.filter((one) => one.contextHash === contextHash).map(({ node }) => node);
    const own = chain.ownerOf(options.node)?.toLowerCase();
    const owners = new Set<string>();
    for (const node of [...gossip.committed({ execution, task, contextHash }), ...shown]) {
      const owner = chain.ownerOf(node)?.toLowerCase();
      const mayAnswer = node !== options.node && chain.rankOf(facts.id, task, model, node) !== undefined;
      if (mayAnswer && owner !== undefined && owner !== own) owners.add(owner);
    }
    return owners.size;
  }

  return {
    hold(message) {
      const { execution } = message.completion;
      const ofExecution = held.get(execution) ?? new Map<string, Held>();
      const one = { message, committedAtMs: undefined, isCommitting: false, failures: 0 };
      held.set(execution, ofExecution.set(nameOf(message), one));
      wake(execution);
    },
    look(facts, version, heardOf) {
      const ofExecution = held.get(facts.id) ?? new Map<string, Held>();
      for (const [name, one] of ofExecution) {
        const { task } = one.message.completion;
        const quorum = version.tasks[task]?.quorum ?? 1;
        const isEnough = quorum <= 1;
        if (!isEnough && one.committedAtMs === undefined) {
          if (!one.isCommitting) void commit(one);
          continue;
        }
        const waitedMs = clock.monotonicMs() - (one.committedAtMs ?? 0);
        const restMs = Number(version.windowSeconds) * 500 - waitedMs;
        if (!isEnough && restMs > 0 && othersOf(one, facts, version, heardOf(task)) < quorum - 1) {
          wake(facts.id, restMs);
          continue;
        }
        ofExecution.delete(name);
        publish(one.message);
      }
      if (ofExecution.size === 0) held.delete(facts.id);
    },
    isHeld: (message) => held.get(message.completion.execution)?.has(nameOf(message)) === true,
    forget: (execution) => void held.delete(execution),
  };
}

function nameOf({ completion: { task, node, contextHash, outputDigest } }: SignedMessage): string {
  return `${task}:${node}:${contextHash}:${outputDigest}`;
}
