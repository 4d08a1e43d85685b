import type { CommandGroup } from "./group.ts";

/** What a cluster's agents share. */
export const WORKSPACE_COMMANDS: CommandGroup = {
  heading: "See what agents share:",
  families: { workspace: "messages, whiteboard, memory, threads, jobs and rules of a cluster" },
  commands: [
    {
      path: ["workspace", "status"],
      summary: "show which clusters are open on a node",
      load: () => import("../commands/workspaceStatus.ts"),
    },
    {
      path: ["workspace", "agents"],
      summary: "show who takes part",
      load: () => import("../commands/workspaceAgents.ts"),
    },
    {
      path: ["workspace", "spawn"],
      summary: "start a helper, with a program and a task",
      load: () => import("../commands/workspaceSpawn.ts"),
    },
    {
      path: ["workspace", "restart"],
      summary: "start a helper's program again",
      load: () => import("../commands/workspaceRestart.ts"),
    },
    {
      path: ["workspace", "stop"],
      summary: "end a helper",
      load: () => import("../commands/workspaceStop.ts"),
    },
    {
      path: ["workspace", "folders"],
      summary: "show helpers' copies of projects, and merges",
      load: () => import("../commands/workspaceFolders.ts"),
    },
    {
      path: ["workspace", "diff"],
      summary: "show what a helper changed",
      load: () => import("../commands/workspaceDiff.ts"),
    },
    {
      path: ["workspace", "changes"],
      summary: "show files as a helper changes them, until Ctrl-C",
      load: () => import("../commands/workspaceChanges.ts"),
    },
    {
      path: ["workspace", "rollback"],
      summary: "list a helper's checkpoints, or go back to one",
      load: () => import("../commands/workspaceRollback.ts"),
    },
    {
      path: ["workspace", "merge"],
      summary: "bring a helper's work into a branch",
      load: () => import("../commands/workspaceMerge.ts"),
    },
    {
      path: ["workspace", "discard"],
      summary: "remove a helper's copy of a project",
      load: () => import("../commands/workspaceDiscard.ts"),
    },
    {
      path: ["workspace", "send"],
      summary: "send a message",
      load: () => import("../commands/workspaceSend.ts"),
    },
    {
      path: ["workspace", "inbox"],
      summary: "read messages",
      load: () => import("../commands/workspaceInbox.ts"),
    },
    {
      path: ["workspace", "context"],
      summary: "read or write the whiteboard",
      load: () => import("../commands/workspaceContext.ts"),
    },
    {
      path: ["workspace", "memory"],
      summary: "look for what was remembered, or keep it",
      load: () => import("../commands/workspaceMemory.ts"),
    },
    {
      path: ["workspace", "thread"],
      summary: "list, read or post to threads",
      load: () => import("../commands/workspaceThread.ts"),
    },
    {
      path: ["workspace", "rules"],
      summary: "show or replace the rules",
      load: () => import("../commands/workspaceRules.ts"),
    },
    {
      path: ["workspace", "jobs"],
      summary: "show what agents handed to one another",
      load: () => import("../commands/workspaceJobs.ts"),
    },
    {
      path: ["workspace", "usage"],
      summary: "show what agents used and what it cost",
      load: () => import("../commands/workspaceUsage.ts"),
    },
    {
      path: ["workspace", "approvals"],
      summary: "list, answer or revoke what agents ask leave for",
      load: () => import("../commands/workspaceApprovals.ts"),
    },
    {
      path: ["workspace", "watch"],
      summary: "tell what changes, as it changes",
      load: () => import("../commands/workspaceWatch.ts"),
    },
    {
      path: ["workspace", "attach"],
      summary: "look at an agent's terminal, and type into it",
      load: () => import("../commands/workspaceAttach.ts"),
    },
    {
      path: ["workspace", "token"],
      summary: "make, list or revoke the tokens that agents speak with",
      load: () => import("../commands/workspaceToken.ts"),
    },
    {
      path: ["mcp"],
      summary: "let an agent use the workspace through MCP, by standard input and output",
      load: () => import("../commands/mcp.ts"),
    },
  ],
};
