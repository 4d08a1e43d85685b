import { AGENTS_MAX, NAME_PATTERN } from "@pleiad/sdk/blueprint/limits";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Version, VersionAgent, VersionTask } from "@pleiad/sdk/types/version";
import type { Logger } from "pino";
import { stringify } from "yaml";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { ClusterState } from "../../chain/state.ts";
import type { Versions } from "../../chain/versions.ts";
import type { VersionChange, VersionWriter } from "../../manager/ports.ts";
import { readRegistration } from "./registrations.ts";

/** Versions that are read from the chain at once for this: a fleet's clusters lose members together, and the provider serves the work, too. */
export const VERSIONS_READ_MAX = 4;

/** Ids are written as numbers; one above is none that a file can say. */
const ID_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Writes next versions from what is published. A version that is not read yet is read, and written at the next look. One whose draft was
 * edited since is left to whoever edits it: a next version from here would take the edit back.
 */
export function createVersionWriter(modules: {
  readonly projection: Pick<ProjectionReader, "cluster" | "agent">;
  readonly versions: Pick<Versions, "peek" | "get">;
  readonly logger: Logger;
}): VersionWriter {
  const { projection, versions, logger } = modules;
  const nameOf = (agent: bigint) => readRegistration(projection.agent(agent)?.uri ?? "").name;
  const reading = new Set<bigint>();

  function read(cluster: bigint, version: bigint): void {
    if (reading.has(cluster) || reading.size >= VERSIONS_READ_MAX) return;
    reading.add(cluster);
    versions
      .get(cluster, version)
      .catch((error: unknown) => {
        if (!(error instanceof PleiadError)) throw error;
        logger.warn(
          { cluster, code: error.code, error: error.message },
          "a version could not be read to write the next",
        );
      })
      .finally(() => reading.delete(cluster));
  }

  return {
    next(id, change) {
      const cluster = projection.cluster(id);
      const published = BigInt(cluster?.versions.length ?? 0);
      if (cluster === undefined || published === 0n) return undefined;
      const version = versions.peek(id, published);
      if (version === undefined) {
        read(id, published);
        return undefined;
      }
      if (isEdited(cluster, version)) return undefined;
      const agents = membersOf(version, change, nameOf);
      if (agents === undefined) return undefined;
      const handed = handOver(version, change, agents);
      if (handed === undefined) return undefined;
      const yaml = versionYaml({ ...version, tasks: handed }, agents);
      // Quotation marks and the like are longer in a file than in a version; what does not fit is nobody's mistake.
      return isBlueprint(yaml) ? yaml : undefined;
    },
  };
}

/** A version as the `cluster.yaml` that publishes the same again; with other members, where they are given. Tasks go by members' names. */
export function versionYaml(version: Version, agents: readonly VersionAgent[] = version.agents): string {
  const { slug, name, description, feeWei, windowSeconds, attempts, inputs, tasks } = version;
  const nameOfAgent = (index: number) => agents[index]?.name;
  const file = {
    slug,
    name,
    description,
    // The smallest unit of whatever the models are paid in.
    fee: `${feeWei} wei`,
    windowSeconds,
    attempts,
    inputs: [...inputs],
    agents: agents.map(({ agent, ...persona }) => ({ id: Number(agent), ...persona })),
    tasks: tasks.map(({ name: task, agentIndex, prompt, tool, toolArguments, dependsOn, quorum }) => ({
      name: task,
      agent: nameOfAgent(agentIndex),
      prompt,
      // Without one there is no key: a file says no empty name.
      ...(tool === "" ? {} : { tool }),
      ...(toolArguments === "" ? {} : { toolArguments }),
      dependsOn: dependsOn.map((index) => tasks[index]?.name),
      quorum,
    })),
  };
  return stringify(file, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 });
}

/** Whether members came or went since, or the texts are others: the parts of a draft that the log shows. */
function isEdited({ agents, name, description }: ClusterState, version: Version): boolean {
  const key = (one: { readonly agent: bigint; readonly name: string }) => `${one.agent}/${one.name}`;
  const before = new Set(version.agents.map(key));
  const isSame = agents.length === before.size && agents.every((one) => before.has(key(one)));
  return !isSame || name !== version.name || description !== version.description;
}

/** @returns undefined where a member that is to give way is none, or somebody would be in it twice */
function membersOf(
  version: Version,
  { add, replace }: VersionChange,
  nameOf: (agent: bigint) => string | undefined,
): readonly VersionAgent[] | undefined {
  const names = new Set(version.agents.map(({ name }) => name));
  const spoken = [...replace.keys(), ...add.map(({ beside }) => beside)];
  if (spoken.some((name) => !names.has(name))) return undefined;
  // Whoever takes a place takes its name and persona, too: the tasks speak to these.
  const kept = version.agents.map((one) => ({ ...one, agent: replace.get(one.name) ?? one.agent }));
  // The tasks that it takes over speak to the persona of whose they were.
  const added = add.map(({ agent, beside }) => {
    const name = freeName(agent, nameOf(agent), names);
    names.add(name);
    return { ...(version.agents.find((one) => one.name === beside) as VersionAgent), agent, name };
  });
  const agents = [...kept, ...added];
  const ids = new Set(agents.map(({ agent }) => agent));
  const isWritable = ids.size === agents.length && agents.length <= AGENTS_MAX;
  return isWritable && agents.every(({ agent }) => agent <= ID_MAX) ? agents : undefined;
}

/**
 * The tasks, with every second one of a member's given to whoever comes beside it. The order and what depends on what stays.
 *
 * @param agents as `membersOf` answers them: those that are added stand last, in their order
 * @returns undefined where one that is added gets none
 */
function handOver(
  { agents: before, tasks }: Version,
  { add }: VersionChange,
  agents: readonly VersionAgent[],
): readonly VersionTask[] | undefined {
  let handed = tasks;
  for (const [place, { beside }] of add.entries()) {
    const from = before.findIndex(({ name }) => name === beside);
    const own = handed.filter(({ agentIndex }) => agentIndex === from);
    const moved = new Set(own.filter((_task, index) => index % 2 === 1));
    if (moved.size === 0) return undefined;
    const to = agents.length - add.length + place;
    handed = handed.map((task) => (moved.has(task) ? { ...task, agentIndex: to } : task));
  }
  return handed;
}

function freeName(agent: bigint, own: string | undefined, taken: ReadonlySet<string>): string {
  if (own !== undefined && NAME_PATTERN.test(own) && !taken.has(own)) return own;
  let name = `agent-${agent}`;
  for (let tries = 1; taken.has(name); tries += 1) name = `agent-${agent}-${tries}`;
  return name;
}

function isBlueprint(yaml: string): boolean {
  try {
    parseBlueprint(yaml);
    return true;
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return false;
  }
}
