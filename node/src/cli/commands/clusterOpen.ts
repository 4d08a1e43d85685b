import { closeCluster } from "@pleiad/sdk/actions/closeCluster";
import { turnSwitch } from "../clusterSwitch.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addSigningOptions, type SigningOptions } from "../signing.ts";

/** `pleiad cluster open CLUSTER`: lets a stopped cluster take new executions again. */
export const define: DefineCommand = (command, around) => {
  command.argument("<cluster>", "the cluster's id or slug");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad cluster open document-brief", "new executions again; versions that were stopped stay so"],
    ["pleiad cluster open 1 --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, name = "") => {
    await turnSwitch(context, name, {
      functionName: "setClosed",
      argument: false,
      question: "Let % take new executions again",
      told: "takes new executions",
      json: { closed: false },
      send: (sender, { cluster }, deployment) =>
        closeCluster(sender.client, { deployment, cluster, closed: false }),
    });
    return 0;
  });
};
