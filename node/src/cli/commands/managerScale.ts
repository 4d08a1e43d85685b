import { requestOfManager } from "@pleiad/sdk/manager/requestOfManager";
import { addExamples, type DefineCommand, parseCountOption, setAction } from "../define.ts";
import { clusterDigits, managerOf } from "../managerAccess.ts";
import { printPlan } from "../managerText.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly places?: bigint;
}

/** `pleiad manager scale CLUSTER`: a look at its places now, or so many of them. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<cluster>", "the cluster, by its id, or the data folder's by its slug")
    .option(
      "--places <count>",
      "how many it shall have (default: what the manager finds right)",
      parseCountOption,
    );
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager scale 1", "what the manager finds right for it now"],
    ["pleiad manager scale 1 --places 8", "eight places on the manager's nodes"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name) => {
    const cluster = clusterDigits(name, options, around);
    const places = options.places === undefined ? {} : { places: Number(options.places) };
    const client = await managerOf(options, around);
    const { plan } = await requestOfManager(client, { request: { kind: "SCALING", cluster, ...places } });
    output.json({ plan });
    printPlan(plan, output);
    return 0;
  });
};
