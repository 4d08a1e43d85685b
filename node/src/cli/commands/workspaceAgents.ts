import { listAgents } from "@pleiad/sdk/workspace/listAgents";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** `pleiad workspace agents`: who takes part in a cluster. */
export const define: DefineCommand = (command, around) => {
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace agents", "agents, helpers and nodes, with state and last sign of life"],
    ["pleiad workspace agents --cluster 3 --json", "for a program"],
  ]);
  setAction<WorkspaceOptions>(command, around, async ({ options, output }) => {
    const { agents } = await listAgents(await workspaceOf(options, around));
    output.json({ agents });
    output.table(
      [
        { header: "name" },
        { header: "id" },
        { header: "node" },
        { header: "state" },
        { header: "seen" },
        { header: "role" },
        { header: "program" },
      ],
      agents.map(({ id, name, node, state, isAlive, lastSeenMs, role, note, program }) => [
        printableLine(name),
        printableLine(id),
        node === undefined ? "–" : String(node),
        state === undefined ? "–" : isAlive || state === "done" ? state : `${state}, silent`,
        lastSeenMs === undefined ? "–" : new Date(lastSeenMs).toISOString(),
        printableLine(role ?? note ?? ""),
        program === undefined ? "–" : printableLine(`${program.service}: ${program.note}`),
      ]),
    );
    return 0;
  });
};
