import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { closeModel } from "@pleiad/sdk/actions/closeModel";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { stopVersion } from "@pleiad/sdk/actions/stopVersion";
import type { Model } from "@pleiad/sdk/types/model";
import type { Sent } from "@pleiad/sdk/types/sent";
import { Option } from "commander";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { resolveCluster } from "../resolve.ts";
import { sendOne, sentFact, sentJson, type Transaction } from "../sending.ts";
import { addSigningOptions, openSigning, type Signing, type SigningOptions } from "../signing.ts";
import { printableLine } from "../text/printable.ts";
import { type VersionName, versionNameOf } from "../versionName.ts";

interface Options extends SigningOptions {
  readonly version?: string;
  readonly reopen?: boolean;
}

/** What a stop does, and how it is told. */
interface Stop extends Transaction<Sent> {
  readonly json: Readonly<Record<string, unknown>>;
  readonly told: string;
}

/** `pleiad model stop MODEL`: lets a model get into no new version; with `--version` ends new runs of one that has it. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<model>", "the model's id")
    .option("--version <cluster:version>", "end new executions of this version, for ever")
    .addOption(new Option("--reopen", "let the model get into new versions again").conflicts("version"));
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad model stop 2", "model 2 gets into no new version; those that have it go on"],
    ["pleiad model stop 2 --version document-brief:3", "version 3 takes no new executions any more"],
    ["pleiad model stop 2 --reopen --yes --json", "takes the first back; for a program"],
  ]);
  setAction<Options>(command, around, async (context, id) => {
    const { options, output } = context;
    const modelId = idOf(id);
    const version = options.version === undefined ? undefined : versionNameOf(options.version);
    const signing = await openSigning(context);
    const { chain, sender } = signing;
    const model = await getModel(chain.client, { deployment: chain.deployment, model: modelId });
    const stop =
      version === undefined
        ? closing(signing, model, options.reopen !== true)
        : await stopping(signing, model, version);
    const sent = await sendOne(stop, chain, sender, context);
    output.json({ modelId: Number(modelId), ...stop.json, ...sentJson(sent) });
    output.facts([
      ["model", `${output.style.title(`${modelId}`)}  ${printableLine(model.name)}`],
      ["state", stop.told],
      sentFact(sent),
    ]);
    return 0;
  });
};

function closing({ chain, sender }: Signing, { model, name }: Model, closed: boolean): Stop {
  const { deployment } = chain;
  const named = `model ${model} (${printableLine(name)})`;
  return {
    call: {
      address: deployment.modelRegistry,
      abi: modelRegistryAbi,
      functionName: "setClosed",
      args: [model, closed],
    },
    question: closed ? `Let ${named} get into no new version` : `Let ${named} get into new versions again`,
    doing: closed ? "closing the model" : "opening the model",
    send: () => closeModel(sender.client, { deployment, model, closed }),
    json: { closed },
    told: closed ? "gets into no new version" : "gets into new versions",
  };
}

async function stopping(
  { chain, sender }: Signing,
  { model, name }: Model,
  wish: VersionName,
): Promise<Stop> {
  const { deployment } = chain;
  const { cluster, slug } = await resolveCluster(chain, wish.cluster);
  const { version } = wish;
  const named = `version ${version} of ${printableLine(slug)}`;
  return {
    call: {
      address: deployment.clusterRegistry,
      abi: clusterRegistryAbi,
      functionName: "stopVersionAsModel",
      args: [cluster, version, model],
    },
    question: `End new executions of ${named} for ever, as the owner of model ${model} (${printableLine(name)})`,
    doing: "stopping the version",
    send: () => stopVersion(sender.client, { deployment, cluster, version, model }),
    json: { clusterId: Number(cluster), slug, version: Number(version), stopped: true },
    told: `${named} takes no new executions any more`,
  };
}
