import type { CommandGroup } from "./group.ts";

/** Who else may act for an owner, or use what is theirs. */
export const SHARE_COMMANDS: CommandGroup = {
  heading: "Let others in:",
  families: {
    delegate: "let another account act for what you own",
    grant: "let others use a model, an agent or a restricted cluster",
    invitation: "give a grant as a file that its guest brings",
  },
  commands: [
    {
      path: ["delegate", "add"],
      summary: "let an account act for what you own",
      load: () => import("../commands/delegateAdd.ts"),
    },
    {
      path: ["delegate", "remove"],
      summary: "take its roles from a delegate",
      load: () => import("../commands/delegateRemove.ts"),
    },
    {
      path: ["delegate", "list"],
      summary: "list who may act for an owner",
      load: () => import("../commands/delegateList.ts"),
    },
    {
      path: ["grant", "give"],
      summary: "let somebody use what you own",
      load: () => import("../commands/grantGive.ts"),
    },
    {
      path: ["grant", "revoke"],
      summary: "take a grant back",
      load: () => import("../commands/grantRevoke.ts"),
    },
    {
      path: ["grant", "show"],
      summary: "show how often somebody may use something",
      load: () => import("../commands/grantShow.ts"),
    },
    {
      path: ["invitation", "sign"],
      summary: "write a grant as a file",
      load: () => import("../commands/invitationSign.ts"),
    },
    {
      path: ["invitation", "accept"],
      summary: "make a grant of an invitation",
      load: () => import("../commands/invitationAccept.ts"),
    },
    {
      path: ["invitation", "revoke"],
      summary: "make an invitation worthless",
      load: () => import("../commands/invitationRevoke.ts"),
    },
  ],
};
