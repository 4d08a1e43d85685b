import type { CommandGroup } from "./group.ts";

/** What people do who build clusters and run them. */
export const USE_COMMANDS: CommandGroup = {
  heading: "Use clusters:",
  families: {
    allowance: "let runs be paid in a token out of your account, or no longer",
    cluster: "apply, show, execute or stop a cluster",
    credit: "list or take out what was earned or refunded",
    execution: "show, watch, keep or end a run",
    feedback: "rate agents, and see how they were rated",
    request: "sign a run for somebody else to bring, or bring one",
    validation: "have agents' work checked, and answer as a validator",
  },
  commands: [
    {
      path: ["cluster", "apply"],
      summary: "make the chain's cluster what a file says",
      load: () => import("../commands/clusterApply.ts"),
    },
    {
      path: ["cluster", "show"],
      summary: "show a cluster's agents, tasks and prices",
      load: () => import("../commands/clusterShow.ts"),
    },
    {
      path: ["cluster", "execute"],
      summary: "run a cluster on a document",
      load: () => import("../commands/clusterExecute.ts"),
    },
    {
      path: ["cluster", "stop"],
      summary: "let a cluster or a version take no new executions",
      load: () => import("../commands/clusterStop.ts"),
    },
    {
      path: ["cluster", "open"],
      summary: "let a stopped cluster take new executions again",
      load: () => import("../commands/clusterOpen.ts"),
    },
    {
      path: ["cluster", "restrict"],
      summary: "let only its owner and who has a grant run a cluster",
      load: () => import("../commands/clusterRestrict.ts"),
    },
    {
      path: ["quote"],
      summary: "say what a run of a cluster costs",
      load: () => import("../commands/quote.ts"),
    },
    {
      path: ["execution", "show"],
      summary: "show what a run came to, and why",
      load: () => import("../commands/executionShow.ts"),
    },
    {
      path: ["execution", "watch"],
      summary: "tell what happens in runs while it happens",
      load: () => import("../commands/executionWatch.ts"),
    },
    {
      path: ["execution", "receipt"],
      summary: "write a receipt, which proves a response later",
      load: () => import("../commands/executionReceipt.ts"),
    },
    {
      path: ["execution", "expire"],
      summary: "end a run whose deadline is over, with a refund",
      load: () => import("../commands/executionExpire.ts"),
    },
    {
      path: ["execution", "cancel"],
      summary: "end a run that the nodes let lie, as its requester",
      load: () => import("../commands/executionCancel.ts"),
    },
    {
      path: ["execution", "deliver"],
      summary: "tell a contract of a run's end, for the budget on it",
      load: () => import("../commands/executionDeliver.ts"),
    },
    {
      path: ["request", "sign"],
      summary: "write a run as a signed file, which costs no gas",
      load: () => import("../commands/requestSign.ts"),
    },
    {
      path: ["request", "send"],
      summary: "bring a signed run, for the gas and a fee",
      load: () => import("../commands/requestSend.ts"),
    },
    {
      path: ["request", "cancel"],
      summary: "make a signed run worthless that nobody has brought",
      load: () => import("../commands/requestCancel.ts"),
    },
    {
      path: ["verify"],
      summary: "check a receipt against a chain",
      load: () => import("../commands/verify.ts"),
    },
    {
      path: ["allowance", "give"],
      summary: "let runs be paid in a token out of the account",
      load: () => import("../commands/allowanceGive.ts"),
    },
    {
      path: ["allowance", "show"],
      summary: "show what may be taken of a token, and by whom",
      load: () => import("../commands/allowanceShow.ts"),
    },
    {
      path: ["credit", "list"],
      summary: "list the credits of an account and of what it owns",
      load: () => import("../commands/creditList.ts"),
    },
    {
      path: ["credit", "withdraw"],
      summary: "take a credit out",
      load: () => import("../commands/creditWithdraw.ts"),
    },
    {
      path: ["feedback", "give"],
      summary: "rate an agent, also as one who paid for its work",
      load: () => import("../commands/feedbackGive.ts"),
    },
    {
      path: ["feedback", "revoke"],
      summary: "take feedback back",
      load: () => import("../commands/feedbackRevoke.ts"),
    },
    {
      path: ["feedback", "show"],
      summary: "show how an agent was rated",
      load: () => import("../commands/feedbackShow.ts"),
    },
    {
      path: ["validation", "request"],
      summary: "ask a validator to check an agent's work",
      load: () => import("../commands/validationRequest.ts"),
    },
    {
      path: ["validation", "respond"],
      summary: "answer such a request as its validator",
      load: () => import("../commands/validationRespond.ts"),
    },
    {
      path: ["validation", "show"],
      summary: "show a request, or those of an agent or a validator",
      load: () => import("../commands/validationShow.ts"),
    },
  ],
};
