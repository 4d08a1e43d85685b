import type { CommandGroup } from "./group.ts";

/** What operators do, and owners of models and agents. */
export const OPERATE_COMMANDS: CommandGroup = {
  heading: "Run a node:",
  families: {
    agent: "register or show an agent",
    bond: "put money behind a node, or take a liar's",
    model: "register, show or stop a model, and have nodes serve it",
    node: "set up, register or start a node, and ask how it is",
  },
  commands: [
    {
      path: ["node", "init"],
      summary: "make a node's folder, key and configuration",
      load: () => import("../commands/nodeInit.ts"),
    },
    {
      path: ["node", "register"],
      summary: "register a node with its key",
      load: () => import("../commands/nodeRegister.ts"),
    },
    {
      path: ["node", "announce"],
      summary: "say on the chain where a node is reached",
      load: () => import("../commands/nodeAnnounce.ts"),
    },
    {
      path: ["node", "start"],
      summary: "start this node's daemon",
      load: () => import("../commands/nodeStart.ts"),
    },
    {
      path: ["node", "backup"],
      summary: "write what a node keeps to a file, while it runs or not",
      load: () => import("../commands/nodeBackup.ts"),
    },
    {
      path: ["node", "restore"],
      summary: "make a node's folder what a backup says",
      load: () => import("../commands/nodeRestore.ts"),
    },
    {
      path: ["node", "verify"],
      summary: "check everything that a node keeps, or a backup, and change nothing",
      load: () => import("../commands/nodeVerify.ts"),
    },
    {
      path: ["node", "rebuild"],
      summary: "set a node's database aside, to begin anew from the chain",
      load: () => import("../commands/nodeRebuild.ts"),
    },
    {
      path: ["node", "status"],
      summary: "ask running daemons how they are",
      load: () => import("../commands/nodeStatus.ts"),
    },
    {
      path: ["node", "rotate-key"],
      summary: "give a node a new key",
      load: () => import("../commands/nodeRotateKey.ts"),
    },
    {
      path: ["model", "register"],
      summary: "register a model with its terms",
      load: () => import("../commands/modelRegister.ts"),
    },
    {
      path: ["model", "serve"],
      summary: "have a node serve a model",
      load: () => import("../commands/modelServe.ts"),
    },
    {
      path: ["model", "leave"],
      summary: "have a node serve a model no longer",
      load: () => import("../commands/modelLeave.ts"),
    },
    {
      path: ["model", "show"],
      summary: "show a model's terms and nodes",
      load: () => import("../commands/modelShow.ts"),
    },
    {
      path: ["model", "stop"],
      summary: "let a model get into no new version, or stop a version",
      load: () => import("../commands/modelStop.ts"),
    },
    {
      path: ["agent", "register"],
      summary: "register an agent",
      load: () => import("../commands/agentRegister.ts"),
    },
    {
      path: ["agent", "change"],
      summary: "put an agent on a model, or say anew what it can do",
      load: () => import("../commands/agentChange.ts"),
    },
    {
      path: ["agent", "show"],
      summary: "show an agent",
      load: () => import("../commands/agentShow.ts"),
    },
    {
      path: ["bond", "add"],
      summary: "put money behind a node",
      load: () => import("../commands/bondAdd.ts"),
    },
    {
      path: ["bond", "withdraw"],
      summary: "take a bond out, which takes 21 days",
      load: () => import("../commands/bondWithdraw.ts"),
    },
    {
      path: ["bond", "show"],
      summary: "show what stands behind a node",
      load: () => import("../commands/bondShow.ts"),
    },
    {
      path: ["bond", "prove"],
      summary: "prove that a node signed two answers",
      load: () => import("../commands/bondProve.ts"),
    },
    {
      path: ["bond", "claim"],
      summary: "take out what such proofs took from bonds",
      load: () => import("../commands/bondClaim.ts"),
    },
  ],
};
