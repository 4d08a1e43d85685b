import { applyManagerPlan } from "@pleiad/sdk/manager/applyManagerPlan";
import { getManagerPlan } from "@pleiad/sdk/manager/getManagerPlan";
import { reportCarriedOut } from "@pleiad/sdk/manager/reportCarriedOut";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import type { ClusterPlan } from "../clusterPlan.ts";
import { printClusterPlan } from "../clusterPlanText.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { carryOutStep } from "../managerSteps.ts";
import { isOnChain, isOver, type Plan, printPlan } from "../managerText.ts";
import { confirm } from "../prompt.ts";
import { addYesOption, type SendOptions } from "../sending.ts";
import { counted } from "../text/amounts.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions, ChainOptions, KeyOptions, SendOptions {}

/** `pleiad manager apply ID`: yes to a plan, and with the caller's key the steps that the daemon has none for. */
export const define: DefineCommand = (command, around) => {
  command.argument("<plan>", "its id");
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager apply ID", "shows it, asks, and has it applied"],
    ["pleiad manager apply ID --keystore owner.json", "with the key for what takes an owner's"],
    ["pleiad manager apply ID --yes --json", "without asking; for a program"],
  ]);
  setAction<Options>(command, around, async (context, id = "") => {
    const { options, output } = context;
    const client = await managerOf(options, around);
    const { plan: before } = await getManagerPlan(client, { id });
    const own = before.steps.slice(before.done).filter(({ step }) => isOnChain(step)).length;
    if (!isOver(before) && options.yes !== true) {
      printPlan(before, output);
      output.line();
      const keyed = own === 0 ? "" : `, ${counted(own, "step")} of it with your key`;
      await confirm(`Apply plan ${id}${keyed}?`, around);
    }
    let { plan } = before.state === "applying" ? { plan: before } : await applyManagerPlan(client, { id });
    const progress = output.progress();
    const agree = async (change: ClusterPlan) => {
      printClusterPlan(change, output);
      if (options.yes !== true) await confirm(`Publish ${change.blueprint.slug} so?`, around);
    };
    try {
      for (let next = ownersStep(plan); next !== undefined; next = ownersStep(plan)) {
        const chain = await openChain(options, around);
        const sender = await openSender(options, chain, output, around);
        const outcome = await carryOutStep(next, chain, sender, { say: (text) => progress.say(text), agree });
        ({ plan } = await reportCarriedOut(client, { id, step: plan.done, outcome }));
      }
    } finally {
      progress.end();
    }
    output.json({ plan });
    printPlan(plan, output);
    return plan.problem === undefined ? 0 : 1;
  });
};

/** The step whose turn it is, where it takes an owner's key. */
function ownersStep(plan: Plan) {
  const step = isOver(plan) ? undefined : plan.steps[plan.done]?.step;
  return step !== undefined && isOnChain(step) ? step : undefined;
}
