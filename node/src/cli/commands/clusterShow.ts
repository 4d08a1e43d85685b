import { getModel } from "@pleiad/sdk/actions/getModel";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { getVersionStatus } from "@pleiad/sdk/actions/getVersionStatus";
import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import type { Cluster } from "@pleiad/sdk/types/cluster";
import type { Version, VersionAgent, VersionTask } from "@pleiad/sdk/types/version";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { agentJson, clusterHead, clusterJson, type ModelFacts, taskJson } from "../clusterJson.ts";
import { type ChainContext, openChain } from "../context.ts";
import { amountText, type Currency, currencyOf } from "../currencies.ts";
import { addExamples, type DefineCommand, parseCountOption, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import { resolveAgent, resolveCluster, resolveTask } from "../resolve.ts";
import { counted, durationText, grouped, listed } from "../text/amounts.ts";
import { printable, printableLine } from "../text/printable.ts";
import { statusText } from "../versionStatus.ts";

interface Options extends ChainOptions {
  readonly version?: bigint;
  readonly task?: string;
  readonly agent?: string;
}

/** `pleiad cluster show CLUSTER`: agents, tasks, models and prices of a version. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<cluster>", "the cluster's id or slug")
    .option("--version <n>", "a version (default: the newest)", parseCountOption)
    .option("--task <name>", "show one task whole, with its prompt")
    .option("--agent <name>", "show one agent whole, with its persona");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad cluster show document-brief", "its agents, tasks and prices"],
    ["pleiad cluster show document-brief --task write", "the prompt of one task"],
    ["pleiad cluster show document-brief --agent critic", "the persona of one agent"],
    ["pleiad cluster show 1 --version 1 --json", "an older version, for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    const chain = await openChain(options, around);
    const cluster = await resolveCluster(chain, name);
    if (cluster.versions === 0n && options.version === undefined) return showUnpublished(cluster, output);
    const { client, deployment } = chain;
    const version = await getVersion(client, {
      deployment,
      cluster: cluster.cluster,
      version: options.version,
    });
    const money = await currencyOf(chain, version.currency);
    if (options.task !== undefined)
      return showTask(version, resolveTask(version, options.task), money, output);
    if (options.agent !== undefined) return showAgent(resolveAgent(version, options.agent), output);
    const models = await modelsOf(chain, version);
    const about = { deployment, cluster: cluster.cluster, version: version.version };
    const status = await getVersionStatus(client, about);
    output.json({ ...clusterJson(cluster, version, models), status });
    showCluster(cluster, version, { money, hindrance: statusText(status) }, output);
    showTasks(version, models, money, output);
    showAgents(version, output);
    return 0;
  });
};

async function modelsOf({ client, deployment }: ChainContext, version: Version): Promise<ModelFacts[]> {
  const ids = [...new Set(version.tasks.map((task) => task.model))];
  return Promise.all(
    ids.map(async (model) => {
      const [{ name }, nodes] = await Promise.all([
        getModel(client, { deployment, model }),
        listServingNodes(client, { deployment, model }),
      ]);
      return {
        model,
        name,
        nodes: nodes
          .filter(({ active }) => active)
          .map(({ node }) => node)
          .sort((a, b) => (a < b ? -1 : 1)),
      };
    }),
  );
}

function showUnpublished(cluster: Cluster, output: Output): number {
  output.json({ ...clusterHead(cluster), version: null });
  output.line(output.style.title(`${cluster.slug}  ${printableLine(cluster.name)}`));
  output.prose(`Cluster ${cluster.cluster} of ${cluster.owner} has no version yet, so nobody can run it.`);
  return 0;
}

function showCluster(
  cluster: Cluster,
  version: Version,
  { money, hindrance }: { readonly money: Currency; readonly hindrance: string | undefined },
  output: Output,
): void {
  output.line(output.style.title(`${cluster.slug}  ${printableLine(version.name)}`));
  if (version.description !== "") output.prose(printable(version.description));
  output.line();
  const newest = version.version === cluster.versions ? "the newest" : `the newest is ${cluster.versions}`;
  output.facts([
    ["cluster", `${cluster.cluster}`],
    ["owner", cluster.owner],
    ["version", `${version.version}, ${newest}`],
    [
      "a run costs",
      `${amountText(version.quoteWei, money)}, ${amountText(version.feeWei, money)} of it for the owner; gas comes on top`,
    ],
    ["but", hindrance === undefined ? "" : output.style.warning(hindrance)],
    ["inputs", version.inputs.map(printableLine).join(", ")],
    ["window", `${durationText(version.windowSeconds)} until the next node may step in`],
    ["fails", `after ${counted(version.attempts, "report")} that a task cannot be answered`],
  ]);
  output.line();
}

function showTasks(version: Version, models: readonly ModelFacts[], money: Currency, output: Output): void {
  output.table(
    [
      { header: "task" },
      { header: "after", narrow: "wrap" },
      { header: "agent" },
      { header: "model", narrow: "cut" },
      { header: "nodes", narrow: "wrap" },
      { header: "price", align: "right" },
      { header: "node's share", align: "right" },
    ],
    version.tasks.map((task) => {
      const model = models.find((one) => one.model === task.model);
      return [
        printableLine(task.name),
        taskNames(version, task.dependsOn) || "–",
        printableLine(version.agents[task.agentIndex]?.name ?? ""),
        `${task.model} ${printableLine(model?.name ?? "")}`,
        model?.nodes.join(", ") || "none",
        amountText(task.priceWei, money),
        `${task.nodeShareBps / 100} %`,
      ];
    }),
  );
  output.line();
}

function showAgents(version: Version, output: Output): void {
  output.table(
    [
      { header: "agent" },
      { header: "id", align: "right" },
      { header: "role", narrow: "cut" },
      { header: "goal", narrow: "wrap" },
    ],
    version.agents.map(({ agent, name, role, goal }) => [
      printableLine(name),
      `${agent}`,
      printableLine(role) || "–",
      printableLine(goal) || "–",
    ]),
  );
}

function showTask(version: Version, task: VersionTask, money: Currency, output: Output): number {
  output.json(taskJson(version, task));
  output.facts([
    [
      "task",
      `${printableLine(task.name)}, number ${task.task + 1} of ${counted(version.tasks.length, "task")}`,
    ],
    ["agent", printableLine(version.agents[task.agentIndex]?.name ?? "")],
    ["model", `${task.model}`],
    ["price", amountText(task.priceWei, money)],
    ["after", taskNames(version, task.dependsOn)],
    ["quorum", task.quorum === 1 ? "" : `${task.quorum} nodes must agree`],
    ["tool", printableLine(task.tool)],
    ["arguments", printable(task.toolArguments)],
  ]);
  output.line();
  output.prose(printable(task.prompt));
  return 0;
}

function showAgent(agent: VersionAgent, output: Output): number {
  output.json(agentJson(agent));
  output.facts([
    ["agent", printableLine(agent.name)],
    ["id", `${agent.agent}`],
    ["role", printable(agent.role)],
    ["goal", printable(agent.goal)],
    ["backstory", printable(agent.backstory)],
    ["answers", agent.tokensMax === undefined ? "" : `at most ${grouped(agent.tokensMax)} tokens`],
    ["temperature", agent.temperature === undefined ? "" : `${agent.temperature}`],
  ]);
  return 0;
}

function taskNames(version: Version, tasks: readonly number[]): string {
  return listed(tasks.map((task) => printableLine(version.tasks[task]?.name ?? `${task}`)));
}
