import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useCluster, useVersion } from "../../api/queries.ts";
import { useAgents, useJobs, useRunningTasks, useTalk, useUsage } from "../../api/team.ts";
import type { TalkAnswer } from "../../api/types.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { cardsOf, type Travel, talkEdgesOf, taskListsOf, travelsBetween } from "./model.ts";

/** Messages on their way at once: of more nobody can follow one. */
export const TRAVELS_MAX = 12;

/** Everything that the team's view shows, kept fresh. */
export function useTeam(id: string) {
  useWorkspaceChanges(id);
  const agents = useAgents(id);
  const talk = useTalk(id).data;
  const usage = useUsage().data;
  const jobs = useJobs(id).data;
  const cluster = useCluster(id).data;
  const version = useVersion(id, cluster?.published[0]?.version).data;
  const running = useRunningTasks(id);
  const members = agents.data?.agents;
  const cards = useMemo(
    () => cardsOf({ members: members ?? [], talk, usage, jobs, cluster: id, version, running }),
    [members, talk, usage, jobs, id, version, running],
  );
  const lists = useMemo(() => taskListsOf({ version, running }), [version, running]);
  const edges = useMemo(() => talkEdgesOf(talk), [talk]);
  return { agents, cards, lists, edges, talk };
}

/** Messages that came since the answer before: each is on its way once. */
export function useTravels(talk: TalkAnswer | undefined) {
  const [travels, setTravels] = useState<readonly Travel[]>([]);
  const before = useRef(talk);
  useEffect(() => {
    if (talk === undefined || before.current === talk) return;
    const fresh = travelsBetween(before.current, talk);
    before.current = talk;
    if (fresh.length > 0) setTravels((now) => [...fresh, ...now].slice(0, TRAVELS_MAX));
  }, [talk]);
  const onArrived = useCallback(
    (key: string) => setTravels((now) => now.filter((travel) => travel.key !== key)),
    [],
  );
  return { travels, onArrived };
}
