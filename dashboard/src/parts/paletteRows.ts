import { useMe, useOverview, useWorkspaces } from "../api/queries.ts";
import { useAgents, useThreads } from "../api/team.ts";
import { useContextKeys } from "../api/words.ts";
import { goTo, type Place, type Search } from "../router.tsx";
import { cleanName } from "../text/clean.ts";

export interface PaletteCommand {
  readonly name: string;
  readonly keys?: string;
  readonly run: () => void;
}

/** What is shown at once: the rest is found by typing. */
const SHOWN_MAX = 12;
/** Of each kind of thing that a team has, so many can be found: a team's lists have a search of their own. */
const OF_TEAM_MAX = 500;

function go(name: string, place: Place, search?: Search): PaletteCommand {
  return { name, run: () => goTo(place, search) };
}

/** What can be done or gone to that has the typed words in its name: first what begins with them. */
export function useFound(
  commands: readonly PaletteCommand[],
  typed: string,
  cluster: string | undefined,
): readonly PaletteCommand[] {
  const { data } = useOverview();
  const ofTeam = useTeamRows(cluster);
  const wanted = typed.trim().toLowerCase();
  const words = wanted.split(/\s+/);
  const all = [
    ...(/^\d{1,78}$/.test(wanted) ? [go(`Execution ${wanted}`, { view: "execution", id: wanted })] : []),
    ...commands,
    ...ofTeam,
    ...(data?.clusters ?? []).flatMap(({ name, cluster: id, versions }) => {
      const called = `${id}: ${cleanName(name)}`;
      return [
        go(`Cluster ${called}`, { view: "cluster", id }),
        ...(versions > 0 ? [go(`Run cluster ${called}`, { view: "run", id })] : []),
        go(`Versions of cluster ${called}`, { view: "versions", id }),
      ];
    }),
    ...[...(data?.running ?? []), ...(data?.recent ?? [])].map(({ execution, state }) =>
      go(`Execution ${execution}, ${state.toLowerCase()}`, { view: "execution", id: execution }),
    ),
  ];
  const found = all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const begins = ({ name }: PaletteCommand) => name.toLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((one) => !begins(one))].slice(0, SHOWN_MAX);
}

/** Agents of the team that is shown with what each has, its threads and its whiteboard; nothing where its workspace is not open here. */
function useTeamRows(cluster: string | undefined): readonly PaletteCommand[] {
  const { data } = useWorkspaces();
  const mayAct = useMe().data?.role !== "view";
  const isOpen = data?.workspaces.some((one) => one.cluster === cluster) ?? false;
  const id = cluster ?? "";
  const agents = useAgents(id, isOpen).data?.agents ?? [];
  const threads = useThreads(id, isOpen).data?.threads ?? [];
  const keys = useContextKeys(id, isOpen).data?.keys ?? [];
  if (!isOpen) return [];
  return [
    ...(mayAct ? [go("Start an agent", { view: "team", id }, { start: "agent" })] : []),
    ...agents.slice(0, OF_TEAM_MAX).flatMap(({ id: agent, kind, name: given, program }) => {
      const name = cleanName(given) || agent;
      const word = agent.split("/")[1] ?? given;
      return [
        go(`Agent ${name}`, { view: "agent", id, agent: kind === "helper" ? given : agent }),
        ...(program === undefined
          ? []
          : [go(`Terminal of ${name}`, { view: "terminals", id }, { show: word })]),
        ...(program?.project === undefined
          ? []
          : [go(`Files of ${name}`, { view: "agentFiles", agent: word })]),
      ];
    }),
    ...threads
      .slice(0, OF_TEAM_MAX)
      .map(({ thread }) => go(`Thread ${cleanName(thread)}`, { view: "thread", id, thread })),
    ...keys
      .slice(0, OF_TEAM_MAX)
      .map(({ key }) => go(`Whiteboard: ${cleanName(key)}`, { view: "contextKey", id, key })),
  ];
}
