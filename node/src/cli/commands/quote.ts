import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { quote } from "@pleiad/sdk/actions/quote";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, parseCountOption, setAction } from "../define.ts";
import { resolveCluster } from "../resolve.ts";
import { ether } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";

interface Options extends ChainOptions {
  readonly version?: bigint;
}

/** `pleiad quote CLUSTER`: what a run costs. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<cluster>", "the cluster's id or slug")
    .option("--version <n>", "a version (default: the newest)", parseCountOption);
  addChainOptions(command);
  addExamples(command, [
    ["pleiad quote document-brief", "what a run of its newest version costs"],
    ["pleiad quote 1 --version 1", "the same for an older one, by the cluster's id"],
    ["pleiad quote document-brief --json", "in wei, for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const { cluster } = await resolveCluster(chain, name);
    const pinned = await getVersion(client, { deployment, cluster, version: options.version });
    const { totalWei, currency, version } = await quote(client, {
      deployment,
      cluster,
      version: pinned.version,
    });
    output.json({
      clusterId: Number(cluster),
      slug: pinned.slug,
      version: Number(version),
      currency,
      totalWei,
      feeWei: pinned.feeWei,
      tasks: pinned.tasks.map(({ name: task, model, priceWei }) => ({
        task,
        model: Number(model),
        priceWei,
      })),
    });
    output.table(
      [
        { header: "for", narrow: "cut" },
        { header: "price", align: "right" },
      ],
      [
        ...pinned.tasks.map((task) => [
          `task ${printableLine(task.name)}, model ${task.model}`,
          ether(task.priceWei),
        ]),
        ["the cluster's owner, if the run succeeds", ether(pinned.feeWei)],
        [output.style.title("in all"), output.style.title(ether(totalWei))],
      ],
    );
    output.line();
    output.prose(
      `Exact for version ${version} of ${pinned.slug}, for ever. Gas comes on top. Tasks that nobody answers are refunded.`,
    );
    return 0;
  });
};
