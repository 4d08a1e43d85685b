import type { ManagerClient } from "@pleiad/sdk/manager/createManagerClient";
import { listManagerRoutes } from "@pleiad/sdk/manager/listManagerRoutes";
import { type RequestOfManagerParameters, requestOfManager } from "@pleiad/sdk/manager/requestOfManager";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { clusterDigits, managerOf, requireManaged } from "../managerAccess.ts";
import { numberText, printPlan } from "../managerText.ts";
import type { Surroundings } from "../surroundings.ts";
import { printableLine } from "../text/printable.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly to?: string;
  readonly topic?: string;
  readonly gateway?: string;
  readonly all?: boolean;
}

type Destination = Extract<RequestOfManagerParameters["request"], { readonly kind: "COMMUNICATION" }>["to"];

/** `pleiad manager route CLUSTER [TEXT]`: where its members are reached; with a text, tells them something. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<cluster>", "the cluster, by its id or slug")
    .argument("[text]", "what to tell (default: nothing, the routes are shown)")
    .option("--to <member>", "to one member, over its route")
    .option("--topic <topic>", "to whoever subscribed to it")
    .option(
      "--gateway <cluster>",
      "to that cluster's members, through a gateway that both owners named; wants --topic",
    )
    .option("--all", "to all members");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager route 1", "the nodes of each member, the nearest that lives first"],
    ['pleiad manager route 1 "Begin with the names" --to reader', "tells one member"],
    ['pleiad manager route 1 "The draft is there" --topic drafts --gateway 4', "tells another cluster"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name, text) => {
    const client = await managerOf(options, around);
    const cluster = await clusterDigits(client, name, options, around);
    if (text !== undefined) {
      const to = await destinationOf(client, options, around);
      const { plan } = await requestOfManager(client, {
        request: { kind: "COMMUNICATION", cluster, to, text },
      });
      output.json({ plan });
      printPlan(plan, output);
      return 0;
    }
    if (options.to !== undefined || options.topic !== undefined || options.all === true)
      throw cliError("USAGE_INVALID", "say what to tell: pleiad manager route CLUSTER TEXT");
    const { routes } = await listManagerRoutes(client, { cluster });
    if (routes.length === 0) await requireManaged(client, cluster);
    output.json({ routes });
    if (routes.length === 0)
      output.line(`the manager knows no routes of cluster ${cluster} yet: they come with its next look`);
    else {
      output.table(
        [
          { header: "member", narrow: "cut" },
          { header: "nodes" },
          { header: "round trip", align: "right" },
          { header: "lost", align: "right" },
          { header: "since" },
        ],
        routes.map(({ member, nodes, roundTripMs, lossShare, changedAtMs }) => [
          printableLine(member),
          nodes.length === 0 ? output.style.bad("none") : nodes.join(", "),
          roundTripMs === undefined ? "" : `${numberText(roundTripMs)} ms`,
          lossShare === undefined ? "" : `${Math.round(lossShare * 100)} %`,
          new Date(changedAtMs).toISOString().slice(0, 19),
        ]),
      );
      output.line();
      output.line(
        "A message reaches every member by the cluster's log. A route says which node is asked first whether a member is there.",
      );
    }
    return 0;
  });
};

async function destinationOf(
  client: ManagerClient,
  options: Options,
  around: Surroundings,
): Promise<Destination> {
  const { to, topic, gateway, all } = options;
  const named = [to, gateway ?? topic, all === true ? "" : undefined].filter((one) => one !== undefined);
  if (named.length !== 1 || (gateway !== undefined && topic === undefined))
    throw cliError(
      "USAGE_INVALID",
      "say to whom: --to MEMBER, --all, --topic TOPIC, or --gateway CLUSTER --topic TOPIC",
    );
  if (to !== undefined) return { how: "route", member: to };
  if (topic === undefined) return { how: "broadcast" };
  return gateway === undefined
    ? { how: "topic", topic }
    : { how: "gateway", cluster: await clusterDigits(client, gateway, options, around), topic };
}
