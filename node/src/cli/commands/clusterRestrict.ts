import { restrictCluster } from "@pleiad/sdk/actions/restrictCluster";
import { turnSwitch } from "../clusterSwitch.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addSigningOptions, type SigningOptions } from "../signing.ts";

interface Options extends SigningOptions {
  readonly lift?: boolean;
}

/** `pleiad cluster restrict CLUSTER`: lets only its owner, and who has a grant, run it. */
export const define: DefineCommand = (command, around) => {
  command.argument("<cluster>", "the cluster's id or slug").option("--lift", "let everybody run it again");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad cluster restrict document-brief", "then: pleiad grant give cluster document-brief ADDRESS"],
    ["pleiad cluster restrict document-brief --lift --yes --json", "takes it back; for a program"],
  ]);
  setAction<Options>(command, around, async (context, name = "") => {
    const restricted = context.options.lift !== true;
    await turnSwitch(context, name, {
      functionName: "setRestricted",
      argument: restricted,
      question: restricted ? "Let only the owner of %, and who has a grant, run it" : "Let everybody run %",
      told: restricted ? "for its owner and who has a grant" : "for everybody",
      json: { restricted },
      send: (sender, { cluster }, deployment) =>
        restrictCluster(sender.client, { deployment, cluster, restricted }),
    });
    return 0;
  });
};
