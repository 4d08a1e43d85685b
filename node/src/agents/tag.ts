import { AgentError } from "./errors.ts";

/** It stands in the environment of every agent and is read in process listings. */
export const TAG_CHARACTERS_MAX = 128;

/** Long enough that no other program's variable begins with it by chance: a sweep kills what it matches. */
const PREFIX = /^[A-Za-z0-9._-]{8,64}$/;
const TAG = /^[A-Za-z0-9._-]{8,64}:[A-Za-z0-9._:-]+$/;

/**
 * The tag of one run: whose data folder, which job.
 *
 * @param tagPrefix Belongs to one data folder alone: 8 to 64 of `A-Z a-z 0-9 . _ -`, random for the most part.
 * @param job What names the job to a reader, for example `31337-12-0`; other characters become `_`.
 * @throws AgentError AGENT_TAG_INVALID
 */
export function agentTag(tagPrefix: string, job: string): string {
  requireTagPrefix(tagPrefix);
  const tag = `${tagPrefix}:${job.replace(/[^A-Za-z0-9._:-]/g, "_")}`.slice(0, TAG_CHARACTERS_MAX);
  return requireTag(tag);
}

/** @throws AgentError AGENT_TAG_INVALID */
export function requireTagPrefix(tagPrefix: string): string {
  if (PREFIX.test(tagPrefix)) return tagPrefix;
  throw new AgentError(
    "AGENT_TAG_INVALID",
    `not a prefix of tags: ${JSON.stringify(tagPrefix.slice(0, 80))}`,
  );
}

/** @throws AgentError AGENT_TAG_INVALID */
export function requireTag(tag: string): string {
  if (tag.length <= TAG_CHARACTERS_MAX && TAG.test(tag)) return tag;
  throw new AgentError("AGENT_TAG_INVALID", `not a tag: ${JSON.stringify(tag.slice(0, 160))}`);
}
