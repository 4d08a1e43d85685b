import { zeroHash } from "viem";
import { evidenceFound, wordsOf } from "../local/receipts/evidenceFound.ts";
import type { FetchBlob } from "../local/receipts/outputBytes.ts";
import type { ExecutionFacts } from "./executionFacts.ts";
import type { Chapter } from "./executionStory.ts";
import { printableLine } from "./text/printable.ts";

/** What the nodes say of how their answers came; undefined where none of them signed anything of it. */
export async function evidenceChapter(
  { execution, version }: ExecutionFacts,
  chainId: number,
  fetchBlob: FetchBlob,
): Promise<Chapter | undefined> {
  const sentences: string[] = [];
  for (const { task, node, outputDigest, evidenceDigest: digest } of claimsOf(execution)) {
    const who = `Node ${node}, of task ${printableLine(version.tasks[task]?.name ?? `${task}`)},`;
    const claim = {
      chainId,
      execution: execution.execution,
      task,
      node,
      outputDigest,
      evidenceDigest: digest,
    };
    const found = evidenceFound(claim, await fetchBlob({ digest, uri: "" }));
    if (found.kind === "there") sentences.push(`${who} says: ${wordsOf(found.evidence)}.`);
    else if (found.kind === "away")
      sentences.push(`${who} signed for evidence ${digest}; no daemon here has it, nor do their peers.`);
    else
      sentences.push(
        `${who} signed for evidence ${digest}, which is not to be believed: ${printableLine(found.why)}.`,
      );
  }
  return sentences.length === 0 ? undefined : { title: "How the answers came", sentences };
}

/** Each node that agreed to an answer has evidence of its own. */
function claimsOf({ completions, seconds }: ExecutionFacts["execution"]) {
  const seconded = seconds.flatMap(({ task, node, evidenceDigest: digest }) => {
    const outputDigest = completions.find((one) => one.task === task)?.outputDigest;
    return outputDigest === undefined ? [] : [{ task, node, outputDigest, evidenceDigest: digest }];
  });
  return [...completions, ...seconded].filter(({ evidenceDigest: digest }) => digest !== zeroHash);
}
