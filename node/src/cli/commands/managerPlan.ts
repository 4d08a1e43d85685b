import { getManagerPlan } from "@pleiad/sdk/manager/getManagerPlan";
import { listManagerPlans } from "@pleiad/sdk/manager/listManagerPlans";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { printPlan, printPlans } from "../managerText.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad manager plan [ID]`: plans, or one of them step by step. */
export const define: DefineCommand = (command, around) => {
  command.argument("[plan]", "its id (default: the last ones are listed)");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager plan", "the last plans, and what became of them"],
    ["pleiad manager plan ID", "one, with steps, reasons, costs and who must say yes"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }, id) => {
    const client = await managerOf(options, around);
    if (id === undefined) {
      const { plans } = await listManagerPlans(client);
      output.json({ plans });
      printPlans(plans, output);
      return 0;
    }
    const { plan } = await getManagerPlan(client, { id });
    output.json({ plan });
    printPlan(plan, output);
    return 0;
  });
};
