import { PleiadError } from "@pleiad/sdk/errors";
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
    .argument("<cluster>", "the cluster, by its id or slug")
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
    const client = await managerOf(options, around);
    const cluster = await clusterDigits(client, name, options, around);
    const places = options.places === undefined ? {} : { places: Number(options.places) };
    const plan = await requestOfManager(client, { request: { kind: "SCALING", cluster, ...places } }).then(
      (answer) => answer.plan,
      (error: unknown) => {
        // Whoever has it looked at learns that all is well; whoever wants so many places, that they are not to be had so.
        if (options.places === undefined && error instanceof PleiadError && error.code === "NOTHING_TO_DO")
          return undefined;
        throw error;
      },
    );
    output.json({ plan: plan ?? null });
    if (plan === undefined) output.line(`cluster ${cluster} is as it should be: no plan is needed`);
    else printPlan(plan, output);
    return 0;
  });
};
