import type { PleiadError } from "@pleiad/sdk/errors";
import { applyManagerPlan } from "@pleiad/sdk/manager/applyManagerPlan";
import { getManagerPlan } from "@pleiad/sdk/manager/getManagerPlan";
import { reportCarriedOut } from "@pleiad/sdk/manager/reportCarriedOut";
import { takeManagerStep } from "@pleiad/sdk/manager/takeManagerStep";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { type ChainContext, openChain } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { limitedSender } from "../gasLimit.ts";
import { managerOf } from "../managerAccess.ts";
import { carryOutStep, changesOf, checkStep } from "../managerSteps.ts";
import { isOnChain, isOver, type Plan, printPlan, type Step } from "../managerText.ts";
import type { Output } from "../output.ts";
import { confirm } from "../prompt.ts";
import { addYesOption, type SendOptions } from "../sending.ts";
import { counted } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions, ChainOptions, KeyOptions, SendOptions {
  readonly done?: string;
}

/** `pleiad manager apply ID`: yes to a plan, and with the caller's key the steps that the daemon has none for. */
export const define: DefineCommand = (command, around) => {
  command.argument("<plan>", "its id");
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addDaemonOptions(command);
  command.option(
    "--done <step:outcome>",
    "tell what a step led to that was sent before, as 0:12; sends nothing",
  );
  addExamples(command, [
    ["pleiad manager apply ID", "shows it, asks, and has it applied"],
    ["pleiad manager apply ID --keystore owner.json", "with the key for what takes an owner's"],
    ["pleiad manager apply ID --yes --json", "without asking; for a program"],
    ["pleiad manager apply ID --done 0:12", "tells that step 0 was sent before and led to cluster 12"],
  ]);
  setAction<Options>(command, around, async (context, id = "") => {
    const { options, output } = context;
    const client = await managerOf(options, around);
    const tell = async (step: number, outcome: string): Promise<Plan> => {
      try {
        return (await reportCarriedOut(client, { id, step, outcome })).plan;
      } catch (error) {
        throw notTold(id, step, outcome, error);
      }
    };
    if (options.done !== undefined) {
      const told = doneOf(options.done);
      const plan = await tell(told.step, told.outcome);
      output.json({ plan });
      printPlan(plan, output);
      return plan.problem === undefined ? 0 : 1;
    }
    const { plan: before } = await getManagerPlan(client, { id });
    const own = before.steps.slice(before.done).filter(({ step }) => isOnChain(step)).length;
    if (!isOver(before)) await printPublications(before, output, () => openChain(options, around));
    if (!isOver(before) && options.yes !== true) {
      printPlan(before, output);
      output.line();
      const keyed = own === 0 ? "" : `, ${counted(own, "step")} of it with your key`;
      await confirm(`Apply plan ${id}${keyed}?`, around);
    }
    let { plan } = before.state === "applying" ? { plan: before } : await applyManagerPlan(client, { id });
    const progress = output.progress();
    try {
      for (let next = ownersStep(plan); next !== undefined; next = ownersStep(plan)) {
        const step = plan.done;
        const chain = await openChain(options, around);
        const sender = await openSender(options, chain, output, around);
        await checkStep(next, chain, sender);
        const { weiPerGasMax } = await takeManagerStep(client, { id, step });
        const payer = weiPerGasMax === undefined ? sender : await limitedSender(sender, BigInt(weiPerGasMax));
        const outcome = await carryOutStep(next, chain, payer, (text) => progress.say(text));
        plan = await tell(step, outcome);
      }
    } finally {
      progress.end();
    }
    output.json({ plan });
    printPlan(plan, output);
    const formed =
      plan.kind === "FORMATION" ? plan.steps.map(({ step }) => step).find(isNewCluster) : undefined;
    if (formed !== undefined && plan.problem === undefined) {
      output.line();
      output.prose(
        `The manager looks after ${formed.slug} once relationships of its file names it among clusters, or its owner among owners.`,
      );
    }
    return plan.problem === undefined ? 0 : 1;
  });
};

function isNewCluster(step: Step): step is Extract<Step, { readonly act: "publish" }> {
  return step.act === "publish" && step.from === 0;
}

/** What is published, as it changes the chain: nobody says yes to a file that they cannot see. */
async function printPublications(
  { steps, done }: Plan,
  output: Output,
  open: () => Promise<ChainContext>,
): Promise<void> {
  for (const { step } of steps.slice(done)) {
    if (step.act !== "publish") continue;
    const lines = await changesOf(step, await open());
    for (const { sign, text } of lines) output.line(`${sign} ${printableLine(text)}`);
    output.line();
  }
}

function doneOf(text: string): { readonly step: number; readonly outcome: string } {
  const [, step, outcome] = /^(\d{1,4}):(\S+)$/.exec(text) ?? [];
  if (step === undefined || outcome === undefined)
    throw cliError("USAGE_INVALID", `${JSON.stringify(text)} is no STEP:OUTCOME, as 0:12`);
  return { step: Number(step), outcome };
}

/** What was sent stands on the chain whatever the daemon answers, so it is said. */
function notTold(id: string, step: number, outcome: string, cause: unknown): PleiadError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return cliError(
    "STEP_NOT_TOLD",
    `step ${step} of plan ${id} is done and led to ${outcome}, but the manager took it not down: ${why}`,
    {
      hint: `Tell it again, nothing is sent anew: pleiad manager apply ${id} --done ${step}:${outcome}`,
      details: { plan: id, step, outcome },
      cause,
    },
  );
}

/** The step whose turn it is, where it takes an owner's key. */
function ownersStep(plan: Plan) {
  const step = isOver(plan) ? undefined : plan.steps[plan.done]?.step;
  return step !== undefined && isOnChain(step) ? step : undefined;
}
