import { dropManagerRequest } from "@pleiad/sdk/manager/dropManagerRequest";
import { listManagerRequests } from "@pleiad/sdk/manager/listManagerRequests";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { printableLine } from "../text/printable.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly drop?: string;
}

/** `pleiad manager requests`: clusters that were asked for and are not there yet. */
export const define: DefineCommand = (command, around) => {
  command.option("--drop <slug>", "try one no more");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager requests", "clusters that were asked for, and the plan of each"],
    ["pleiad manager requests --drop weekly-brief", "it is not tried again"],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const client = await managerOf(options, around);
    if (options.drop !== undefined) {
      const { request } = await dropManagerRequest(client, { slug: options.drop });
      output.json({ request });
      output.line(`${request.slug} is not tried again`);
      return 0;
    }
    const { requests } = await listManagerRequests(client);
    output.json({ requests });
    if (requests.length === 0) output.line("no cluster is wanted that is not there");
    else
      output.table(
        [
          { header: "slug" },
          { header: "needs", narrow: "cut" },
          { header: "since" },
          { header: "by", narrow: "cut" },
          { header: "plan" },
        ],
        requests.map(({ slug, needs, sinceMs, by, plan }) => [
          slug,
          printableLine(needs.map(({ capability, count }) => `${count} × ${capability}`).join(", ")),
          new Date(sinceMs).toISOString().slice(0, 19),
          printableLine(by),
          plan ?? "none is possible yet",
        ]),
      );
    return 0;
  });
};
