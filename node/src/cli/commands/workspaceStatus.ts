import { daemonClient } from "../../local/daemonClient.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { bytesText } from "../text/amounts.ts";
import { accessOf, addDaemonOptions, type DaemonOptions, workspacesSchema } from "../workspaceAccess.ts";

/** `pleiad workspace status`: which clusters' workspaces are open on a node. */
export const define: DefineCommand = (command, around) => {
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace status", "the clusters that are open, and entries that could not be used"],
    ["pleiad workspace status --node /srv/pleiad --json", "another node's, for a program"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }) => {
    const client = daemonClient(await accessOf(options, around));
    const { workspaces } = await client.ask("/workspace", workspacesSchema);
    output.json({ workspaces });
    if (workspaces.length === 0) output.line("no cluster is open on this node");
    else
      output.table(
        [
          { header: "cluster" },
          { header: "entries unknown" },
          { header: "entries invalid" },
          { header: "said by this node" },
          { header: "kept when pruned" },
        ],
        workspaces.map(({ cluster, unknown, invalid, own }) => [
          cluster,
          String(unknown),
          String(invalid),
          `${bytesText(own.bytes)} of ${bytesText(own.bytesMax)}`,
          `${own.kept} of ${own.keptMax}`,
        ]),
      );
    return 0;
  });
};
