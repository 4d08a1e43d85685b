import { DESCRIPTION_BYTES_MAX } from "@pleiad/sdk/blueprint/limits";
import { stringify } from "yaml";
import type { FormationRequest } from "../face.ts";
import { FORMED_WINDOW_SECONDS, GOAL_IN_PROMPT_BYTES_MAX } from "../limits.ts";
import type { Candidate } from "./eligible.ts";
import type { Identified } from "./identify.ts";

/** Characters of a name of an agent or a task. */
const NAME_CHARS = 32;

/**
 * The `cluster.yaml` of a cluster that is to be formed: its members, and for each place of each need a task, in the order of the needs.
 * Tasks of one need are done side by side, and build on all of the need before. The goal and the names of agents are texts of others:
 * they stand in it as data, whatever is in them.
 *
 * @returns a text that `parseBlueprint` reads
 */
export function define(request: FormationRequest, { needs, reserve }: Identified): string {
  const names = namesOf([...needs.flat(), ...reserve]);
  const nameOf = ({ agent }: Candidate) => names.get(agent.agent) ?? `agent-${agent.agent}`;
  const file = {
    slug: request.slug,
    name: titleOf(request.slug),
    description: cut(request.goal, DESCRIPTION_BYTES_MAX),
    windowSeconds: FORMED_WINDOW_SECONDS,
    agents: [
      ...needs.flatMap((members, index) => {
        const role = `Does "${capabilityOf(request, index)}" in this cluster.`;
        return members.map((member) => ({ name: nameOf(member), id: Number(member.agent.agent), role }));
      }),
      ...reserve.map((member) => ({
        name: nameOf(member),
        id: Number(member.agent.agent),
        role: "Stands by for the others.",
      })),
    ],
    tasks: tasksOf(request, needs, nameOf),
  };
  return stringify(file, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 });
}

function tasksOf(
  request: FormationRequest,
  needs: Identified["needs"],
  nameOf: (member: Candidate) => string,
) {
  let number = 0;
  let before: readonly string[] = [];
  return needs.flatMap((members, index) => {
    const capability = capabilityOf(request, index);
    const tasks = members.map((member, place) => {
      number += 1;
      return {
        name: cleanName(`${number} ${capability}`) || `${number}`,
        agent: nameOf(member),
        dependsOn: [...before],
        prompt: promptOf(request.goal, capability, { place, places: members.length, isFirst: index === 0 }),
      };
    });
    before = tasks.map(({ name }) => name);
    return tasks;
  });
}

interface Place {
  readonly place: number;
  readonly places: number;
  readonly isFirst: boolean;
}

function promptOf(goal: string, capability: string, { place, places, isFirst }: Place): string {
  const share =
    places === 1 ? "" : ` You are one of ${places} who do this side by side, number ${place + 1}.`;
  const input = isFirst ? "the request" : "the request and what those before you made of it";
  return [
    `You are asked for what you can do as "${capability}".${share}`,
    `Take ${input}, do your part, and answer with the result alone.`,
    "",
    "What this cluster is for:",
    cut(goal, GOAL_IN_PROMPT_BYTES_MAX),
  ].join("\n");
}

function capabilityOf({ needs }: FormationRequest, index: number): string {
  return needs[index]?.capability ?? "";
}

/** A name for each agent that a file takes and that no other of the cluster has. */
function namesOf(members: readonly Candidate[]): ReadonlyMap<bigint, string> {
  const taken = new Set<string>();
  return new Map(
    members.map(({ agent }) => {
      let name = cleanName(agent.name);
      // Agents are free to call themselves like another's id, so the first spare one is looked for.
      for (let tries = 0; name === "" || taken.has(name); tries++) {
        name = tries === 0 ? `agent-${agent.agent}` : `agent-${agent.agent}-${tries}`;
      }
      taken.add(name);
      return [agent.agent, name] as const;
    }),
  );
}

function cleanName(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9 _-]+/g, "-")
    .replaceAll(/^[ -]+|[ -]+$/g, "")
    .slice(0, NAME_CHARS)
    .trimEnd();
}

function titleOf(slug: string): string {
  const words = slug.replaceAll("-", " ").trim();
  return words === "" ? slug : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** As much of a text as fits so many bytes, whole characters alone. */
function cut(text: string, bytesMax: number): string {
  const whole = text.toWellFormed();
  const encoder = new TextEncoder();
  if (encoder.encode(whole).length <= bytesMax) return whole;
  const end = "…";
  let left = bytesMax - encoder.encode(end).length;
  let kept = "";
  for (const character of whole) {
    left -= encoder.encode(character).length;
    if (left < 0) break;
    kept += character;
  }
  return `${kept}${end}`;
}
