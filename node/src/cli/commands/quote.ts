import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { getVersionStatus } from "@pleiad/sdk/actions/getVersionStatus";
import { quote } from "@pleiad/sdk/actions/quote";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { amountText, currencyOf } from "../currencies.ts";
import { addExamples, type DefineCommand, parseCountOption, setAction } from "../define.ts";
import { resolveCluster } from "../resolve.ts";
import { printableLine } from "../text/printable.ts";
import { statusText } from "../versionStatus.ts";

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
    const about = { deployment, cluster, version: pinned.version };
    const [{ totalWei, currency, accepting, version }, status] = await Promise.all([
      quote(client, about),
      getVersionStatus(client, about),
    ]);
    const money = await currencyOf(chain, currency);
    output.json({
      clusterId: Number(cluster),
      slug: pinned.slug,
      version: Number(version),
      currency,
      totalWei,
      accepting,
      status,
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
          amountText(task.priceWei, money),
        ]),
        ["the cluster's owner, if the run succeeds", amountText(pinned.feeWei, money)],
        [output.style.title("in all"), output.style.title(amountText(totalWei, money))],
      ],
    );
    output.line();
    output.prose(
      `Exact for version ${version} of ${pinned.slug}, for ever. Gas comes on top. Tasks that nobody answers are refunded.`,
    );
    const hindrance = statusText(status);
    if (hindrance !== undefined) output.prose(`But ${hindrance}.`);
    return 0;
  });
};
