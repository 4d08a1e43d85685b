import type { CommandGroup } from "./group.ts";

/** What explains. */
export const HELP_COMMANDS: CommandGroup = {
  heading: "Find out:",
  families: {},
  commands: [
    {
      path: ["explain"],
      summary: "explain an error's code",
      load: () => import("../commands/explain.ts"),
    },
  ],
};
