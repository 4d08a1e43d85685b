import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import type { CompletionToValidate } from "@pleiad/sdk/actions/requestValidation";
import type { Validation } from "@pleiad/sdk/types/validation";
import type { VersionTask } from "@pleiad/sdk/types/version";
import { type Hex, zeroHash } from "viem";
import { cliError } from "./cliError.ts";
import type { ChainContext } from "./context.ts";
import type { Fact } from "./output.ts";
import { resolveTask } from "./resolve.ts";
import { listed, timeText } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

/** What the commands about validations share. */

/** Which of an execution's answers somebody means. */
export interface CompletionWish {
  readonly agent: bigint;
  readonly execution: bigint;
  /** The task's name; undefined for the one that the agent did. */
  readonly task: string | undefined;
}

/**
 * The accepted answer of an agent, with what proves it once the run has ended.
 *
 * @throws ContractError EXECUTION_UNKNOWN; PleiadError TASK_NAME_UNKNOWN, TASK_UNANSWERED, USAGE_INVALID where the agent did no or
 * several tasks
 */
export async function completionOf(
  { client, deployment }: ChainContext,
  { agent, execution: id, task: name }: CompletionWish,
): Promise<CompletionToValidate> {
  const execution = await getExecution(client, { deployment, execution: id });
  const version = await getVersion(client, {
    ...{ deployment, cluster: execution.cluster, version: execution.version },
  });
  const own = version.tasks.filter(({ agentIndex }) => version.agents[agentIndex]?.agent === agent);
  const { task } = name === undefined ? onlyTask(own, agent, id) : resolveTask(version, name);
  const digests = version.tasks.map(
    (one) => execution.completions.find((completion) => completion.task === one.task)?.outputDigest,
  );
  const outputDigest = digests[task];
  if (outputDigest === undefined) {
    const shown = printableLine(version.tasks[task]?.name ?? "");
    throw cliError("TASK_UNANSWERED", `task ${shown} of execution ${id} has no accepted answer`, {
      details: { execution: Number(id), task },
    });
  }
  const run = {
    inputDigest: execution.created.inputDigest,
    outputDigests: digests.map((digest) => digest ?? zeroHash),
  };
  return { execution: id, task, outputDigest, ...(execution.state === "Running" ? {} : { run }) };
}

/** The task that an agent did, where that is one. */
function onlyTask(own: readonly VersionTask[], agent: bigint, execution: bigint): VersionTask {
  const [first, ...others] = own;
  if (first !== undefined && others.length === 0) return first;
  const names = own.map(({ name }) => printableLine(name));
  const found = first === undefined ? "no task" : `the tasks ${listed(names)}`;
  throw cliError("USAGE_INVALID", `agent ${agent} had ${found} in execution ${execution}`, {
    hint: first === undefined ? "name an agent that worked in it" : "say which by --task",
  });
}

/** A hash that an argument says. @throws PleiadError USAGE_INVALID */
export function hashOf(text: string | undefined): Hex {
  if (text !== undefined && isHash(text)) return text;
  throw cliError("USAGE_INVALID", `"${text}" is no hash: expected 0x and 64 hex digits`);
}

/** Whether a text is 32 bytes in hex. */
export function isHash(text: string): text is Hex {
  return /^0x[0-9a-fA-F]{64}$/.test(text);
}

/** A validation for a program. */
export function validationJson({ request, agent, validator, completion, answer }: Validation) {
  return {
    request,
    agent: Number(agent),
    validator,
    executionId: completion === undefined ? null : Number(completion.execution),
    task: completion?.task ?? null,
    outputDigest: completion?.outputDigest ?? null,
    response: answer?.response ?? null,
    tag: answer?.tag ?? null,
    evidenceHash: answer?.hash ?? null,
    answeredAt: answer === undefined ? null : Number(answer.at),
  };
}

/** A validation for a person. */
export function validationFacts({ request, agent, validator, completion, answer }: Validation): Fact[] {
  const isProven = answer !== undefined && answer.hash !== zeroHash;
  return [
    ["request", request],
    ["agent", `${agent}`],
    ["validator", validator],
    [
      "about",
      completion === undefined
        ? "what is at the URI that the request names"
        : `execution ${completion.execution}, task ${completion.task + 1}, output ${completion.outputDigest}`,
    ],
    ["answer", answer === undefined ? "none yet" : `${answer.response} of 100, ${timeText(answer.at)}`],
    ["tag", printableLine(answer?.tag ?? "")],
    ["evidence", isProven ? answer.hash : ""],
  ];
}
