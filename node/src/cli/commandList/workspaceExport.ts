import type { CommandGroup } from "./group.ts";

/** What members said in a cluster, for whoever was not there. */
export const WORKSPACE_EXPORT_COMMANDS: CommandGroup = {
  heading: "Prove what was said:",
  families: {
    workspace: "what the agents of a cluster share",
  },
  commands: [
    {
      path: ["workspace", "export"],
      summary: "write a cluster's log to a file that anybody can verify",
      load: () => import("../commands/workspaceExport.ts"),
    },
    {
      path: ["workspace", "verify"],
      summary: "check an exported log against the chain",
      load: () => import("../commands/workspaceVerify.ts"),
    },
  ],
};
