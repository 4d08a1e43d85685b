import { refuseManagerPlan } from "@pleiad/sdk/manager/refuseManagerPlan";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { printPlan } from "../managerText.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad manager refuse ID`: no to a plan. */
export const define: DefineCommand = (command, around) => {
  command.argument("<plan>", "its id");
  addDaemonOptions(command);
  addExamples(command, [["pleiad manager refuse ID", "nothing of it is done; what was done is taken back"]]);
  setAction<DaemonOptions>(command, around, async ({ options, output }, id = "") => {
    const { plan } = await refuseManagerPlan(await managerOf(options, around), { id });
    output.json({ plan });
    printPlan(plan, output);
    return 0;
  });
};
