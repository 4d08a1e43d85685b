import type { Blueprint } from "./blueprint.ts";
import { byteLength } from "./clusterSchema.ts";
import {
  VERSION_AGENT_BYTES,
  VERSION_HEADER_BYTES,
  VERSION_TASK_BYTES,
  VERSION_TEXT_PREFIX_BYTES,
} from "./limits.ts";

/** How many bytes a version of the blueprint will have; `VERSION_BYTES_MAX` is the most. */
export function versionBytes(blueprint: Blueprint): number {
  const { slug, name, description, agents, tasks } = blueprint;
  const texts = [
    slug,
    name,
    description,
    "",
    ...agents.flatMap((agent) => [agent.name, agent.role, agent.goal, agent.backstory]),
    ...tasks.flatMap((task) => [task.name, task.prompt, task.tool, ""]),
  ];
  return texts.reduce(
    (total, text) => total + VERSION_TEXT_PREFIX_BYTES + byteLength(text),
    VERSION_HEADER_BYTES + tasks.length * VERSION_TASK_BYTES + agents.length * VERSION_AGENT_BYTES,
  );
}
