import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import type { Cluster } from "@pleiad/sdk/types/cluster";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Sent } from "@pleiad/sdk/types/sent";
import type { Sender } from "./account.ts";
import type { ActionContext } from "./define.ts";
import { resolveCluster } from "./resolve.ts";
import { sendOne, sentFact, sentJson } from "./sending.ts";
import { openSigning, type SigningOptions } from "./signing.ts";
import { printableLine } from "./text/printable.ts";

/** One call of the registry that says who may run a cluster. */
export interface ClusterSwitch {
  readonly functionName: "setClosed" | "setRestricted" | "stopVersion";
  /** What it takes beside the cluster. */
  readonly argument: boolean | bigint;
  /** The beginning of a question, the cluster's name in the place of "%". */
  readonly question: string;
  /** What is true from then on, the same way. */
  readonly told: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly send: (sender: Sender, cluster: Cluster, deployment: Deployment) => Promise<Sent>;
}

/** Does what the switch says to the cluster that somebody names, who has to own it or be an edit delegate. */
export async function turnSwitch<Options extends SigningOptions>(
  context: ActionContext<Options>,
  name: string,
  { functionName, argument, question, told, json, send }: ClusterSwitch,
): Promise<void> {
  const { output } = context;
  const { chain, sender } = await openSigning(context);
  const { deployment } = chain;
  const cluster = await resolveCluster(chain, name);
  const slug = printableLine(cluster.slug);
  const call = {
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName,
    args: [cluster.cluster, argument],
  };
  const sent = await sendOne(
    {
      call,
      question: question.replace("%", slug),
      doing: "telling the registry",
      send: () => send(sender, cluster, deployment),
    },
    chain,
    sender,
    context,
  );
  output.json({ clusterId: Number(cluster.cluster), slug: cluster.slug, ...json, ...sentJson(sent) });
  output.facts([
    ["cluster", `${cluster.cluster}  ${output.style.title(slug)}`],
    ["state", told.replace("%", slug)],
    sentFact(sent),
  ]);
}
