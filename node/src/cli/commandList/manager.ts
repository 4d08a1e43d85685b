import type { CommandGroup } from "./group.ts";

/** What is asked of a daemon's cluster manager. */
export const MANAGER_COMMANDS: CommandGroup = {
  heading: "Keep clusters well:",
  families: { manager: "plans, alerts and routes of the manager that a daemon runs" },
  commands: [
    {
      path: ["manager", "form"],
      summary: "have a cluster formed for a goal",
      load: () => import("../commands/managerForm.ts"),
    },
    {
      path: ["manager", "route"],
      summary: "show where members are reached, or tell them something",
      load: () => import("../commands/managerRoute.ts"),
    },
    {
      path: ["manager", "scale"],
      summary: "look at a cluster's places, or ask for some",
      load: () => import("../commands/managerScale.ts"),
    },
    {
      path: ["manager", "status"],
      summary: "show how the managed clusters are",
      load: () => import("../commands/managerStatus.ts"),
    },
    {
      path: ["manager", "plan"],
      summary: "list plans, or show one",
      load: () => import("../commands/managerPlan.ts"),
    },
    {
      path: ["manager", "apply"],
      summary: "say yes to a plan, with your key where it takes one",
      load: () => import("../commands/managerApply.ts"),
    },
    {
      path: ["manager", "refuse"],
      summary: "say no to a plan",
      load: () => import("../commands/managerRefuse.ts"),
    },
    {
      path: ["manager", "requests"],
      summary: "list clusters that were asked for and are not there yet, or drop one",
      load: () => import("../commands/managerRequests.ts"),
    },
    {
      path: ["manager", "alerts"],
      summary: "list alerts, or acknowledge one",
      load: () => import("../commands/managerAlerts.ts"),
    },
    {
      path: ["manager", "explain"],
      summary: "say why a plan, an alert or a cluster is as it is",
      load: () => import("../commands/managerExplain.ts"),
    },
  ],
};
