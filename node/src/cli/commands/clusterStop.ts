import { closeCluster } from "@pleiad/sdk/actions/closeCluster";
import { stopVersion } from "@pleiad/sdk/actions/stopVersion";
import { turnSwitch } from "../clusterSwitch.ts";
import { addExamples, type DefineCommand, parseCountOption, setAction } from "../define.ts";
import { addSigningOptions, type SigningOptions } from "../signing.ts";

interface Options extends SigningOptions {
  readonly version?: bigint;
}

/** `pleiad cluster stop CLUSTER`: takes no new executions until it is opened; with `--version` of one, for ever. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<cluster>", "the cluster's id or slug")
    .option("--version <n>", "end new executions of this version alone, for ever", parseCountOption);
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad cluster stop document-brief", "no new executions for now; running ones go on"],
    ["pleiad cluster stop document-brief --version 2", "none of version 2 any more"],
    ["pleiad cluster stop 1 --yes --json", "without asking; for a program"],
  ]);
  setAction<Options>(command, around, async (context, name = "") => {
    const { version } = context.options;
    if (version === undefined) {
      await turnSwitch(context, name, {
        functionName: "setClosed",
        argument: true,
        question: "Let % take no new executions until it is opened",
        told: "takes no new executions until it is opened",
        json: { closed: true },
        send: (sender, { cluster }, deployment) => closeCluster(sender.client, { deployment, cluster }),
      });
      return 0;
    }
    await turnSwitch(context, name, {
      functionName: "stopVersion",
      argument: version,
      question: `End new executions of version ${version} of % for ever`,
      told: `version ${version} takes no new executions any more`,
      json: { version: Number(version), stopped: true },
      send: (sender, { cluster }, deployment) => stopVersion(sender.client, { deployment, cluster, version }),
    });
    return 0;
  });
};
