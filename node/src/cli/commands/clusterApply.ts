import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { BLUEPRINT_BYTES_MAX } from "@pleiad/sdk/blueprint/limits";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { placeInBlueprint } from "@pleiad/sdk/blueprint/placeInBlueprint";
import { openSender, senderAddress } from "../account.ts";
import { chainCall } from "../chainCall.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { type ClusterPlan, planCluster } from "../clusterPlan.ts";
import { printClusterPlan } from "../clusterPlanText.ts";
import { type Right, requireRights, rightsOf } from "../clusterRights.ts";
import { type Applied, applyPlan } from "../clusterSteps.ts";
import { type ChainContext, openChain } from "../context.ts";
import { amountText, type Currency, currencyOf } from "../currencies.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { readTextFile } from "../inputFile.ts";
import type { Output } from "../output.ts";
import { confirm } from "../prompt.ts";
import { counted, ether, grouped } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";

interface Options extends ChainOptions, KeyOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `pleiad cluster apply FILE`: makes the chain's cluster what a file says. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<file>", "a cluster.yaml; pleiad init writes an example")
    .option("--dry-run", "show what would change, and whether you may, and send nothing")
    .option("-y, --yes", "do not ask before sending");
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad cluster apply cluster.yaml --dry-run", "what would change, line by line"],
    ["pleiad cluster apply cluster.yaml", "shows it, asks, registers, builds and publishes"],
    ["pleiad cluster apply cluster.yaml --yes --key owner.key --json", "without asking; for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, file = "") => {
    const text = await readTextFile(file, around.cwd, BLUEPRINT_BYTES_MAX);
    const blueprint = parseBlueprint(text, file);
    const chain = await openChain(options, around);
    const plan = await planCluster(chain, blueprint, (path) => {
      const place = placeInBlueprint(text, path);
      return `${file}:${place.line}:${place.column} ${place.path}`;
    });
    printClusterPlan(plan, output);
    if (plan.steps.length === 0 || options.dryRun === true) {
      const account = plan.steps.length === 0 ? undefined : await senderAddress(options, chain, around);
      const rights = account === undefined ? undefined : await rightsOf(chain, plan, account);
      output.json({ ...planJson(plan), applied: false, account: account ?? null, rights: rights ?? null });
      if (plan.steps.length > 0) printRights(rights, account, output);
      return rights?.some(({ allowed }) => !allowed) === true ? 1 : 0;
    }
    const sender = await openSender(options, chain, output, around);
    const rights = await rightsOf(chain, plan, sender.address);
    printRights(rights, sender.address, output);
    requireRights(rights, sender.address);
    if (options.yes !== true) {
      await confirm(`Send ${counted(plan.steps.length, "transaction")} from ${sender.address}?`, around);
    }
    const progress = output.progress();
    const applied = await applyPlan(sender.client, chain.deployment, plan, (text) =>
      progress.say(text),
    ).finally(() => progress.end());
    const published = await publishedOf(applied, plan, chain);
    await printApplied(applied, published, plan, chain, output);
    return published.isAsPlanned ? 0 : 1;
  });
};

/** What a run of the newest version really costs. */
interface Published {
  readonly quoteWei: bigint;
  readonly currency: Currency;
  /** False where a model's owner changed its terms between the plan and the publication, which pins those of its block. */
  readonly isAsPlanned: boolean;
}

async function publishedOf(
  { cluster, version }: Applied,
  plan: ClusterPlan,
  chain: ChainContext,
): Promise<Published> {
  const { client, deployment } = chain;
  const { quoteWei, currency } = await getVersion(client, { deployment, cluster, version });
  const isAsPlanned = quoteWei === plan.quoteWei && currency === plan.currency.address;
  return { quoteWei, currency: await currencyOf(chain, currency), isAsPlanned };
}

/** What belongs to others; what is the account's own needs no word. */
function printRights(
  rights: readonly Right[] | undefined,
  account: string | undefined,
  output: Output,
): void {
  if (rights === undefined) {
    output.note(
      "Whose the models and agents are was not looked at, as nobody said who would send: name a key with --key or --keystore.",
    );
    return;
  }
  if (rights.length === 0) return;
  const { style } = output;
  output.line();
  output.line(`What ${account} does not own:`);
  for (const { allowed, text, command } of rights) {
    output.prose(printableLine(text), `  ${allowed ? style.good("may") : style.bad("may not")} `);
    if (command !== undefined) output.prose(printableLine(command), "    ");
  }
}

function planJson({ blueprint, cluster, lines, steps, quoteWei, currency }: ClusterPlan) {
  return {
    slug: blueprint.slug,
    clusterId: cluster === undefined ? null : Number(cluster.cluster),
    changes: lines,
    transactions: steps.length,
    quoteWei,
    currency: currency.address,
  };
}

async function printApplied(
  applied: Applied,
  published: Published,
  plan: ClusterPlan,
  { client }: ChainContext,
  output: Output,
): Promise<void> {
  const { cluster, version, steps } = applied;
  const receipts = await Promise.all(
    steps.map(({ hash }) => chainCall(() => client.getTransactionReceipt({ hash }))),
  );
  const gas = steps.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const costWei = receipts.reduce((sum, receipt) => sum + receipt.gasUsed * receipt.effectiveGasPrice, 0n);
  output.json({
    ...planJson(plan),
    applied: true,
    quoteWei: published.quoteWei,
    currency: published.currency.address,
    quoteAsPlanned: published.isAsPlanned,
    plannedQuoteWei: plan.quoteWei,
    plannedCurrency: plan.currency.address,
    clusterId: Number(cluster),
    version: Number(version),
    steps: steps.map(({ text, hash, gasUsed }) => ({ text, transaction: hash, gas: Number(gasUsed) })),
    gas: Number(gas),
    costWei,
  });
  const { slug } = plan.blueprint;
  output.line();
  output.prose(
    `${output.style.good("Done:")} ${slug} is cluster ${cluster}, version ${version}. It took ${grouped(gas)} gas, ${ether(costWei)}.`,
  );
  output.line(`Run it:  pleiad cluster execute ${slug} --input FILE --wait`);
  if (!published.isAsPlanned) warnOfQuote(applied, published, plan, output);
}

/** A publication names no highest price, so that it pins whatever the models' owners ask for in its block. */
function warnOfQuote(
  { version }: Applied,
  { quoteWei, currency }: Published,
  { blueprint: { slug }, ...plan }: ClusterPlan,
  output: Output,
): void {
  output.warn(
    `a run of version ${version} costs ${amountText(quoteWei, currency)}, not ${amountText(plan.quoteWei, plan.currency)}: ` +
      "the owner of a model changed its terms before the version was published.",
  );
  output.note(
    `No requester pays more than the quote that goes along with the request (pleiad quote ${slug} tells it). ` +
      `Do you not want that price? pleiad cluster stop ${slug} --version ${version} takes the version out for ever.`,
  );
}
