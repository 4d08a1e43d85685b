import type { Blueprint } from "./blueprint.ts";
import { byteLength } from "./clusterSchema.ts";
import {
  CODE_BYTES_MAX,
  VERSION_AGENT_BYTES,
  VERSION_HASH_BYTES,
  VERSION_HEADER_BYTES,
  VERSION_TASK_BYTES,
  VERSION_TEXT_PREFIX_BYTES,
} from "./limits.ts";

/** How many bytes a version of the blueprint will have; `VERSION_BYTES_MAX` is the most. */
export function versionBytes(blueprint: Blueprint): number {
  const { slug, name, description, inputs, agents, tasks } = blueprint;
  const texts = [
    slug,
    name,
    description,
    inputs.join(","),
    ...agents.flatMap((agent) => [agent.name, agent.role, agent.goal, agent.backstory]),
    ...tasks.flatMap((task) => [task.name, task.prompt, task.tool, task.toolArguments]),
  ];
  const bytes = texts.reduce(
    (total, text) => total + VERSION_TEXT_PREFIX_BYTES + byteLength(text),
    VERSION_HEADER_BYTES + tasks.length * VERSION_TASK_BYTES + agents.length * VERSION_AGENT_BYTES,
  );
  let further = 0;
  while (bytes + further * VERSION_HASH_BYTES > (further + 1) * CODE_BYTES_MAX) further++;
  return bytes + further * VERSION_HASH_BYTES;
}
