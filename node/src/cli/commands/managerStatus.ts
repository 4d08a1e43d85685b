import { type GetManagerStatusAnswer, getManagerStatus } from "@pleiad/sdk/manager/getManagerStatus";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { isOver, numberText, printAlerts, printPlans } from "../managerText.ts";
import type { Output } from "../output.ts";
import { listed } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

type Status = GetManagerStatusAnswer["status"];

/** `pleiad manager status`: how the clusters are that a daemon's manager looks after. */
export const define: DefineCommand = (command, around) => {
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager status", "clusters, what they want, alerts and open plans"],
    ["pleiad manager status --node /srv/pleiad --json", "another daemon's, for a program"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }) => {
    const { status } = await getManagerStatus(await managerOf(options, around));
    output.json({ status });
    printStatus(status, output);
    return status.problem === undefined ? 0 : 1;
  });
};

function printStatus(status: Status, output: Output): void {
  const { id, name, capabilities, reconciled, problem, clusters, missing = [], alerts, plans } = status;
  output.facts([
    ["manager", `${printableLine(name)} (${printableLine(id)})`],
    ["looks after", listed(capabilities)],
    [
      "last look",
      reconciled === undefined
        ? "none yet"
        : `${new Date(reconciled.atMs).toISOString()}, block ${reconciled.block}, took ${Math.ceil(reconciled.tookMs)} ms`,
    ],
    [
      "not found",
      missing.length === 0
        ? ""
        : output.style.warning(
            `no cluster on the chain has the slug ${missing.map(printableLine).join(", ")}`,
          ),
    ],
    [
      "problem",
      problem === undefined ? "" : output.style.bad(`${problem.code}: ${printableLine(problem.message)}`),
    ],
  ]);
  output.line();
  if (clusters.length === 0) output.line("it looks after no cluster that is on the chain");
  else printClusters(status, output);
  const now = alerts.filter(({ state }) => state !== "resolved");
  if (now.length > 0) {
    output.line();
    printAlerts(now, output);
  }
  const open = plans.filter((plan) => !isOver(plan));
  if (open.length > 0) {
    output.line();
    printPlans(open, output);
  }
}

function printClusters({ clusters }: Status, output: Output): void {
  output.table(
    [
      { header: "cluster", align: "right" },
      { header: "slug", narrow: "cut" },
      { header: "version", align: "right" },
      { header: "ready", align: "right" },
      { header: "running", align: "right" },
      { header: "waiting", align: "right" },
      { header: "places", align: "right" },
      { header: "stability", align: "right" },
      { header: "wants", narrow: "wrap" },
    ],
    clusters.map((one) => [
      one.cluster,
      printableLine(one.slug),
      String(one.version),
      `${one.ready}/${one.members}`,
      String(one.running),
      String(one.waiting),
      numberText(one.places),
      one.stability.score.toFixed(2),
      printableLine(one.wanted.join("; ")),
    ]),
  );
}
