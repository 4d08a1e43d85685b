import type { Journal } from "../chain/journal.ts";
import type { ChainView, ExecutionFacts } from "./ports.ts";

/**
 * Brings the journal's jobs in line with the chain: what was accepted is mined and, at depth, final; what somebody
 * else answered or what ended is dropped, with the reason.
 */
export async function reconcileJobs(chain: ChainView, journal: Journal, node: bigint): Promise<void> {
  for (const job of await journal.jobs.live()) {
    const facts = chain.execution(job.execution);
    // Unknown: the follower has not come there yet, or a reorg took it and may bring it back.
    if (facts === undefined) continue;
    const accepted = facts.completed.get(job.task);
    const key = { execution: job.execution, task: job.task };
    if (accepted === undefined) {
      if (job.state === "mined") await journal.jobs.recordUnmined(key);
      if (!facts.running) await journal.jobs.recordDropped(key, endReason(facts));
      continue;
    }
    const own = accepted.node === node && job.output?.digest === accepted.outputDigest;
    if (!own || (job.state !== "signed" && job.state !== "sent" && job.state !== "mined")) {
      await journal.jobs.recordDropped(key, {
        code: "TASK_ANSWERED_ELSEWHERE",
        message: `node ${accepted.node} answered task ${job.task} of execution ${job.execution}`,
      });
      continue;
    }
    if (job.state !== "mined" || job.inclusion?.blockHash !== accepted.blockHash) {
      await journal.jobs.recordMined(key, {
        transactionHash: accepted.transactionHash,
        blockNumber: accepted.blockNumber,
        blockHash: accepted.blockHash,
      });
    }
    if (accepted.settled) await journal.jobs.recordFinal(key);
  }
}

function endReason(facts: ExecutionFacts): { code: string; message: string } {
  return { code: "EXECUTION_HAS_ENDED", message: `execution ${facts.id} ended before the task was answered` };
}
