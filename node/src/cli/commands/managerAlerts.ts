import { acknowledgeAlert } from "@pleiad/sdk/manager/acknowledgeAlert";
import { listManagerAlerts } from "@pleiad/sdk/manager/listManagerAlerts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { printAlerts } from "../managerText.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly acknowledge?: string;
}

/** `pleiad manager alerts`: thresholds that were crossed. */
export const define: DefineCommand = (command, around) => {
  command.option("--acknowledge <id>", "say that you know of one");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager alerts", "those that fire, and what to do"],
    ["pleiad manager alerts --acknowledge ID", "it fires on, and nobody is told again"],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const client = await managerOf(options, around);
    if (options.acknowledge !== undefined) {
      const { alert } = await acknowledgeAlert(client, { id: options.acknowledge });
      output.json({ alert });
      printAlerts([alert], output);
      return 0;
    }
    const { alerts } = await listManagerAlerts(client);
    output.json({ alerts });
    printAlerts(alerts, output);
    return 0;
  });
};
