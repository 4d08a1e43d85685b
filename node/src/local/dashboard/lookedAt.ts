import type { Workspace } from "../../workspace/types.ts";
import type { ChangeSources } from "./changeHub.ts";
import { STATES_LOOK_MS } from "./limits.ts";

/** How things are, by id: another text of an id than at the look before is a change of it. */
type Look = () => Promise<ReadonlyMap<string, string>>;

/** What nobody tells of is looked at while somebody listens. */
export function lookedAt(
  look: Look,
  everyMs: number = STATES_LOOK_MS,
): NonNullable<ChangeSources[keyof ChangeSources]> {
  return (tell) => {
    // The first look says how things are, and that is no change: whoever begins to listen reads anew.
    let before: ReadonlyMap<string, string> | undefined;
    let isOver = false;
    async function lookAgain(): Promise<void> {
      const now = await look();
      if (isOver) return;
      for (const id of before === undefined ? [] : new Set([...before.keys(), ...now.keys()]))
        if (before?.get(id) !== now.get(id)) tell(id);
      before = now;
    }
    // A look that failed is a store or a log that fails, which the daemon says itself.
    const again = () => void lookAgain().catch(() => {});
    again();
    const timer = setInterval(again, everyMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  };
}

/**
 * Who is there and what runs them, by cluster: states of programs and signs of life cost no entry of the log, so no event of a
 * workspace tells of them.
 */
export function presenceLook(workspace: () => Pick<Workspace, "as" | "clusters"> | undefined): Look {
  return async () => {
    const open = workspace();
    const rows = (open?.clusters() ?? []).map(async (cluster) => {
      const agents = await open?.as({ kind: "node", cluster }).listAgents();
      const text = agents?.map(({ id, isAlive, program }) =>
        [id, isAlive, program?.state, program?.note, program?.turns, program?.restarts].join(" "),
      );
      return [String(cluster), text?.join("\n") ?? ""] as const;
    });
    return new Map(await Promise.all(rows));
  };
}
