import type { CommandGroup } from "./group.ts";

/** How somebody begins. */
export const START_COMMANDS: CommandGroup = {
  heading: "Start here:",
  families: {},
  commands: [
    {
      path: ["up"],
      summary: "bring up a chain, three operators and a cluster on this machine",
      load: () => import("../commands/up.ts"),
    },
    {
      path: ["demo"],
      summary: "do the same in a temporary folder, run a document, and clean up",
      load: () => import("../commands/demo.ts"),
    },
    {
      path: ["dashboard"],
      summary: "give the address of a node's page, with a token to open it",
      load: () => import("../commands/dashboard.ts"),
    },
    {
      path: ["init"],
      summary: "write a configuration and an example cluster",
      load: () => import("../commands/init.ts"),
    },
    {
      path: ["doctor"],
      summary: "say in plain words what is missing or wrong",
      load: () => import("../commands/doctor.ts"),
    },
    {
      path: ["deploy"],
      summary: "deploy the contracts to a chain",
      load: () => import("../commands/deploy.ts"),
    },
  ],
};
